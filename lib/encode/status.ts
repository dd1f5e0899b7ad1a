// What a run looks like at one moment, as plain data: what progress displays draw, JSON lines carry and the closing
// summary adds up. Whoever encodes fills it in; nobody who reads it computes anything from clocks of his own.

/** One segment being encoded. */
export interface SlotStatus {
  /** The machine's slot, from 0, stable through the run. */
  readonly slot: number;
  /** The machine; null for this one. */
  readonly worker: string | null;
  /** Which of several encodes it works for; left out where there is one. */
  readonly encode?: string;
  /** null when idle. */
  readonly segment: {
    readonly index: number;
    /** First frame, counted from the first encoded frame of the run. */
    readonly first: number;
    /** Frames; null while the segment's end is not known yet. */
    readonly frames: number | null;
    /** Packets out so far. */
    readonly done: number;
    /** Which try this is, from 1. */
    readonly attempt: number;
  } | null;
}

export interface EncodeStatus {
  /** Seconds since encoding began, suspended time not counted where the clock allows. */
  readonly elapsed: number;
  /** Frames to encode; null where the input cannot tell yet. */
  readonly frames: number | null;
  /** Packets out, of finished and of running segments. */
  readonly framesDone: number;
  /** Bytes of those packets. */
  readonly bytes: number;
  /** Segments known, finished, and whether the plan is complete. */
  readonly segments: number;
  readonly segmentsDone: number;
  readonly planComplete: boolean;
  /** Frames a second: over the last while, encoded frames of running segments included; null at the very start. */
  readonly fps: number | null;
  /** Seconds left; null where it cannot be said. */
  readonly eta: number | null;
  /** The video's own frame rate, for kbit/s. */
  readonly frameRate: number;
  /** This machine's first, then those of workers, which come and go. */
  readonly slots: readonly SlotStatus[];
}
