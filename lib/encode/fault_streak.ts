// How far a worker can be relied on: one that fails or is lost again and again, with nothing finished in between, gets one
// segment at a time, after waits that double. So a worker with a full disk, or one that lies, costs little time, and is
// used again when it is well. And whose fault it is: a worker that has finished segments and fails at one alone shows that
// one to be bad; one that fails at others too shows itself to be. What it is told of time comes from outside.

/** Faults in a row from which on a worker has to wait. */
const patience = 3;
/** The first wait, and the longest. */
const waitMs = { least: 5_000, most: 300_000 } as const;

export class FaultStreak {
  #faults = 0;
  #lastMs = -Infinity;
  #hasFinished = false;
  /** Segments that it has failed at since it finished one. */
  readonly #failed = new Set<number>();

  /**
   * A try at a segment that was given at `givenMs` ended badly now. What was given before the last fault fell with it. True
   * where the segment is to blame, as far as this worker shows.
   */
  fault(segment: number, givenMs: number, nowMs: number): boolean {
    this.#failed.add(segment);
    if (givenMs >= this.#lastMs) {
      this.#faults++;
      this.#lastMs = nowMs;
    }
    return this.#hasFinished && this.#failed.size === 1;
  }

  /** A segment was finished. */
  success(): void {
    this.#faults = 0;
    this.#hasFinished = true;
    this.#failed.clear();
  }

  /** It gets one segment at a time. */
  get isOnTrial(): boolean {
    return this.#faults >= patience;
  }

  /** When it may have a segment again; in the past where it may now. */
  get pausedUntilMs(): number {
    if (!this.isOnTrial) return -Infinity;
    return this.#lastMs + Math.min(waitMs.most, waitMs.least * 2 ** (this.#faults - patience));
  }
}
