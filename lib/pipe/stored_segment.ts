// One segment of a pipe as the store knows it: its packs, in order, where each of them is, and how far the slot that encodes
// it has got. It keeps the books of one segment and decides nothing.

import type { FedSlot } from "../encode/video_source.ts";
import type { Piece } from "./pack_arena.ts";
import { lostPack } from "./pack_feed.ts";
import type { PackRoom } from "./pack_memory.ts";

/** Consecutive frames of one segment, consecutive in the reader's ring too. */
export interface ClosedPack {
  readonly segment: number;
  /** Counted from the first frame that is encoded. */
  readonly first: number;
  readonly frames: number;
}

export interface StoredPack {
  readonly id: number;
  readonly closed: ClosedPack;
  /** Its number in the segment. */
  readonly number: number;
  memory: PackRoom | undefined;
  disk: Piece | undefined;
  /** What a thread is doing with it; while packing or loading, `memory` is not yet what it will be. */
  busy: "packing" | "writing" | "loading" | undefined;
  /** Its segment was settled meanwhile: it goes when the thread is done with it. */
  unwanted: boolean;
}

export class StoredSegment {
  readonly packs: StoredPack[] = [];
  /** Null while it is open. */
  frames: number | null = null;
  /** Some of its packs are gone for good. */
  streamed = false;
  #slot: FedSlot | undefined;
  #published = 0;
  #publishedFrames = 0;
  #taken = 0;
  /** The slot was told that a pack is lost: it gets no more. */
  #failed = false;

  /** At most `ahead` packs that the slot is not done with are published: those that are can go nowhere. */
  constructor(readonly index: number, readonly ahead: number) {}

  get isAttached(): boolean {
    return this.#slot !== undefined;
  }

  isAttachedTo(slot: FedSlot): boolean {
    return this.#slot === slot;
  }

  /** Packs that the slot has been told of, and those among them that it is done with. */
  get published(): number {
    return this.#published;
  }

  get taken(): number {
    return this.#taken;
  }

  /** A slot is at it that was told of no loss. */
  get wantsPacks(): boolean {
    return this.isAttached && !this.#failed;
  }

  /** The slot has nothing to read. */
  get isStarving(): boolean {
    return this.wantsPacks && this.#published === this.#taken;
  }

  attach(slot: FedSlot, onPackTaken: () => void): void {
    if (this.#slot !== undefined) throw new TypeError(`Segment ${this.index} has a slot already`);
    if (this.streamed) throw new TypeError(`Segment ${this.index} cannot be read again: its first frames are gone`);
    this.#slot = slot;
    this.#published = this.#publishedFrames = this.#taken = 0;
    this.#failed = false;
    slot.feed.reset();
    slot.onPackTaken = onPackTaken;
  }

  detach(): void {
    if (this.#slot !== undefined) this.#slot.onPackTaken = undefined;
    this.#slot = undefined;
    this.#published = this.#publishedFrames = this.#taken = 0;
  }

  /** Tells the slot of packs that can be read, and where the segment ends. */
  publish(): void {
    if (this.#slot === undefined || this.#failed) return;
    while (this.#published < this.#taken + this.ahead) {
      const pack = this.packs[this.#published];
      if (pack === undefined || !isReadable(pack)) break;
      const { offset, bytes } = pack.memory!.piece;
      if (!this.#slot.feed.publish({ offset, bytes, frames: pack.closed.frames })) break;
      this.#published++;
      this.#publishedFrames += pack.closed.frames;
    }
    this.#slot.grow(this.#publishedFrames, this.frames);
  }

  /** The next pack cannot be read: the slot's try at the segment fails when it comes to it. */
  fail(): void {
    if (this.#slot === undefined || this.#failed) return;
    this.#failed = true;
    // Where the feed is full the slot has packs to read, and `onPackTaken` follows; but it never is: packs that come from
    // the file are published two at a time.
    this.#slot.feed.publish(lostPack);
    this.#slot.grow(this.#publishedFrames + 1, this.frames);
  }

  /** Looks how far the slot is. Gives the packs that it has finished with since the last look. */
  take(): readonly StoredPack[] {
    const before = this.#taken;
    this.#taken = Math.min(this.#published, this.#slot?.feed.taken ?? 0);
    return this.packs.slice(before, this.#taken);
  }

  /** Whether the slot may be reading it. */
  isInUse({ number }: StoredPack): boolean {
    return this.#slot !== undefined && number >= this.#taken && number < this.#published;
  }
}

/** Whether its bytes are in memory. */
export function isReadable(pack: StoredPack): boolean {
  return pack.memory !== undefined && pack.busy !== "packing" && pack.busy !== "loading";
}
