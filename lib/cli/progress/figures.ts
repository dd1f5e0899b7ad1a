// What a display says that the status does not hold itself: ratios of its counters. No clocks, no state, and null
// wherever a figure would be made of nothing.

import type { EncodeStatus } from "../../encode/status.ts";

export interface Figures {
  /** 0 to 1; null while the number of frames is not known. An input of no frames is complete. */
  readonly fraction: number | null;
  /** Thousands of bits a second of video, so far; null before the first packet. */
  readonly kbps: number | null;
  /** Bytes of the whole output if the rest is like the part that is done; null where that cannot be said. */
  readonly estimatedBytes: number | null;
}

/** Derives the figures of one status. */
export function figuresOf(status: EncodeStatus): Figures {
  const { frames, framesDone, bytes, frameRate } = status;
  const begun = framesDone > 0;
  return {
    fraction: frames === null ? null : frames === 0 ? 1 : Math.min(1, framesDone / frames),
    kbps: begun && frameRate > 0 ? bytes * 8 * frameRate / framesDone / 1000 : null,
    estimatedBytes: begun && frames !== null ? bytes / framesDone * frames : null,
  };
}
