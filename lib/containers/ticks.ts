// Times of frames in whole ticks of a container's clock.

import type { Ratio } from "../media/video_format.ts";
import type { PacketRun } from "./container.ts";

/**
 * When each frame of the run begins and when the last one ends, in ticks of 1/`perSecond` seconds, rounded to the nearest.
 * At a constant rate from the frames' numbers, in whole-number arithmetic: no error adds up, however long the film.
 */
export function ticksOf({ first, sizes, seconds }: PacketRun, frameRate: Ratio, perSecond: number): number[] {
  if (seconds !== null) return seconds.map((time) => Math.round(time * perSecond));
  const numerator = BigInt(frameRate.den) * BigInt(perSecond), denominator = BigInt(frameRate.num);
  return Array.from({ length: sizes.length + 1 }, (_, n) => {
    return Number((2n * BigInt(first + n) * numerator + denominator) / (2n * denominator));
  });
}

/** The packets of a run, each a view. */
export function packetsOf({ sizes, data }: PacketRun): Uint8Array<ArrayBuffer>[] {
  let at = 0;
  return Array.from(sizes, (size) => data.subarray(at, at += size));
}
