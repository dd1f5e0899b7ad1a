// How much memory the frames of a pipe may take while they wait for a slot and while one has them. Slots and waiting
// frames share what there is: a slot without frames at hand is idle, so memory for a slot is given only together with
// memory for the frames of half a segment, packed; what is over then lets the reader be ahead by more.

import type { MemoryState } from "./memory.ts";
import { type MemoryMode, slotsForMemory } from "./slots.ts";

export interface PackBudgetRequest {
  readonly mode: MemoryMode;
  readonly memory: MemoryState;
  /** Bytes this process holds now. */
  readonly held: number;
  /** Bytes this process needs beside its slots and these frames. */
  readonly beside: number;
  /** Slots that the processors (or --threads) ask for; 0 where this machine encodes nothing. */
  readonly wanted: number;
  /** Segments that can be with other machines at once. */
  readonly elsewhere: number;
  readonly bytesPerSlot: number;
  /** Bytes of the frames, not packed, of the longest segment there can be. */
  readonly segmentBytes: number;
  /** The least that works. */
  readonly floorBytes: number;
}

/** Runs that share slots begin segments of at most so many frames only when they are whole; longer ones would take too much room. */
export const longestWholeSegment = 60;
/** Frames that such a run is ahead by at least for each of its segments. */
export const leastAhead = 15;
/** Where segments may be of any length, as many frames as the longest of the default settings has. */
export const framesOfUnlimitedSegment = 240;
/** Shorter segments count as this long: they come and go too fast to be waited for. */
const leastSegment = 60;
/** A segment of more frames than this has no limit to speak of. */
const longestLimitedSegment = 100_000;
/** Packed frames are a half to an eighth of their size (bench/packs.ts); the half is safe. */
const packed = 1 / 2;
/** Of the machine's memory, whatever the mode: more is no use to anyone, and the system may refuse it as a whole. */
const mostOfMemory = 1 / 2;
/**
 * Segments a slot for whose frames there is room, where memory allows: the one it encodes, kept whole until it is finished,
 * and half of the next. The reader being further ahead would cost memory and save no time.
 */
const segmentsPerSlot = 1.5;

/**
 * Frames that may be in memory at once, those of running segments included: no video, however small its packs are, makes the
 * reader run further ahead than the slots can use. More than a segment at least; where a segment may be of any length, bytes alone
 * are the limit.
 */
export function mostWaitingFrames({ keyint, wanted, elsewhere, onePiece }: {
  readonly keyint: number;
  readonly wanted: number;
  readonly elsewhere: number;
  readonly onePiece: boolean;
}): number {
  // rav1e's own word for no limit is some three years of video.
  const isUnlimited = onePiece || keyint > longestLimitedSegment;
  return isUnlimited ? Infinity : segmentsThatCount({ wanted, elsewhere }) * Math.max(keyint, leastSegment);
}

/** Bytes for waiting frames, at least `floorBytes`. */
export function packBudget(request: PackBudgetRequest): number {
  const { wanted, segmentBytes, floorBytes } = request;
  const bytesPerSlot = wanted > 0 ? request.bytesPerSlot : 0;
  const segment = segmentBytes * packed;
  const { budget, slots } = slotsForMemory({ ...request, bytesPerSlot: bytesPerSlot + segment });
  const useful = Math.min(segmentsThatCount(request) * segment, request.memory.total * mostOfMemory);
  const most = Math.max(floorBytes, useful);
  const left = budget - request.beside - slots * bytesPerSlot;
  return Math.floor(Math.min(most, Math.max(floorBytes, left)));
}

function segmentsThatCount({ wanted, elsewhere }: Pick<PackBudgetRequest, "wanted" | "elsewhere">): number {
  return wanted * segmentsPerSlot + elsewhere;
}
