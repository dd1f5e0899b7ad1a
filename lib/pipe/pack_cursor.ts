// How far one slot has got with the packs of its segment. Packs are published to it in order, each only while its bytes are in
// memory, and they stay there until the slot has taken them. Other slots at the same segment have cursors of their own.

import type { FedSlot } from "../encode/video_source.ts";
import { lostPack } from "./pack_feed.ts";
import { isReadable, type StoredPack, type StoredSegment } from "./stored_segment.ts";

export class PackCursor {
  readonly #ahead: number;
  #published = 0;
  #publishedFrames = 0;
  #taken = 0;
  /** The slot was told that a pack is lost: it gets no more. */
  #failed = false;

  /** At most `ahead` packs that the slot is not done with are published: those that are can go nowhere. */
  constructor(readonly slot: FedSlot, readonly segment: StoredSegment, ahead: number, onPackTaken: () => void) {
    this.#ahead = ahead;
    slot.feed.reset();
    slot.onPackTaken = onPackTaken;
  }

  /** Packs that the slot has been told of, and those among them that it is done with. */
  get published(): number {
    return this.#published;
  }

  get taken(): number {
    return this.#taken;
  }

  /** The slot takes more, and was told of no loss. */
  get wantsPacks(): boolean {
    return !this.#failed && this.slot.isSated !== true && !this.segment.settled;
  }

  /** The slot has nothing to read. */
  get isStarving(): boolean {
    return this.wantsPacks && this.#published === this.#taken;
  }

  /** Tells the slot of packs that can be read, and where the segment ends. */
  publish(): void {
    if (this.#failed || this.segment.settled) return;
    while (this.wantsPacks && this.#published < this.#taken + this.#ahead) {
      const pack = this.segment.packs[this.#published];
      if (pack === undefined || !isReadable(pack)) break;
      const { offset, bytes } = pack.memory!.piece;
      if (!this.slot.feed.publish({ offset, bytes, frames: pack.closed.frames })) break;
      this.#published++;
      this.#publishedFrames += pack.closed.frames;
    }
    this.slot.grow(this.#publishedFrames, this.segment.frames);
  }

  /** The next pack cannot be read: the slot's try at the segment fails when it comes to it. */
  fail(): void {
    if (this.#failed) return;
    this.#failed = true;
    // Where the feed is full the slot has packs to read, and `onPackTaken` follows; but it never is: packs that come from
    // the file are published two at a time.
    this.slot.feed.publish(lostPack);
    this.slot.grow(this.#publishedFrames + 1, this.segment.frames);
  }

  /** Looks how far the slot is. Gives the packs that it has finished with since the last look. */
  take(): readonly StoredPack[] {
    const before = this.#taken;
    this.#taken = Math.min(this.#published, this.slot.feed.taken);
    return this.segment.packs.slice(before, this.#taken);
  }

  /** Whether the slot may be reading it. */
  isReading({ number }: StoredPack): boolean {
    return number >= this.#taken && number < this.#published;
  }

  /** The slot has stopped. */
  close(): void {
    this.slot.onPackTaken = undefined;
  }
}
