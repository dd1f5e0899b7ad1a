// The frames of a pipe as a slot's thread reads them: out of the packs that its feed names, one after the other. A pack is
// given back as soon as its last frame is out.

import type { Library } from "../../ffi/library.ts";
import { digestBytes } from "../../ffi/digest.ts";
import { frameDigests, Unpacker } from "../../ffi/packs.ts";
import type { FrameSource } from "../encode/segment_encoder.ts";
import { type Pack, PackFeed } from "./pack_feed.ts";

export interface PackFramesOptions {
  readonly library: Library;
  /** Where the packs are, until `readFrom` says otherwise. */
  readonly arena: SharedArrayBuffer;
  readonly frameBytes: number;
  /** What the packs say of their frames' digests is believed: this machine made them. */
  readonly digestsAreOwn: boolean;
  /** The slot's feed: PackFeed.memory. */
  readonly feed: SharedArrayBuffer;
  /** Called after a pack was used up. */
  readonly onTaken: () => void;
}

export class PackFrames implements FrameSource, Disposable {
  readonly #options: PackFramesOptions;
  #arena: Uint8Array;
  readonly #feed: PackFeed;
  readonly #unpacker: Unpacker;
  #segment = -1;
  /** Frames of the open pack that are still in it. */
  #left = 0;
  /** Of the open pack's frames; undefined where they are not believed. */
  #digests: Uint8Array | undefined;
  #taken = 0;
  #next: number | undefined;

  constructor(options: PackFramesOptions) {
    this.#options = options;
    this.#arena = new Uint8Array(options.arena);
    this.#feed = new PackFeed(options.feed);
    this.#unpacker = new Unpacker(options.library);
  }

  /** The packs of the next segment are there. */
  readFrom(arena: SharedArrayBuffer): void {
    if (arena !== this.#arena.buffer) this.#arena = new Uint8Array(arena);
  }

  /**
   * Frames of a segment in order, from its first; each only after SlotControl has said that it may be read. `into` is the
   * same buffer each time, unchanged since. Throws LibraryError for a pack that is damaged.
   */
  readFrame(frame: number, into: Uint8Array<ArrayBuffer>): Uint8Array | undefined {
    if (this.#segment !== this.#feed.segment) {
      this.#segment = this.#feed.segment;
      this.#left = 0;
    } else if (frame !== this.#next) {
      throw new RangeError(`Cannot read frame ${frame} of a pipe: frame ${this.#next} is next`);
    }
    if (this.#left === 0) this.#left = this.#open(frame);
    this.#unpacker.next(into);
    this.#next = frame + 1;
    const digest = this.#digests?.subarray(this.#taken * digestBytes, (this.#taken + 1) * digestBytes);
    this.#taken++;
    if (--this.#left > 0) return digest;
    this.#feed.release();
    this.#options.onTaken();
    return digest;
  }

  #open(frame: number): number {
    const pack = this.#feed.peek();
    if (pack === undefined) throw new TypeError(`Cannot read frame ${frame} of a pipe: no pack was published`);
    if (isLost(pack)) throw new Error(`frame ${frame} could not be read back from the temporary file (--tmp-input)`);
    const bytes = this.#arena.subarray(pack.offset, pack.offset + pack.bytes);
    const frames = this.#unpacker.open(bytes, this.#options.frameBytes);
    if (frames !== pack.frames) throw new Error(`a pack holds ${frames} frames instead of ${pack.frames}`);
    // A copy: the pack is gone before the last of them is used.
    this.#digests = this.#options.digestsAreOwn ? frameDigests(bytes, frames).slice() : undefined;
    this.#taken = 0;
    return frames;
  }

  [Symbol.dispose](): void {
    this.#unpacker.close();
  }
}

function isLost(pack: Pack): boolean {
  return pack.bytes === 0;
}
