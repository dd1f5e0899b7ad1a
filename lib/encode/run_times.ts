// Where the slots' time went. Useful is what committed segments took; efficiency is that over slots x wall. Time that slots
// were withheld for memory is counted beside it, and time spent on copies of segments that others finished first. Slots of
// workers come and go: each counts while it is there. The bound is the least wall time that any schedule of these
// segments on these slots could have had.

export interface SlotTimes {
  /** Seconds from the beginning to the last commit. */
  readonly wallSeconds: number;
  /** Seconds of encoding, summed over committed segments. */
  readonly usefulSeconds: number;
  /** usefulSeconds over the slot-seconds that there were, 0 to 1. */
  readonly efficiency: number;
  /** Slot-seconds that were withheld for memory. */
  readonly withheldSeconds: number;
  /** Slot-seconds of tries that another try at the same segment made needless. */
  readonly copySeconds: number;
  /** max(usefulSeconds / slots, the longest segment). */
  readonly boundSeconds: number;
}

export class RunTimes {
  #beganMs = 0;
  #lastCommitMs = 0;
  #slots = 1;
  #mostSlots = 1;
  /** Of all slots up to `#countedMs`, and up to the last commit. */
  #slotSeconds = 0;
  #countedMs = 0;
  #slotSecondsAtCommit = 0;
  #useful = 0;
  #longest = 0;
  #withheld = 0;
  #copies = 0;
  #withheldSlots = 0;
  #withheldSinceMs = 0;

  begin(nowMs: number, slots: number): void {
    this.#beganMs =
      this.#lastCommitMs =
      this.#withheldSinceMs =
      this.#countedMs =
        nowMs;
    this.#slots = this.#mostSlots = slots;
  }

  /** The most slots that there were at once. */
  get mostSlots(): number {
    return this.#mostSlots;
  }

  /** From now on there are so many slots, withheld ones among them. */
  setSlots(nowMs: number, slots: number): void {
    if (slots === this.#slots) return;
    this.#count(nowMs);
    this.#slots = slots;
    this.#mostSlots = Math.max(this.#mostSlots, slots);
  }

  /** A try of so many seconds was in vain because another was first. */
  addCopy(seconds: number): void {
    this.#copies += seconds;
  }

  /** A segment that took `seconds` is committed. */
  commit(nowMs: number, seconds: number): void {
    this.#lastCommitMs = nowMs;
    this.#count(nowMs);
    this.#slotSecondsAtCommit = this.#slotSeconds;
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
    const slotSeconds = this.#slotSecondsAtCommit;
    return {
      wallSeconds,
      usefulSeconds: this.#useful,
      efficiency: slotSeconds > 0 ? Math.min(1, this.#useful / slotSeconds) : 0,
      withheldSeconds: this.#withheld,
      copySeconds: this.#copies,
      boundSeconds: Math.max(slotSeconds > 0 ? this.#useful * wallSeconds / slotSeconds : 0, this.#longest),
    };
  }

  #count(nowMs: number): void {
    this.#slotSeconds += this.#slots * Math.max(0, nowMs - this.#countedMs) / 1000;
    this.#countedMs = Math.max(this.#countedMs, nowMs);
  }
}
