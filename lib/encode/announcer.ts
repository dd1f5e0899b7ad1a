// Sees that a segment is begun only after the store has it on the disk that it may be: a run that is taken down then
// leaves behind which segments were at work. The disk is asked ahead, and for several segments at once, so that slots do
// not wait for it.

/** Announcements grow to this many segments where segments are so short that the disk would hold slots up. */
const largestBatch = 4096;

export class Announcer {
  readonly #announce: (segments: readonly number[]) => Promise<void>;
  readonly #announced = new Set<number>();
  readonly #smallestBatch: number;
  #batch: number;
  #asking = false;

  /** `announce` gets all segments that may be at work from then on, and resolves when that is durable. */
  constructor(announce: (segments: readonly number[]) => Promise<void>, slots: number) {
    this.#announce = announce;
    this.#smallestBatch = this.#batch = 2 * slots;
  }

  /** Whether the segment may begin. */
  has(segment: number): boolean {
    return this.#announced.has(segment);
  }

  /** The segment is over; should it be begun again, that is announced anew. */
  remove(segment: number): void {
    this.#announced.delete(segment);
  }

  /**
   * Announces what is coming where that is due. `upcoming` gives that many segments in their order; `idle` says that a slot
   * waits for it. `onAnnounced` is called when more may begin.
   */
  async ask(upcoming: (count: number) => number[], idle: boolean, onAnnounced: () => void): Promise<void> {
    if (this.#asking) {
      // Slots are quicker than the disk.
      if (idle) this.#batch = Math.min(largestBatch, this.#batch * 2);
      return;
    }
    const coming = upcoming(this.#batch);
    const fresh = coming.filter((segment) => !this.#announced.has(segment));
    const ahead = coming.length - fresh.length;
    if (fresh.length === 0 || (!idle && ahead >= this.#smallestBatch / 2)) return;
    this.#asking = true;
    try {
      await this.#announce([...this.#announced, ...fresh]);
    } finally {
      this.#asking = false;
    }
    for (const segment of fresh) this.#announced.add(segment);
    onAnnounced();
  }
}
