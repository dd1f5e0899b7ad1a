// When each frame of a video is shown: at a constant rate, or as its source says. Frames are counted from the first that is
// encoded, which is shown at 0 on the output's clock plus `startSeconds`.

import type { Ratio } from "./video_format.ts";

export interface FrameTimes {
  /** Frames a second: exact where the rate is constant, the average or nominal one elsewhere. */
  readonly frameRate: Ratio;
  readonly isConstant: boolean;
  /** Seconds on the source's clock at which frame 0 is shown; 0 where there is no source with a clock. */
  readonly startSeconds: number;
  /**
   * Seconds from frame 0 to the frame and to the one after it, as soon as they are known: of listed times not before the
   * source was read that far. Ascending. Rejects where reading failed.
   */
  of(frame: number): Promise<FrameTime>;
}

export interface FrameTime {
  readonly seconds: number;
  /** More than 0. */
  readonly duration: number;
}

/** Every frame lasts as long as any other. */
export function constantTimes(frameRate: Ratio, startSeconds = 0): FrameTimes {
  const seconds = (frame: number) => (frame * frameRate.den) / frameRate.num;
  return {
    frameRate,
    isConstant: true,
    startSeconds,
    of: (frame) => Promise.resolve({ seconds: seconds(frame), duration: seconds(frame + 1) - seconds(frame) }),
  };
}
