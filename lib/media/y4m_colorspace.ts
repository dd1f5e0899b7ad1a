// The values of y4m's C parameter. Positions are those the rav1e 0.8.1 command writes (src/bin/decoder/y4m.rs), not
// those the names suggest: packets must equal its own. What is known but cannot be encoded is told apart from what
// nobody has heard of, since the first has a conversion to offer.

import type { VideoFormat } from "./video_format.ts";

/** The part of a format that the C parameter decides. */
export type Colorspace = Pick<VideoFormat, "bitDepth" | "chromaSampling" | "chromaSamplePosition">;

/** A colour space that cannot be encoded, and the nearest one that can, as ffmpeg calls it. */
export interface UnservedColorspace {
  readonly unserved: string;
  readonly nearestPixelFormat: string;
}

const named: ReadonlyMap<string, Colorspace> = new Map([
  ["420jpeg", { bitDepth: 8, chromaSampling: "4:2:0", chromaSamplePosition: "unknown" }],
  ["420paldv", { bitDepth: 8, chromaSampling: "4:2:0", chromaSamplePosition: "unknown" }],
  ["420mpeg2", { bitDepth: 8, chromaSampling: "4:2:0", chromaSamplePosition: "vertical" }],
  // Horizontally centred chroma, for which AV1 has no field outside 4:2:0.
  ["422jpeg", { bitDepth: 8, chromaSampling: "4:2:2", chromaSamplePosition: "colocated" }],
]);

const namedUnserved: ReadonlyMap<string, UnservedColorspace> = new Map([
  ["411", { unserved: "4:1:1", nearestPixelFormat: "yuv420p" }],
  ["444alpha", { unserved: "4:4:4 with alpha", nearestPixelFormat: "yuv444p" }],
]);

const layouts = {
  mono: { chromaSampling: "4:0:0", chromaSamplePosition: "unknown", pixelFormat: "gray" },
  "420": { chromaSampling: "4:2:0", chromaSamplePosition: "colocated", pixelFormat: "yuv420p" },
  "422": { chromaSampling: "4:2:2", chromaSamplePosition: "colocated", pixelFormat: "yuv422p" },
  "444": { chromaSampling: "4:4:4", chromaSamplePosition: "colocated", pixelFormat: "yuv444p" },
} as const;

/** What `value` (of the C parameter, without the C) means; undefined where it is unknown. Case does not matter. */
export function lookUpColorspace(value: string): Colorspace | UnservedColorspace | undefined {
  const name = value.toLowerCase();
  const whole = named.get(name) ?? namedUnserved.get(name);
  if (whole !== undefined) return whole;
  const parts = /^(?:(420|422|444)(?:p(\d{1,2}))?|(mono)(\d{1,2})?)$/.exec(name);
  if (parts === null) return undefined;
  const { chromaSampling, chromaSamplePosition, pixelFormat } = layouts[(parts[1] ?? parts[3]) as keyof typeof layouts];
  const bitDepth = Number(parts[2] ?? parts[4] ?? 8);
  if (bitDepth === 8 || bitDepth === 10 || bitDepth === 12) return { bitDepth, chromaSampling, chromaSamplePosition };
  if (bitDepth !== 9 && bitDepth !== 14 && bitDepth !== 16) return undefined;
  const nearestPixelFormat = `${pixelFormat}${bitDepth === 9 ? 10 : 12}le`;
  return { unserved: `${chromaSampling} with ${bitDepth} bits a sample`, nearestPixelFormat };
}
