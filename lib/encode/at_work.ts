// A try at a segment as a run sees it, on this machine or on a worker.

import type { Try } from "./forecast.ts";
import type { RemoteOutcome, RemoteSegment } from "./remote_slots.ts";
import type { Assignment } from "./scheduler.ts";
import type { FedSlot } from "./video_source.ts";

export interface AtWork extends Try {
  readonly assignment: Assignment;
  /** `here`, or the number of a worker. */
  readonly machine: number;
  /** The worker's name; null for this machine. */
  readonly worker: string | null;
  /** When the machine got it, as performance.now(). */
  readonly givenMs: number;
  /** The machine's slot; undefined while it waits there for one. */
  readonly slot: number | undefined;
  readonly progress: RemoteSegment["progress"];
  /** What the source is told of. */
  readonly fed: FedSlot;
  /** It ends as "cancelled", soon. */
  cancel(): void;
}

/** How a try ended. */
export interface Ended {
  readonly given: AtWork;
  readonly outcome: RemoteOutcome;
  /** Its thread knew the video by a description that was replaced meanwhile. */
  readonly hadOldVideo: boolean;
}

/**
 * Frames done, for what is expected of the rest. Encoders look ahead: about a quarter of a frame's time is spent when it has
 * gone in, the rest when its packet comes out. By bench/steps.ts off by 0.05 of a segment of 120 frames, 0.14 of 40, 0.27 of 12.
 */
export function framesDone({ sent, packets }: RemoteSegment["progress"]): number {
  return (sent + 3 * packets) / 4;
}

/** Seconds that a slot has spent on a try. */
export function secondsSpent({ startedMs }: AtWork, nowMs: number): number {
  return startedMs === undefined ? 0 : Math.max(0, nowMs - startedMs) / 1000;
}
