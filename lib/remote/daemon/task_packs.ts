// The packs of one task on their way from the wire to the slot that encodes it. Parts come in order and are checked before a
// byte of them is stored: number, offset, sizes, frames, and that the client keeps to its credit. A slot is told of a frame
// only when the pack that holds it is whole. A pack that is used up gives its bytes back as credit.

import type { FedSlot } from "../../encode/video_source.ts";
import type { Pack } from "../../pipe/pack_feed.ts";
import { mostSegmentFrames } from "../limits.ts";
import type { PackPart } from "../messages.ts";
import { ProtocolError } from "../wire/channel.ts";
import type { PackRing } from "./pack_ring.ts";

export interface TaskPacksOptions {
  /** Where the packs are put; `ring` says where. */
  readonly arena: SharedArrayBuffer;
  readonly ring: PackRing;
  /** Bytes that may come before any are used up. */
  readonly credit: number;
  /** Bytes of the largest pack. */
  readonly packBytes: number;
  /** May be called whenever credit has grown: bytes that may have come in all by now. */
  readonly onCredit: (bytes: number) => void;
}

/** Packs at hand at once. No honest client comes near; without it one could fill the memory with the books of tiny packs. */
const mostPacksAtHand = 65_536;

type Fed = Pick<FedSlot, "feed" | "grow">;

interface PartialPack extends Pack {
  readonly number: number;
  filled: number;
}

export class TaskPacks {
  readonly #options: TaskPacksOptions;
  readonly #arena: Uint8Array;
  #partial: PartialPack | undefined;
  #nextNumber = 0;
  /** Bytes that came, in all. */
  #received = 0;
  #allowed: number;
  /** Frames of whole packs. */
  #frames = 0;
  /** The segment's, once its end is known. */
  #end: number | null = null;
  /** Whole packs of which the slot was not told yet. */
  #unpublished: Pack[] = [];
  #publishedFrames = 0;
  #slot: Fed | undefined;

  constructor(options: TaskPacksOptions) {
    this.#options = options;
    this.#arena = new Uint8Array(options.arena);
    this.#allowed = options.credit;
    options.ring.clear();
  }

  /** All packs have come. */
  get isComplete(): boolean {
    return this.#end !== null;
  }

  /** There is something to encode, or nothing more will come. */
  get canBegin(): boolean {
    return this.#frames > 0 || this.isComplete;
  }

  /** Adds a part of a pack. Throws ProtocolError. */
  add(part: PackPart, body: Uint8Array): void {
    if (this.isComplete) throw new ProtocolError(`a pack came after the end of task ${part.task}`);
    const pack = this.#partial ?? this.#beginPack(part);
    const { task, number, offset, bytes, frames } = part;
    if (number !== pack.number || bytes !== pack.bytes || frames !== pack.frames || offset !== pack.filled) {
      throw new ProtocolError(
        `part ${offset} of pack ${number} of task ${task} came where part ${pack.filled} of pack ${pack.number} was due`,
      );
    }
    if (body.length === 0 || body.length > pack.bytes - pack.filled) {
      throw new ProtocolError(`a part of ${body.length} bytes, where ${pack.bytes - pack.filled} of the pack are left`);
    }
    this.#received += body.length;
    if (this.#received > this.#allowed) {
      throw new ProtocolError(`${this.#received} bytes came for task ${task}, ${this.#allowed} were allowed`);
    }
    this.#arena.set(body, pack.offset + pack.filled);
    pack.filled += body.length;
    if (pack.filled < pack.bytes) return;
    this.#partial = undefined;
    this.#nextNumber++;
    this.#frames += frames;
    this.#unpublished.push({ offset: pack.offset, bytes, frames });
    this.#publish();
  }

  /** The segment has so many frames, all of which have come. Throws ProtocolError. */
  end(task: number, frames: number): void {
    if (this.isComplete) throw new ProtocolError(`task ${task} ended twice`);
    if (this.#partial !== undefined || frames !== this.#frames || frames === 0) {
      throw new ProtocolError(`task ${task} has ${frames} frames, and ${this.#frames} came in whole packs`);
    }
    this.#end = frames;
    this.#publish();
  }

  /** From now on a slot reads; its feed is empty. `taken` is to be called for each pack that it has used up. */
  feed(slot: Fed): void {
    this.#slot = slot;
    this.#publish();
  }

  /** The slot has used up its oldest pack. */
  taken(): void {
    this.#allowed += this.#options.ring.release().bytes;
    this.#publish();
    if (!this.isComplete) this.#options.onCredit(this.#allowed);
  }

  #beginPack({ task, number, bytes, frames, offset }: PackPart): PartialPack {
    const { packBytes, ring } = this.#options;
    if (number !== this.#nextNumber || offset !== 0) {
      throw new ProtocolError(`pack ${number} of task ${task} came where pack ${this.#nextNumber} was due`);
    }
    if (bytes > packBytes) throw new ProtocolError(`a pack of ${bytes} bytes, ${packBytes} were announced at most`);
    if (this.#frames + frames > mostSegmentFrames) throw new ProtocolError(`task ${task} has too many frames`);
    const piece = ring.count < mostPacksAtHand ? ring.reserve(bytes) : undefined;
    if (piece === undefined) throw new ProtocolError(`there is no room for pack ${number} of task ${task}`);
    return this.#partial = { ...piece, frames, number, filled: 0 };
  }

  #publish(): void {
    if (this.#slot === undefined) return;
    let published = 0;
    for (const pack of this.#unpublished) {
      if (!this.#slot.feed.publish(pack)) break;
      this.#publishedFrames += pack.frames;
      published++;
    }
    this.#unpublished.splice(0, published);
    this.#slot.grow(this.#publishedFrames, this.#end);
  }
}
