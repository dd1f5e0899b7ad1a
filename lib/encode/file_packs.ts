// The packs that slots are given of a file where they cannot read it themselves. A pack is made when a slot will soon need it,
// and gone when the slot has taken it: the file is there to be read again. Kept at any time:
//
// - Packs lie in places, each as large as the largest pack, of which there is a fixed number.
// - A slot has at most `packsAhead` of them, in the order of its frames. As many slots are served as there are places, those
//   that came first. One gets its first pack only where a place is left for each of those before it, another one only where
//   one is left for everybody. So the slot that came first can always go on, whichever others leave their packs lying.
//   Slots that say that they would (FedSlot.isSated) get none.
// - What is published was read by the layout of the moment: a pack by an older one is made again.
//
// It knows no thread and no file: it says what is to be made, and is told what was.

import type { FileInput } from "./file_frames.ts";
import type { FedSlot } from "./video_source.ts";

/** Consecutive frames to be packed. */
export interface FilePackJob {
  readonly id: number;
  readonly input: FileInput;
  /** Counted from the first frame that is encoded. */
  readonly first: number;
  readonly frames: number;
  /** Where the pack goes: bytes from the arena's start. */
  readonly offset: number;
}

export interface FilePacksOptions {
  readonly input: FileInput;
  readonly places: number;
  /** Bytes of a place. */
  readonly placeBytes: number;
  /** Frames of a pack at most. */
  readonly packFrames: number;
  /** Begins to make a pack, then `made` or `notMade`; false where nobody is free to do it for so many slots. */
  readonly make: (job: FilePackJob, slots: number) => boolean;
  /** The input cannot be read. */
  readonly onFailure: (reason: string) => void;
}

/** Packs that a slot has before it: one that it reads, and the next. */
export const packsAhead = 2;

interface FilePack {
  readonly first: number;
  readonly frames: number;
  readonly place: number;
  /** What it is being made by; undefined before and after. */
  input: FileInput | undefined;
  /** Null until it is made. */
  bytes: number | null;
  /** Its slot is gone: the place is free as soon as nobody works on it. */
  unwanted: boolean;
}

interface Reader {
  readonly slot: FedSlot;
  readonly segment: number;
  /** The segment's first frame. */
  readonly first: number;
  /** Frames of the segment that may be read, and all of them once that is known. */
  known: number;
  frames: number | null;
  /** Frames in packs that were begun, and in those that were published. */
  begun: number;
  publishedFrames: number;
  /** Packs that were taken, and those of `packs` that the slot was told of. */
  taken: number;
  published: number;
  /** Those that are not taken, in order. */
  readonly packs: FilePack[];
}

export class FilePacks {
  readonly #options: FilePacksOptions;
  readonly #readers = new Map<FedSlot, Reader>();
  readonly #making = new Map<number, FilePack>();
  readonly #isTaken: boolean[];
  #input: FileInput;
  #free: number;
  #nextId = 0;

  constructor(options: FilePacksOptions) {
    this.#options = options;
    this.#input = options.input;
    this.#free = options.places;
    this.#isTaken = Array(options.places).fill(false);
  }

  /** Frames sit elsewhere than was thought. */
  relocate(input: FileInput): void {
    this.#input = input;
  }

  /** Gives the slot packs of a segment that begins with frame `first`, as far as `grow` says that it may be read. */
  attach(segment: number, first: number, slot: FedSlot): void {
    const before = this.#readers.get(slot);
    if (before !== undefined) {
      throw new TypeError(`Cannot attach a slot to segment ${segment}: it is at segment ${before.segment}`);
    }
    const counts = { known: 0, frames: null, begun: 0, publishedFrames: 0, taken: 0, published: 0 };
    const reader: Reader = { slot, segment, first, ...counts, packs: [] };
    this.#readers.set(slot, reader);
    slot.feed.reset();
    slot.onPackTaken = () => this.#onTaken(reader);
  }

  /** `known` frames of the slot's segment may be read; it has `frames`, or null while that is open. */
  grow(slot: FedSlot, known: number, frames: number | null): void {
    const reader = this.#readers.get(slot);
    if (reader === undefined || (reader.known === known && reader.frames === frames)) return;
    const isEnd = reader.frames !== frames;
    Object.assign(reader, { known, frames });
    if (isEnd) slot.grow(reader.publishedFrames, frames);
    this.#pump();
  }

  detach(slot: FedSlot): void {
    const reader = this.#readers.get(slot);
    if (reader === undefined) return;
    this.#readers.delete(slot);
    slot.onPackTaken = undefined;
    for (const pack of reader.packs) {
      if (pack.input === undefined) this.#giveBack(pack);
      else pack.unwanted = true;
    }
    this.#pump();
  }

  /** A pack is in its place, with so many bytes. */
  made(id: number, bytes: number): void {
    const { pack, isSound } = this.#end(id);
    if (isSound) pack.bytes = bytes;
    for (const reader of this.#readers.values()) if (isSound && reader.packs.includes(pack)) this.#publish(reader);
    this.#pump();
  }

  /** A pack's frames could not be read. */
  notMade(id: number, reason: string): void {
    if (this.#end(id).isSound) this.#options.onFailure(reason);
    else this.#pump();
  }

  /** What was made for nobody, or by an old layout, says nothing. */
  #end(id: number): { pack: FilePack; isSound: boolean } {
    const pack = this.#making.get(id)!;
    this.#making.delete(id);
    const isSound = pack.input === this.#input && !pack.unwanted;
    pack.input = undefined;
    if (pack.unwanted) this.#giveBack(pack);
    return { pack, isSound };
  }

  #onTaken(reader: Reader): void {
    const { taken } = reader.slot.feed;
    for (const pack of reader.packs.splice(0, Math.min(taken - reader.taken, reader.published))) {
      this.#giveBack(pack);
      reader.taken++;
      reader.published--;
    }
    this.#pump();
  }

  /** Tells the slot of the packs that are made, in order. */
  #publish(reader: Reader): void {
    for (let pack; (pack = reader.packs[reader.published]) !== undefined && pack.bytes !== null;) {
      const { bytes, frames, place } = pack;
      // There is always room: the feed has more than a slot is ahead by.
      reader.slot.feed.publish({ offset: place * this.#options.placeBytes, bytes, frames });
      reader.published++;
      reader.publishedFrames += frames;
    }
    reader.slot.grow(reader.publishedFrames, reader.frames);
  }

  #pump(): void {
    for (const { packs } of this.#readers.values()) {
      for (const pack of packs) if (pack.bytes === null && pack.input === undefined && !this.#make(pack)) return;
    }
    const served = this.#served();
    for (let ahead = 0; ahead < packsAhead; ahead++) {
      for (const [turn, reader] of served.entries()) {
        if (reader.packs.length !== ahead || reader.slot.isSated === true) continue;
        const frames = framesOfNext(reader, this.#options.packFrames);
        const before = ahead === 0 ? served.slice(0, turn) : served;
        const reserved = before.filter(({ packs }) => packs.length === 0).length;
        if (frames === 0 || this.#free <= reserved) continue;
        const pack = {
          first: reader.first + reader.begun,
          frames,
          place: this.#takePlace(),
          input: undefined,
          bytes: null,
          unwanted: false,
        };
        reader.packs.push(pack);
        reader.begun += frames;
        if (!this.#make(pack)) return;
      }
    }
  }

  /** Slots for each of which there is a place. */
  #served(): Reader[] {
    const hungry = [...this.#readers.values()].filter(({ slot, packs }) => packs.length > 0 || slot.isSated !== true);
    return hungry.slice(0, this.#options.places);
  }

  /** False where nobody is free to do it. */
  #make(pack: FilePack): boolean {
    const input = this.#input, id = this.#nextId++;
    const { first, frames, place } = pack;
    const job = { id, input, first, frames, offset: place * this.#options.placeBytes };
    if (!this.#options.make(job, this.#readers.size)) return false;
    pack.input = input;
    this.#making.set(id, pack);
    return true;
  }

  /** The lowest is taken first: memory that was never written to costs nothing. */
  #takePlace(): number {
    const place = this.#isTaken.indexOf(false);
    this.#isTaken[place] = true;
    this.#free--;
    return place;
  }

  #giveBack({ place }: FilePack): void {
    this.#isTaken[place] = false;
    this.#free++;
  }
}

/** Whole packs, where there are frames for them; what there is for a slot that has nothing, and at the segment's end. */
function framesOfNext({ known, frames, begun, packs }: Reader, packFrames: number): number {
  const left = known - begun;
  return left >= packFrames ? packFrames : known === frames || packs.length === 0 ? left : 0;
}
