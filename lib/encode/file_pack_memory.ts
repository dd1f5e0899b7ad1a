// The sizes of what packs of a file take: the memory that they lie in, and the threads that make them.

import { packBound } from "../../ffi/packs.ts";
import { pieceBytes } from "../pipe/pack_arena.ts";
import { packsAhead } from "./file_packs.ts";
import { packersFor, packerThreadBytes, pipeSizes } from "../pipe/pipe_memory.ts";

export interface FilePackSizes {
  /** Frames of a pack at most. */
  readonly packFrames: number;
  /** Bytes of the largest pack, and of a place for it. */
  readonly packBytes: number;
  readonly placeBytes: number;
}

export function filePackSizes(frameBytes: number): FilePackSizes {
  const { packFrames } = pipeSizes({ frameBytes, packers: 1 });
  const packBytes = packBound(frameBytes, packFrames);
  return { packFrames, packBytes, placeBytes: pieceBytes(packBytes) };
}

/** Packs that wait to be sent are few: each slot has two at most, and those that wait at a worker soon none. */
const mostPlaces = 128;
const leastPlaces = 2;
/** Of the machine's memory. With fewer places than slots want, they are served in turn. */
const mostOfMemory = 1 / 16;

export interface FilePackMemory {
  /** For packs: FileSourceSetup.packBytes. */
  readonly packBytes: number;
  /** For the threads that make them. */
  readonly threadBytes: number;
}

/** Bytes taken while a run has slots that want packs of a file, on a machine of so much memory. */
export function filePackMemory(frameBytes: number, memoryBytes: number): FilePackMemory {
  const { packFrames, placeBytes } = filePackSizes(frameBytes);
  const allowed = Math.min(mostPlaces, Math.floor(memoryBytes * mostOfMemory / placeBytes));
  const places = Math.max(leastPlaces, allowed);
  // As many slots as have all the places that they can use.
  const threads = packersFor(places / packsAhead);
  return { packBytes: places * placeBytes, threadBytes: threads * (packerThreadBytes + packFrames * frameBytes) };
}
