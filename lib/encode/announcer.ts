// Sees that a segment is begun only after the store has it on the disk that it may be: a run that is taken down then
// leaves behind which segments were at work. The disk is asked ahead, and for several segments at once, so that slots do
// not wait for it.

/** Announcements grow to this many segments where segments are so short that the disk would hold slots up. */
const largestBatch = 1024;

export class Announcer {
  readonly #announce: (segments: readonly number[]) => Promise<void>;
  /** On the disk and not begun; begun and not over. */
  readonly #ahead = new Set<number>();
  readonly #begun = new Set<number>();
  #batch: number;
  #asking: { slotsWaited: boolean } | undefined;
  #isFirst = true;

  /** `announce` gets all segments that may be at work from then on, and resolves when that is durable. */
  constructor(announce: (segments: readonly number[]) => Promise<void>, slots: number) {
    this.#announce = announce;
    this.#batch = 2 * slots;
  }

  /** Segments behind the last one begun that the plan should reach, so that there is something to announce. */
  get wanted(): number {
    return 2 * this.#batch;
  }

  /** Whether the segment may begin. */
  has(segment: number): boolean {
    return this.#ahead.has(segment);
  }

  /** The segment begins. */
  begin(segment: number): void {
    this.#ahead.delete(segment);
    this.#begun.add(segment);
  }

  /** The segment is over; should it be begun again, that is announced anew. */
  remove(segment: number): void {
    this.#begun.delete(segment);
    this.#ahead.delete(segment);
  }

  /** Another machine begins the segment: it takes nothing down here. */
  beginElsewhere(segment: number): void {
    this.#ahead.delete(segment);
  }

  /**
   * Announces what is coming where that is due. `upcoming` gives that many segments in their order; `idle` says that a slot
   * waits for it. `onAnnounced` is called when more may begin.
   */
  async ask(upcoming: (count: number) => number[], idle: boolean, onAnnounced: () => void): Promise<void> {
    if (this.#asking !== undefined) {
      this.#asking.slotsWaited ||= idle;
      return;
    }
    if (!idle && this.#ahead.size >= this.#batch / 2) return;
    const fresh = upcoming(this.#batch).filter((segment) => !this.#ahead.has(segment));
    if (fresh.length === 0) return;
    const asking = this.#asking = { slotsWaited: idle };
    try {
      await this.#announce([...this.#begun, ...this.#ahead, ...fresh]);
    } finally {
      this.#asking = undefined;
    }
    for (const segment of fresh) this.#ahead.add(segment);
    // Slots are quicker than the disk. For the first announcement they always wait.
    if (asking.slotsWaited && !this.#isFirst) {
      this.#batch = Math.max(this.#batch, Math.min(largestBatch, this.#batch * 2));
    }
    this.#isFirst = false;
    onAnnounced();
  }
}
