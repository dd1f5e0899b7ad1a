// Slots that are not on this machine, as a run sees them. It knows nothing of connections: a worker has so many slots now,
// takes a segment for one of them, and says how that ended. Slots may come and go at any time.

import type { SlotOutcome } from "./local_slot.ts";
import type { SegmentTask } from "./segment_encoder.ts";
import type { FedSlot } from "./video_source.ts";

/** How a try on a worker ended. */
export type RemoteOutcome =
  | SlotOutcome
  /**
   * The worker is gone, or could not be heard. It says nothing about the segment unless that was being encoded and the
   * worker's process died of it: `crashed` is "yes" where that is known, "no" where it is known not to, and "unknown"
   * until the worker is heard of again; then `onCrashKnown` of RemoteFleet's events is called.
   */
  | {
    readonly kind: "lost";
    readonly reason: string;
    readonly crashed: "yes" | "no" | "unknown";
    /** The worker is there and does not get on with it: another is better given it. */
    readonly isStalled?: boolean;
  };

/** A segment that is with a worker. */
export interface RemoteSegment extends FedSlot {
  /** The worker's slot that encodes it, from 0; undefined while it waits there for one. */
  readonly slot: number | undefined;
  /** When its encoding began, as performance.now(); undefined before. */
  readonly startedMs: number | undefined;
  /** Others have the slots that it could have had since then, as performance.now(); undefined where it is not so. */
  readonly passedOverMs?: number;
  /** `waiting`: it is being encoded, and all frames that may be read were used. */
  readonly progress: {
    readonly sent: number;
    readonly packets: number;
    readonly bytes: number;
    readonly waiting: boolean;
  };
  /** When that was so, as performance.now(). */
  readonly measuredMs: number;
  /** Milliseconds of this process in which nothing went on though frames were there. */
  readonly idleMs: number;
  /** It ends as "cancelled", at once for this side. */
  cancel(): void;
}

/** One worker. */
export interface RemoteWorker {
  /** What messages and displays call it. */
  readonly name: string;
  /** Slots that it gives this run now; 0 while it is not connected, drains, or has none free. */
  readonly slots: number;
  /** That it has, whoever uses them, as it said last; 0 before it has. */
  readonly allSlots: number;
  /** Segments that it takes beyond those, so that their frames are there when a slot is free. */
  readonly ahead: number;
  /** Whether segments can be expected to be with it again later: false once it was refused. May become true again. */
  readonly hopeful: boolean;
  /**
   * Gives it a segment; only while it has fewer than slots + ahead. `onEnded` is called once, never from within this call,
   * and after it nothing of the segment is used any more.
   */
  begin(task: SegmentTask, onEnded: (outcome: RemoteOutcome) => void): RemoteSegment;
  readonly facts: WorkerFacts;
}

/** What the closing summary says of a worker; counted since the run began. */
export interface WorkerFacts {
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Connections lost, and tries at segments that failed there. */
  readonly faults: number;
}

export interface FleetEvents {
  /** A worker's slots, `ahead` or `hopeful` are others than before. */
  changed(): void;
  /**
   * A try that was taken back may still be encoded there, and be the end of the worker's process: it counts as if, until
   * `crashKnown` is called for it.
   */
  crashSuspected(segment: number): void;
  /**
   * Whether a try that ended as lost with "unknown", or for which `crashSuspected` was called, was the end of the worker's
   * process.
   */
  crashKnown(segment: number, crashed: boolean): void;
  /** A line for the user. */
  note(text: string, isWarning: boolean): void;
}

/** Where the packs are that are sent: those of VideoSource. */
export interface PackSource {
  readonly arena: SharedArrayBuffer;
  readonly frameBytes: number;
  /** Bytes of the largest pack. */
  readonly packBytes: number;
}

export interface RemoteFleet {
  readonly workers: readonly RemoteWorker[];
  /** Connects to all of them, and again to those that are lost. */
  start(packs: PackSource, events: FleetEvents): void;
  close(): void;
}
