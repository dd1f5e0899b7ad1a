// SHA-256 of frames as they pass. (node:crypto costs a thread 16 ms and 11 MB to load, and SubtleCrypto wants all bytes at
// once.)

import type { Library } from "./library.ts";
import { NativeHandle } from "./native_handle.ts";

export const digestBytes = 32;

export class FrameDigest implements Disposable {
  readonly #handle: NativeHandle;

  constructor(readonly library: Library) {
    this.#handle = new NativeHandle(library, library.symbols.rbg_digest_new(), "rbg_digest_free");
  }

  /** Hashes on; shared memory is as good as any. */
  update(frame: Uint8Array): void {
    const { library } = this;
    library.unwrap(library.symbols.rbg_digest_update(this.#handle.id, frame, BigInt(frame.length)));
  }

  /** The 32 bytes of the digest over all since the last time; starts anew. */
  finish(): Uint8Array<ArrayBuffer> {
    const { library } = this;
    const digest = new Uint8Array(digestBytes);
    library.unwrap(library.symbols.rbg_digest_finish(this.#handle.id, digest, BigInt(digestBytes)));
    return digest;
  }

  close(): void {
    this.#handle.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * What the frames of a segment come to: SHA-256 over the SHA-256 of each of them, so that who knows those of a pack need not
 * have its frames.
 */
export class SegmentDigest implements Disposable {
  readonly #frame: FrameDigest;
  readonly #whole: FrameDigest;

  constructor(library: Library) {
    this.#frame = new FrameDigest(library);
    this.#whole = new FrameDigest(library);
  }

  /** The next frame; shared memory is as good as any. */
  addFrame(frame: Uint8Array): void {
    this.#frame.update(frame);
    this.#whole.update(this.#frame.finish());
  }

  /** The digests of the next frames, one after the other. */
  addDigests(digests: Uint8Array): void {
    this.#whole.update(digests);
  }

  /** The 32 bytes of the digest over all since the last time; starts anew. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#whole.finish();
  }

  close(): void {
    this.#frame.close();
    this.#whole.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
