// HDR10's metadata, as ffprobe lists it with a stream or a frame, in rav1e's notation: chromaticities 0 to 1, luminances in
// candelas per square metre. Half of it is none.

import { type Fields, fractionOf, wholeOf } from "./probe_fields.ts";

/** G(x,y)B(x,y)R(x,y)WP(x,y)L(max,min); null where `sides` have none that is whole. */
export function masteringDisplayOf(sides: readonly Fields[]): string | null {
  const side = sides.find(({ side_data_type: type }) => type === "Mastering display metadata");
  if (side === undefined) return null;
  const keys = ["green_x", "green_y", "blue_x", "blue_y", "red_x", "red_y", "white_point_x", "white_point_y"];
  const colours = keys.map((key) => fractionOf(side[key]));
  const most = fractionOf(side.max_luminance), least = fractionOf(side.min_luminance);
  if (most === undefined || least === undefined || most <= least || most > 16_777_215) return null;
  if (!colours.every((value): value is number => value !== undefined && value <= 1)) return null;
  const [greenX, greenY, blueX, blueY, redX, redY, whiteX, whiteY] = colours.map(decimal);
  return `G(${greenX},${greenY})B(${blueX},${blueY})R(${redX},${redY})WP(${whiteX},${whiteY})` +
    `L(${decimal(most)},${decimal(least)})`;
}

/** "cll,fall"; null where there is none. Encoders write 0,0 for what they do not know. */
export function contentLightOf(sides: readonly Fields[]): string | null {
  const side = sides.find(({ side_data_type: type }) => type === "Content light level metadata");
  const most = wholeOf(side?.max_content, 0, 65_535), average = wholeOf(side?.max_average, 0, 65_535);
  if (most === undefined || average === undefined || (most === 0 && average === 0)) return null;
  return `${most},${average}`;
}

/** Without an exponent, which rav1e would not read. */
function decimal(value: number): string {
  return value.toFixed(8).replace(/\.?0+$/, "");
}
