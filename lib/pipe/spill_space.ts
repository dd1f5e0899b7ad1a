// Which bytes of the temporary file hold packs. Space that is free again is used before the file grows; after the disk has
// refused bytes, the file does not grow any more, and nothing is written until a pack has left it.

import { PackArena, type Piece } from "./pack_arena.ts";

export class SpillSpace {
  readonly #pieces: PackArena;
  /** Bytes from here on were never written with success. */
  #written = 0;
  #limit = Infinity;
  #paused = false;

  /** Without a file there is no space. */
  constructor(isThere: boolean) {
    this.#pieces = new PackArena(isThere ? Infinity : 0);
  }

  get used(): number {
    return this.#pieces.used;
  }

  allocate(bytes: number): Piece | undefined {
    return this.#paused ? undefined : this.#pieces.allocate(bytes, this.#limit);
  }

  free(piece: Piece): void {
    this.#pieces.free(piece);
    this.#paused = false;
  }

  wasWritten({ offset, bytes }: Piece): void {
    this.#written = Math.max(this.#written, offset + bytes);
  }

  /** The disk took no more: the piece is free again. */
  wasRefused(piece: Piece): void {
    this.#pieces.free(piece);
    this.#limit = this.#written;
    this.#paused = true;
  }
}
