// SHA-256 of frames as they pass, and of what this machine's arithmetic comes to. (node:crypto costs a thread 16 ms and 11 MB to load, and SubtleCrypto wants all bytes at
// once.)

import type { Library } from "./library.ts";
import { NativeHandle } from "./native_handle.ts";

const digestBytes = 32;

/** Of the results of floating-point functions (ffi/librav1e/src/arithmetic.rs): equal where two machines compute alike. */
export function arithmeticDigest(library: Library): Uint8Array<ArrayBuffer> {
  const digest = new Uint8Array(digestBytes);
  library.unwrap(library.symbols.rbg_arithmetic_digest(digest, BigInt(digestBytes)));
  return digest;
}

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
