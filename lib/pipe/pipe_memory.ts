// The sizes of a pipe's buffers. All of them follow the frame's size alone: nothing here grows with the video.

import { packBound } from "../../ffi/packs.ts";
import { pieceBytes } from "./pack_arena.ts";
import { smallestStoreBytes } from "./store_devices.ts";

/** Raw bytes that a pack should hold: enough to compress well, few enough that several are in work at once. */
const packBytes = 32 * 1024 * 1024;
const [leastPackFrames, mostPackFrames] = [4, 16];
/** Frames that wait for the scene detector's decision (its detector/placement.rs), the one that is being read included. */
const undecidedFrames = 8;
/** The reader's thread: its JavaScript and the library. The scene detector is counted by memory_model.ts. */
const readerThreadBytes = 20e6;
/** The temporary file's thread: JavaScript alone. */
const spillThreadBytes = 12e6;
/** A packer: the same as the reader's, and zstd's tables. */
export const packerThreadBytes = 16e6;

export interface PipeSizes {
  /** Frames of a pack at most. */
  readonly packFrames: number;
  /** Frames of the ring between reader and packers. */
  readonly ringFrames: number;
}

export interface PipeShape {
  /** Bytes of one raw frame. */
  readonly frameBytes: number;
  readonly packers: number;
  /** Whether there is a temporary file. */
  readonly spill: boolean;
  /** Frames of the longest segment, where each must be stored whole before it is begun; 0 where none need be. */
  readonly wholeFrames?: number;
}

export function pipeSizes({ frameBytes, packers }: Omit<PipeShape, "spill">): PipeSizes {
  const packFrames = Math.max(leastPackFrames, Math.min(mostPackFrames, Math.floor(packBytes / frameBytes)));
  // A pack for each packer, and one that is being gathered meanwhile.
  return { packFrames, ringFrames: undecidedFrames + packFrames * (packers + 1) };
}

export interface PipeMemory {
  /** Bytes taken whatever the budget: the ring and the threads. */
  readonly fixedBytes: number;
  /** The smallest budget for packs that works. It keeps one slot busy at best; each slot more is served by as much again. */
  readonly floorBytes: number;
}

export function pipeMemory(shape: PipeShape): PipeMemory {
  const { frameBytes, packers, spill, wholeFrames = 0 } = shape;
  const { packFrames, ringFrames } = pipeSizes(shape);
  return {
    fixedBytes: ringFrames * frameBytes + readerThreadBytes + packers * packerThreadBytes +
      (spill ? spillThreadBytes : 0),
    floorBytes: Math.max(
      smallestStoreBytes({ bound: (frames) => packBound(frameBytes, frames), packFrames }),
      wholeSegmentBytes(Math.ceil(wholeFrames / packFrames), packBound(frameBytes, packFrames)),
    ),
  };
}

/**
 * Room in which a segment of so many packs always becomes whole: wherever they lie, one of the gaps between them is large
 * enough for another pack, and so it is for the first one of the next segment.
 */
export function wholeSegmentBytes(packs: number, boundBytes: number): number {
  return (2 * packs + 2) * pieceBytes(boundBytes);
}

/** Packers that keep up with so many slots: one packs some hundred times as fast as a slot encodes. */
export function packersFor(slots: number): number {
  return 1 + Math.floor(slots / 16);
}
