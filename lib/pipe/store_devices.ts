// What a PackStore is given: the devices that do the work it decides on, and the sizes it must keep to.

import { type Piece, pieceBytes } from "./pack_arena.ts";
import type { ClosedPack } from "./stored_segment.ts";

/** Who does the work. Each call but `move`, `vacate` and `release` is answered, later, by the method named. */
export interface StoreDevices {
  /** Compresses a pack into `room`; then `packed`. Never more at once than there are packers. */
  pack(id: number, pack: ClosedPack, room: Piece): void;
  /** Copies within memory, at once. */
  move(from: Piece, to: Piece): void;
  /** Nothing is in this piece of memory until it is named again. */
  vacate(piece: Piece): void;
  /** The pack's frames may leave the reader's ring. */
  release(pack: ClosedPack): void;
  /** Copies from memory to the file; then `written`. */
  write(id: number, from: Piece, to: Piece): void;
  /** Copies from the file to memory; then `loaded`. */
  read(id: number, from: Piece, to: Piece): void;
}

export interface PackStoreOptions {
  /** Bytes of memory, at least `smallestStoreBytes`. */
  readonly budgetBytes: number;
  /** Frames in memory at most, unless a single pack has more; what comes back from the file is not held up by it. */
  readonly mostFrames: number;
  /** Bytes that a pack of so many frames takes at most. */
  readonly bound: (frames: number) => number;
  /** Frames of the largest pack. */
  readonly packFrames: number;
  readonly packers: number;
  /** Whether there is a file to spill to. */
  readonly spill: boolean;
  readonly devices: StoreDevices;
}

/** The least memory with which everything ends: a pack being made, and one coming back from the file. */
export function smallestStoreBytes({ bound, packFrames }: Pick<PackStoreOptions, "bound" | "packFrames">): number {
  return 2 * pieceBytes(bound(packFrames));
}
