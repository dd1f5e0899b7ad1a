// How a source's picture is turned when it is played. Frames are encoded as they are stored; quarter turns are said in the
// output, where the container has a place for them, and the rest is what the user is told.

import type { ContainerFormat, QuarterTurn } from "../containers/container.ts";
import type { SourceVideo } from "../media/source_media.ts";
import { filterAdvice } from "./filter_advice.ts";

type Orientation = Pick<SourceVideo, "rotation" | "isMirrored">;

const withoutTurns: readonly ContainerFormat[] = ["ivf", "obu"];
/** A chain with one of these shows the picture as its user wants it. */
const turningFilters = /\b(transpose|rotate|hflip|vflip)/;

/** What the output says of it; `videoFilter`: what frames have gone through. */
export function turnOf({ rotation, isMirrored }: Orientation, videoFilter: string | undefined): QuarterTurn {
  if (isMirrored || rotation % 90 !== 0 || turningFilters.test(videoFilter ?? "")) return 0;
  return rotation as QuarterTurn;
}

/** One line for the user; undefined where players show the output as they do the source. */
export function turnWarning(
  name: string,
  { rotation, isMirrored }: Orientation,
  { videoFilter, format }: { readonly videoFilter: string | undefined; readonly format: ContainerFormat },
): string | undefined {
  if ((rotation === 0 && !isMirrored) || turningFilters.test(videoFilter ?? "")) return undefined;
  const isSaid = !isMirrored && rotation % 90 === 0;
  if (isSaid && !withoutTurns.includes(format)) return undefined;
  const how = [
    ...(isMirrored ? ["mirrored"] : []),
    ...(rotation === 0 ? [] : [`turned by ${rotation} degrees`]),
  ].join(" and ");
  const where = isSaid ? `, which .${format} has no place for` : "";
  return `${name} is ${how} when it is played${where}; its frames are encoded as they are stored` +
    turning(rotation, isMirrored);
}

function turning(degrees: number, isMirrored: boolean): string {
  const filters = isMirrored
    ? { 0: "hflip", 90: "transpose=clock_flip", 180: "vflip", 270: "transpose=cclock_flip" }
    : { 90: "transpose=clock", 180: "hflip,vflip", 270: "transpose=cclock" };
  const filter = (filters as Record<number, string | undefined>)[degrees];
  return filter === undefined ? "" : filterAdvice(filter, isMirrored ? "shows them so" : "turns them");
}
