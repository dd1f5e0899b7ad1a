// Which bytes of a block are taken and which are free: first fit, neighbours joined as they become free. Pieces never
// overlap and never reach beyond the block. It manages numbers alone, so that the same rules serve the memory that packs
// wait in and the temporary file that they spill to.

/** A piece of the block. */
export interface Piece {
  /** Bytes from the block's start. */
  readonly offset: number;
  readonly bytes: number;
}

/** Pieces start at multiples of this: what a cache line, and a vector load, wants. */
const alignment = 64;

export class PackArena {
  /** Free pieces by offset; no two touch. */
  readonly #free: { offset: number; bytes: number }[];
  readonly #taken = new Map<number, number>();
  #used = 0;
  #highest = 0;

  /** `capacity` bytes, of which the last few are lost where it is no multiple of 64. Infinity is no limit. */
  constructor(readonly capacity: number) {
    const bytes = capacity === Infinity ? Number.MAX_SAFE_INTEGER - alignment : capacity;
    this.#free = bytes >= alignment ? [{ offset: 0, bytes: wholePieces(bytes) }] : [];
  }

  /** Bytes taken, rounded up as they are. */
  get used(): number {
    return this.#used;
  }

  /** The highest byte ever taken, and one. */
  get highest(): number {
    return this.#highest;
  }

  /** Takes `bytes` (at least 1) where they fit first; undefined where they fit nowhere. Nothing from `below` on is taken. */
  allocate(bytes: number, below = Infinity): Piece | undefined {
    const size = pieceBytes(bytes);
    const index = this.#free.findIndex((free) => free.bytes >= size && free.offset + size <= below);
    const free = this.#free[index];
    if (free === undefined) return undefined;
    const { offset } = free;
    free.offset += size;
    free.bytes -= size;
    if (free.bytes === 0) this.#free.splice(index, 1);
    this.#taken.set(offset, size);
    this.#used += size;
    this.#highest = Math.max(this.#highest, offset + size);
    return { offset, bytes };
  }

  /** Gives back all of a piece but its first `bytes` (at least 1). */
  trim(piece: Piece, bytes: number): Piece {
    const size = this.#sizeOf(piece), kept = pieceBytes(bytes);
    if (kept > size) throw new RangeError(`Cannot trim a piece of ${size} bytes to ${bytes}`);
    if (kept < size) {
      this.#taken.set(piece.offset, kept);
      this.#giveBack(piece.offset + kept, size - kept);
    }
    return { offset: piece.offset, bytes };
  }

  /** Gives a piece back. */
  free(piece: Piece): void {
    const size = this.#sizeOf(piece);
    this.#taken.delete(piece.offset);
    this.#giveBack(piece.offset, size);
  }

  #sizeOf({ offset }: Piece): number {
    const size = this.#taken.get(offset);
    if (size === undefined) throw new TypeError(`Cannot give back what nobody has: there is no piece at ${offset}`);
    return size;
  }

  #giveBack(offset: number, bytes: number): void {
    this.#used -= bytes;
    const next = this.#after(offset);
    const before = this.#free[next - 1], after = this.#free[next];
    const joinsBefore = before !== undefined && before.offset + before.bytes === offset;
    const joinsAfter = after !== undefined && offset + bytes === after.offset;
    if (joinsBefore) {
      before.bytes += bytes + (joinsAfter ? after.bytes : 0);
      if (joinsAfter) this.#free.splice(next, 1);
    } else if (joinsAfter) {
      after.offset = offset;
      after.bytes += bytes;
    } else this.#free.splice(next, 0, { offset, bytes });
  }

  /** The first free piece behind `offset`, by halving. */
  #after(offset: number): number {
    let low = 0, high = this.#free.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#free[middle]!.offset > offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** Bytes that a piece of `bytes` takes up. */
export function pieceBytes(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

/** Bytes of a block of `bytes` that pieces can take up. */
export function wholePieces(bytes: number): number {
  return bytes - bytes % alignment;
}
