// Packs: a few consecutive raw frames, compressed without loss (ffi/librav1e/src/packs/header.rs and prediction.rs describe
// the bytes). They are what waits between a pipe's reader and the encoders. All memory is the caller's, and shared memory is
// as good as any: nothing is copied on the way, and nothing of a frame's size is held in between.
//
// The bytes given to a call must not be written to by another thread before it returns.

import { digestBytes } from "./digest.ts";
import type { Library } from "./library.ts";
import { NativeHandle } from "./native_handle.ts";

/** Bytes before the digests of the frames. */
const headerBytes = 48;

/** How the bytes of a frame are to be looked at: what the packs of its kind become small by. */
export interface FrameShape {
  /** 1, or 2, little-endian. */
  readonly sampleBytes: number;
  /** One to three, one after the other. */
  readonly planes: readonly { readonly rowBytes: number; readonly rows: number }[];
}

/**
 * Bytes that a pack of so many frames takes at the most, whatever they show: the header, digests, and zstd's
 * ZSTD_COMPRESSBOUND of the samples with what says how they are predicted. That the content is in pieces, of which any two
 * neighbours have more than 128 KiB, needs a tenth of what the bound has above the content.
 */
export function packBound(frameBytes: number, frames: number): number {
  const content = (frameBytes + Math.floor(frameBytes / 128) + 3) * frames;
  const small = Math.max(0, Math.floor((128 * 1024 - content) / 2048));
  return headerBytes + digestBytes * (frames + 1) + content + Math.floor(content / 256) + small;
}

/** The SHA-256 of each of the pack's frames, one after the other, by the word of who packed them. */
export function frameDigests(pack: Uint8Array, frames: number): Uint8Array {
  return pack.subarray(headerBytes, headerBytes + digestBytes * frames);
}

/** Makes packs, one after the other; any size of frame each time. */
export class Packer implements Disposable {
  readonly #handle: NativeHandle;

  constructor(readonly library: Library) {
    this.#handle = new NativeHandle(library, library.symbols.rbg_packer_new(), "rbg_packer_free");
  }

  /**
   * Packs whole frames of `frameBytes` that lie one after the other. Gives the bytes of the pack, which is at the start
   * of `into`; behind it `into` holds anything. `shape`, where it is known, makes packs smaller. Throws LibraryError
   * (invalidArgument) where they are no whole frames, or frames of another shape, where `into` has no room (`packBound` is
   * always enough), and where the two share memory.
   */
  pack(frames: Uint8Array, frameBytes: number, into: Uint8Array, shape?: FrameShape): number {
    const { library } = this;
    const numbers = shape === undefined ? new Uint8Array() : shapeNumbers(shape);
    return library.unwrap(library.symbols.rbg_packer_pack(
      this.#handle.id,
      frames,
      BigInt(frames.length),
      BigInt(frameBytes),
      numbers,
      BigInt(numbers.length),
      into,
      BigInt(into.length),
    ));
  }

  close(): void {
    this.#handle.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** 32 bits each, little-endian; unused planes are 0. */
function shapeNumbers({ sampleBytes, planes }: FrameShape): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 + 8 * 3), numbers = new DataView(bytes.buffer);
  numbers.setUint32(0, sampleBytes, true);
  for (const [plane, { rowBytes, rows }] of planes.entries()) {
    numbers.setUint32(4 + 8 * plane, rowBytes, true);
    numbers.setUint32(8 + 8 * plane, rows, true);
  }
  return bytes;
}

/** Takes packs apart, one after the other. Any bytes may be tried. */
export class Unpacker implements Disposable {
  readonly #handle: NativeHandle;
  #pack: Uint8Array | undefined;

  constructor(readonly library: Library) {
    this.#handle = new NativeHandle(library, library.symbols.rbg_unpacker_new(), "rbg_unpacker_free");
  }

  /**
   * Begins a pack of frames of `frameBytes`, whatever is left of the one before. Gives the number of its frames. The pack
   * must stay unchanged until the last of them is taken. Throws LibraryError (corruptPack) for what does not begin as one.
   */
  open(pack: Uint8Array, frameBytes: number): number {
    const { library } = this;
    const length = BigInt(pack.length);
    this.#pack = undefined;
    const frames = library.symbols.rbg_unpacker_open(this.#handle.id, pack, length, BigInt(frameBytes));
    const count = library.unwrap(frames);
    this.#pack = pack;
    return count;
  }

  /**
   * Turns the pack's previous frame, which is in `into`, into its next one; whatever is there before the first. Throws
   * LibraryError: corruptPack for a damaged pack, wrongState after its last frame. Then `into` holds anything.
   *
   * The content comes in pieces, each of which is compared with its checksum before it is used. Damage to a later one shows
   * only after earlier frames were given out: who has used them must start again.
   */
  next(into: Uint8Array): void {
    const { library } = this;
    const pack = this.#pack ?? new Uint8Array();
    library.unwrap(library.symbols.rbg_unpacker_next(
      this.#handle.id,
      pack,
      BigInt(pack.length),
      into,
      BigInt(into.length),
    ));
  }

  close(): void {
    this.#handle.close();
    this.#pack = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
