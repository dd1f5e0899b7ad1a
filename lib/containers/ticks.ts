// The packets of a run, and their frames' times in whole ticks of a container's clock.

import type { PacketRun } from "./container.ts";

/** When each frame begins and when the last one ends, in ticks of 1/`perSecond` seconds, rounded to the nearest. */
export function ticksOf({ seconds }: PacketRun, perSecond: number): number[] {
  return seconds.map((time) => Math.round(time * perSecond));
}

/** Each is a view. */
export function packetsOf({ sizes, data }: PacketRun): Uint8Array<ArrayBuffer>[] {
  let at = 0;
  return Array.from(sizes, (size) => data.subarray(at, at += size));
}
