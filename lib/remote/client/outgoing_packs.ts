// The frames of one task on their way to the worker: packs out of the source's feed, whole and in order, within the credit,
// then the segment's end. A pack is begun only where there is room for all of it. What is sent is copied out of the shared
// memory first, so that a pack's memory is the source's again as soon as its last part is taken.

import type { SegmentDigest } from "../../../ffi/digest.ts";
import { frameDigests } from "../../../ffi/packs.ts";
import { type Pack, PackFeed } from "../../pipe/pack_feed.ts";
import { packPartBytes } from "../limits.ts";
import type { ClientMessage } from "../messages.ts";

export interface Outgoing {
  readonly header: ClientMessage;
  readonly body?: Uint8Array;
}

/** The source has lost the pack that comes next. */
export const packIsLost = Symbol("packIsLost");

export interface OutgoingPacksSetup {
  readonly task: number;
  /** Where packs are. */
  readonly arena: Uint8Array;
  /** Bytes of the largest pack. */
  readonly packBytes: number;
  /** Bytes of packs that may be sent before the worker has said more. */
  readonly credit: number;
  /** A pack was taken out of the feed. */
  onTaken(): void;
  /** Takes in what is sent, and is closed when that is over; undefined where nobody wants to know. */
  readonly digest: SegmentDigest | undefined;
}

export class OutgoingPacks {
  readonly feed = new PackFeed();
  readonly #setup: OutgoingPacksSetup;
  /** What the source said: frames that may be read, and the segment's length. */
  #known = 0;
  #length: number | null = null;
  #credit: number;
  /** Packs that were sent whole, and their frames. */
  #packs = 0;
  #frames = 0;
  #bytes = 0;
  /** Bytes sent of the pack that comes next. */
  #offset = 0;
  #hasEnded = false;
  #digest: SegmentDigest | undefined;
  #inputDigest: Uint8Array | undefined;

  constructor(setup: OutgoingPacksSetup) {
    this.#setup = setup;
    this.#credit = setup.credit;
    this.#digest = setup.digest;
  }

  /** Bytes that were sent. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Packs that were sent whole, and their frames. */
  get packs(): number {
    return this.#packs;
  }

  get frames(): number {
    return this.#frames;
  }

  /** The end was sent. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Of all frames that were sent, once the end was; undefined where it is not known. */
  get inputDigest(): Uint8Array | undefined {
    return this.#inputDigest;
  }

  /** Nothing more is sent. */
  close(): void {
    this.#digest?.close();
    this.#digest = undefined;
  }

  /** Some of a pack was sent and not all. */
  get isInsidePack(): boolean {
    return this.#offset > 0;
  }

  /** Bytes that may have been sent in all by now. */
  get credit(): number {
    return this.#credit;
  }

  set credit(bytes: number) {
    this.#credit = bytes;
  }

  grow(known: number, length: number | null): void {
    this.#known = known;
    this.#length = length;
  }

  /** There is a pack that the credit does not allow. */
  get lacksCredit(): boolean {
    const pack = this.#next();
    return pack !== undefined && !this.#hasRoom(pack.bytes);
  }

  /** A further pack, whatever its size, would have room beside those that are published. */
  get hasRoomForAnother(): boolean {
    return this.#hasRoom(this.feed.waitingBytes + this.#setup.packBytes);
  }

  /** `take` gives something. */
  get hasPart(): boolean {
    const pack = this.#next();
    if (pack === undefined) return this.#endIsDue;
    return this.#hasRoom(pack.bytes);
  }

  /** The next part of a pack, or the segment's end; undefined where none may be sent now. */
  take(): Outgoing | typeof packIsLost | undefined {
    if (!this.hasPart) return undefined;
    const pack = this.#next(), { task, arena } = this.#setup;
    if (pack === undefined) {
      this.#hasEnded = true;
      this.#inputDigest = this.#digest?.finish();
      this.close();
      return { header: { type: "end", task, frames: this.#frames } };
    }
    if (pack.bytes === 0) return packIsLost;
    const { bytes, frames } = pack, offset = this.#offset, number = this.#packs;
    const end = Math.min(bytes, offset + packPartBytes);
    const body = arena.slice(pack.offset + offset, pack.offset + end);
    this.#bytes += body.length;
    this.#offset = end;
    if (end === bytes) this.#finishPack(pack);
    return { header: { type: "pack", task, number, frames, bytes, offset }, body };
  }

  /** The pack to go on with; undefined where the source has published none whose frames may be read. */
  #next(): Pack | undefined {
    return this.#frames < this.#known ? this.feed.peek() : undefined;
  }

  #hasRoom(bytes: number): boolean {
    return this.#bytes - this.#offset + bytes <= this.#credit;
  }

  get #endIsDue(): boolean {
    return !this.#hasEnded && this.#frames === this.#length;
  }

  #finishPack({ offset, bytes, frames }: Pack): void {
    this.#digest?.addDigests(frameDigests(this.#setup.arena.subarray(offset, offset + bytes), frames));
    this.#offset = 0;
    this.#packs++;
    this.#frames += frames;
    this.feed.release();
    this.#setup.onTaken();
  }
}
