// Where the slots' time went. Useful is what committed segments took; efficiency is that over slots x wall. Time that slots
// were withheld for memory is counted beside it. The bound is the least wall time that any schedule of these segments
// on these slots could have had.

export interface SlotTimes {
  /** Seconds from the beginning to the last commit. */
  readonly wallSeconds: number;
  /** Seconds of encoding, summed over committed segments. */
  readonly usefulSeconds: number;
  /** usefulSeconds over slots x wallSeconds, 0 to 1. */
  readonly efficiency: number;
  /** Slot-seconds that were withheld for memory. */
  readonly withheldSeconds: number;
  /** max(usefulSeconds / slots, the longest segment). */
  readonly boundSeconds: number;
}

export class RunTimes {
  #beganMs = 0;
  #lastCommitMs = 0;
  #slots = 1;
  #useful = 0;
  #longest = 0;
  #withheld = 0;
  #withheldSlots = 0;
  #withheldSinceMs = 0;

  begin(nowMs: number, slots: number): void {
    this.#beganMs = this.#lastCommitMs = this.#withheldSinceMs = nowMs;
    this.#slots = slots;
  }

  /** A segment that took `seconds` is committed. */
  commit(nowMs: number, seconds: number): void {
    this.#lastCommitMs = nowMs;
    this.#useful += seconds;
    this.#longest = Math.max(this.#longest, seconds);
  }

  /** From now on so many slots are withheld. */
  withhold(nowMs: number, slots: number): void {
    this.#withheld += this.#withheldSlots * (nowMs - this.#withheldSinceMs) / 1000;
    this.#withheldSlots = slots;
    this.#withheldSinceMs = nowMs;
  }

  summary(): SlotTimes {
    const wallSeconds = (this.#lastCommitMs - this.#beganMs) / 1000;
    this.withhold(Math.max(this.#lastCommitMs, this.#withheldSinceMs), 0);
    return {
      wallSeconds,
      usefulSeconds: this.#useful,
      efficiency: wallSeconds > 0 ? Math.min(1, this.#useful / (this.#slots * wallSeconds)) : 0,
      withheldSeconds: this.#withheld,
      boundSeconds: Math.max(this.#useful / this.#slots, this.#longest),
    };
  }
}
