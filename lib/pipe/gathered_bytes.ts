// The bytes of one of several streams of the same child. The child may have to get rid of a stream's first frames before it begins
// another one, and none of them is wanted before all have begun: so they are read, up to a few frames, and kept until then.

import type { InputBytes } from "./input_bytes.ts";

export class GatheredBytes {
  readonly #source: Pick<InputBytes, "next">;
  readonly #pieces: Uint8Array[] = [];
  /** A read that nobody has waited for to its end. */
  #pending: Promise<Uint8Array | null> | undefined;
  #hasEnded = false;

  constructor(source: Pick<InputBytes, "next">) {
    this.#source = source;
  }

  /** Reads until `wanted`, at least `mostBytes` where there are so many. What reading throws comes from `next`. */
  async gather(wanted: Promise<unknown>, mostBytes: number): Promise<void> {
    const stop = wanted.then(() => undefined);
    for (let bytes = 0; bytes < mostBytes && !this.#hasEnded;) {
      this.#pending = this.#source.next();
      const piece = await Promise.race([this.#pending, stop]).catch(() => undefined);
      if (piece === undefined) return;
      this.#pending = undefined;
      if (piece === null) this.#hasEnded = true;
      else {
        // The source uses its buffer again.
        this.#pieces.push(piece.slice());
        bytes += piece.length;
      }
    }
  }

  /** The next piece, valid until the next call; null at the end. */
  async next(): Promise<Uint8Array | null> {
    const piece = this.#pieces.shift();
    if (piece !== undefined) return piece;
    if (this.#hasEnded) return null;
    const pending = this.#pending ?? this.#source.next();
    this.#pending = undefined;
    return await pending;
  }
}
