// What an encode is given, and what it reports: plain data and callbacks.

import type { ResolvedSettings } from "../../ffi/library.ts";
import type { ExitError } from "../errors.ts";
import type { PacketSink } from "./ordered_output.ts";
import type { Detected } from "./plan.ts";
import type { SlotTimes } from "./run_times.ts";
import type { AbandonedSegment } from "./scheduler.ts";
import type { KeptWork, SegmentStore } from "./segment_store.ts";
import type { EncoderSettings } from "./settings.ts";
import type { VideoSource } from "./video_source.ts";

export interface EncodeJob {
  /** Path of the encoder library. */
  readonly library: string;
  readonly settings: EncoderSettings;
  readonly resolved: ResolvedSettings;
  readonly source: VideoSource;
  /** Frames of the input before the first that is encoded: for messages. */
  readonly skip: number;
  readonly slots: number;
  /** How many slots may encode now, with so many encoding: asked before each segment starts. At least 1. */
  capacity(running: number): number;
  readonly store: SegmentStore;
  readonly kept: KeptWork | undefined;
  /**
   * What is known of the plan before any frame is read: given, or detected by an earlier run. undefined for a pipe, whose
   * frames have to come first whatever is known of them.
   */
  readonly plan: Detected | undefined;
  readonly sink: PacketSink;
  /** Seconds after which a slot that does not get on loses its segment; undefined lets the pace decide. */
  readonly stallSeconds: number | undefined;
  /** A segment is finished and kept. */
  onCommit(segment: CommittedSegment): void;
  /** A try at a segment failed. */
  onFailure(failure: SegmentFailure): void;
  /** A line for the user. */
  onNote(text: string): void;
}

export interface CommittedSegment {
  readonly segment: number;
  readonly slot: number;
  /** First frame, counted from the first that is encoded. */
  readonly first: number;
  readonly frames: number;
  /** Of its packets. */
  readonly bytes: number;
  /** Seconds since encoding began. */
  readonly start: number;
  readonly end: number;
}

export interface SegmentFailure {
  readonly slot: number;
  /** Frames of the input, both ends included, counted from its start. */
  readonly firstFrame: number;
  readonly lastFrame: number | undefined;
  readonly attempt: number;
  readonly attempts: number;
  readonly again: boolean;
  readonly reason: string;
}

export interface EncodeSummary extends SlotTimes {
  /** Packets written, and their bytes without the container's. */
  readonly frames: number;
  readonly bytes: number;
  /** Frames that earlier runs had finished. */
  readonly keptFrames: number;
  readonly segments: number;
  readonly slots: number;
  /** When the first frame went to an encoder, milliseconds since 1970; Infinity where none had to. */
  readonly firstFrameSentAt: number;
  /** Segments that could not be encoded; empty when all is done. */
  readonly abandoned: readonly AbandonedSegment[];
  /** The input ended before it should have: what was finished is all there is. */
  readonly cutShort: ExitError | undefined;
}

/** What a run that is stopped has, and what it loses. */
export interface StopReport {
  /** Segments and frames that are kept. */
  readonly segments: number;
  readonly frames: number;
  /** Slot-seconds of the segments at work, which have to be done again. */
  readonly lostSlotSeconds: number;
}
