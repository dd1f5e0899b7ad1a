// What a run keeps and what it finds kept. The store itself is lib/resume's.

import type { Detected } from "./plan.ts";
import type { SegmentPackets } from "./segment_encoder.ts";

export interface SegmentStore {
  /** These segments, all of them, may be at work from now on; resolves when that is on the disk. */
  announce(segments: readonly number[]): Promise<void>;
  /** Called every few seconds: what a killed process was at, and how much memory there was, is known from it. */
  heard(): Promise<void>;
  /** Keeps a finished segment; resolves when it is on the disk. The buffers are the store's from then on. */
  commit(packets: SegmentPackets): Promise<void>;
  /** The packets of a segment that was kept, verified. */
  read(segment: number): Promise<SegmentPackets>;
  /**
   * Detection got on; kept with what is written next. Gives what is new of it, undefined where nothing is. Throws an
   * ExitError where it disagrees with what was kept.
   */
  extendPlan(detected: Detected): Detected | undefined;
}

/** A segment that an earlier run has finished. */
export interface KeptSegment {
  readonly index: number;
  readonly first: number;
  readonly frames: number;
  /** Of its packets. */
  readonly bytes: number;
}

/** What earlier runs of the same encode left. */
export interface KeptWork {
  readonly segments: ReadonlyMap<number, KeptSegment>;
  /** Segments that are not to be tried again, each with the reason. */
  readonly setAside: ReadonlyMap<number, string>;
  /** Segments to be begun when nothing else waits. */
  readonly deferred: readonly number[];
}
