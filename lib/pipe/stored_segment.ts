// One segment of a pipe as the store knows it: its packs, in order, where each of them is, and how far the slots that encode
// it have got. It keeps the books of one segment and decides nothing.

import type { FedSlot } from "../encode/video_source.ts";
import type { Piece } from "./pack_arena.ts";
import { PackCursor } from "./pack_cursor.ts";
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
  /** Nobody needs its frames again; slots that were at it then may still be reading what they were told of. */
  settled = false;
  readonly #cursors: PackCursor[] = [];

  constructor(readonly index: number) {}

  get isAttached(): boolean {
    return this.#cursors.length > 0;
  }

  /** Packs that all its slots are done with; 0 where it has none. */
  get taken(): number {
    return this.#cursors.reduce((least, { taken }) => Math.min(least, taken), this.isAttached ? Infinity : 0);
  }

  /** `ahead`: see PackCursor. */
  attach(slot: FedSlot, ahead: number, onPackTaken: (cursor: PackCursor) => void): PackCursor {
    if (this.streamed) throw new TypeError(`Segment ${this.index} cannot be read again: its first frames are gone`);
    const cursor: PackCursor = new PackCursor(slot, this, ahead, () => onPackTaken(cursor));
    this.#cursors.push(cursor);
    return cursor;
  }

  detach(cursor: PackCursor): void {
    cursor.close();
    this.#cursors.splice(this.#cursors.indexOf(cursor), 1);
  }

  /** Tells its slots of packs that can be read, and where the segment ends. */
  publish(): void {
    for (const cursor of this.#cursors) cursor.publish();
  }

  /** A pack cannot be read: the tries of slots that come to it next fail. */
  fail({ number }: StoredPack): void {
    for (const cursor of this.#cursors) if (cursor.published === number) cursor.fail();
  }

  /** Whether one of its slots may be reading it. */
  isInUse(pack: StoredPack): boolean {
    return this.#cursors.some((cursor) => cursor.isReading(pack));
  }
}

/** Whether its bytes are in memory. */
export function isReadable(pack: StoredPack): boolean {
  return pack.memory !== undefined && pack.busy !== "packing" && pack.busy !== "loading";
}
