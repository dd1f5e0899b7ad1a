// The memory that packs are in, in two parts: one for all of them, and one that only takes what comes back from the
// temporary file for a slot that waits for it. Whatever else happens, a slot can go on through that second part.

import { PackArena, type Piece, pieceBytes, wholePieces } from "./pack_arena.ts";

export type Area = "main" | "loading";

export interface PackRoom {
  /** Where it is in all of the memory. */
  readonly piece: Piece;
  readonly area: Area;
}

export class PackMemory {
  readonly #main: PackArena;
  readonly #loading: PackArena;
  readonly #mainBytes: number;
  readonly #vacated: (piece: Piece) => void;

  /** `loadingBytes` of the `bytes` are the second part. `vacated` is told of each piece that has nothing in it any more. */
  constructor(bytes: number, loadingBytes: number, vacated: (piece: Piece) => void) {
    this.#vacated = vacated;
    this.#mainBytes = wholePieces(bytes - pieceBytes(loadingBytes));
    this.#main = new PackArena(this.#mainBytes);
    this.#loading = new PackArena(pieceBytes(loadingBytes));
  }

  get used(): number {
    return this.#main.used + this.#loading.used;
  }

  allocate(bytes: number): PackRoom | undefined {
    const piece = this.#main.allocate(bytes);
    return piece && { piece, area: "main" };
  }

  /** Room of the same size further down in the main part. */
  allocateBelow({ piece: { bytes, offset } }: PackRoom): PackRoom | undefined {
    const piece = this.#main.allocate(bytes, offset);
    return piece && { piece, area: "main" };
  }

  /** For a pack that comes back; `isNeededNow`: a slot waits for it. */
  allocateToLoad(bytes: number, isNeededNow: boolean): PackRoom | undefined {
    const room = this.allocate(bytes);
    if (room !== undefined || !isNeededNow) return room;
    const piece = this.#loading.allocate(bytes);
    return piece && { piece: { ...piece, offset: this.#mainBytes + piece.offset }, area: "loading" };
  }

  /** Gives back all but the first `bytes` of a room in the main part. */
  trim({ piece }: PackRoom, bytes: number): PackRoom {
    const kept = this.#main.trim(piece, bytes), keptBytes = pieceBytes(bytes);
    const rest = pieceBytes(piece.bytes) - keptBytes;
    if (rest > 0) this.#vacated({ offset: piece.offset + keptBytes, bytes: rest });
    return { piece: kept, area: "main" };
  }

  free({ piece, area }: PackRoom): void {
    if (area === "main") this.#main.free(piece);
    else this.#loading.free({ ...piece, offset: piece.offset - this.#mainBytes });
    this.#vacated({ ...piece, bytes: pieceBytes(piece.bytes) });
  }
}
