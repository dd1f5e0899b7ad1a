// Where packs are within a place: one after the other, each in one piece, given back in the order in which they came. With
// `credit` bytes and one begun pack more at the most, and packs of `packBytes` at the most, `ringBytes` always has room for
// the next one, whatever their sizes: what is lost at the end of the memory is less than a pack.

import type { Piece } from "../../pipe/pack_arena.ts";

/**
 * Bytes that are enough for packs of up to `packBytes` of which `credit` bytes may be on their way or unused. One pack more
 * can have been begun within the credit and reach beyond it, and one is what the wrap may waste.
 */
export function ringBytes(credit: number, packBytes: number): number {
  return credit + 2 * packBytes;
}

export class PackRing {
  /** In order of their coming; the first `#released` are gone. */
  #pieces: Piece[] = [];
  #released = 0;

  constructor(readonly bytes: number) {}

  /** Packs that are in it. */
  get count(): number {
    return this.#pieces.length - this.#released;
  }

  /** Takes `bytes` behind the newest pack; undefined where there is no room. */
  reserve(bytes: number): Piece | undefined {
    const oldest = this.#pieces[this.#released], newest = this.#pieces.at(-1);
    let offset: number | undefined;
    if (oldest === undefined || newest === undefined) {
      // At the start again, so that memory which was never needed is never touched.
      this.#pieces = [];
      this.#released = 0;
      offset = bytes <= this.bytes ? 0 : undefined;
    } else {
      const end = newest.offset + newest.bytes, wrapped = newest.offset < oldest.offset;
      if (wrapped) offset = end + bytes <= oldest.offset ? end : undefined;
      else if (end + bytes <= this.bytes) offset = end;
      else offset = bytes <= oldest.offset ? 0 : undefined;
    }
    if (offset === undefined) return undefined;
    const piece = { offset, bytes };
    this.#pieces.push(piece);
    return piece;
  }

  /** Gives back the oldest pack. */
  release(): Piece {
    const piece = this.#pieces[this.#released];
    if (piece === undefined) throw new TypeError("Cannot give back a pack: there is none");
    this.#released++;
    if (this.#released > 1024 && this.#released * 2 > this.#pieces.length) {
      this.#pieces = this.#pieces.slice(this.#released);
      this.#released = 0;
    }
    return piece;
  }

  clear(): void {
    this.#pieces = [];
    this.#released = 0;
  }
}
