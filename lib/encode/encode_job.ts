// What an encode is given, and what it reports: plain data and callbacks.

import type { ArmedMark } from "../../ffi/crash_mark.ts";
import type { ResolvedSettings } from "../../ffi/library.ts";
import type { ExitError } from "../errors.ts";
import type { MachineTally } from "./machine_tally.ts";
import type { PacketSink } from "./ordered_output.ts";
import type { Detected } from "./plan.ts";
import type { RemoteFleet } from "./remote_slots.ts";
import type { SlotTimes } from "./run_times.ts";
import type { AbandonedSegment } from "./scheduler.ts";
import type { KeptWork, SegmentStore } from "./segment_store.ts";
import type { EncoderSettings } from "./settings.ts";
import type { SlotLimit } from "./slot_limit.ts";
import type { VideoSource } from "./video_source.ts";

export interface EncodeJob {
  /** Path of the encoder library. */
  readonly library: string;
  readonly settings: EncoderSettings;
  readonly resolved: ResolvedSettings;
  readonly source: VideoSource;
  /** Frames of the input before the first that is encoded: for messages. */
  readonly skip: number;
  /** Of this machine at most; 0 where only workers encode. */
  readonly slots: number;
  /** Where a crash of its slots is marked; undefined where nobody would read it. */
  readonly crashMark?: ArmedMark | undefined;
  /** Other machines; undefined where there are none. The run starts and closes it. */
  readonly fleet: RemoteFleet | undefined;
  /** Without slots of this machine: seconds without any worker after which the run ends; it can be gone on with. */
  readonly workerTimeoutSeconds: number;
  /** How many of them may be at work now. */
  readonly limit: SlotLimit;
  readonly store: SegmentStore;
  readonly kept: KeptWork | undefined;
  /**
   * What is known of the plan before any frame is read: given, or detected by an earlier run. undefined for a pipe, whose
   * frames have to come first whatever is known of them.
   */
  readonly plan: Detected | undefined;
  /**
   * No segment is begun before all its frames are there: no slot of those that runs share is held by one that waits for frames
   * which come only when another run has got on. The source must have room for a whole segment.
   */
  readonly wholeSegments?: boolean;
  readonly sink: PacketSink;
  /** Seconds after which a slot that does not get on loses its segment; undefined lets the pace decide. */
  readonly stallSeconds: number | undefined;
  /** A segment is finished and kept. */
  onCommit(segment: CommittedSegment): void;
  /** A try at a segment failed. */
  onFailure(failure: SegmentFailure): void;
  /** A line for the user. */
  onNote(text: string, isWarning?: boolean): void;
}

export interface CommittedSegment {
  readonly segment: number;
  /** The slot of the machine that encoded it. */
  readonly slot: number;
  /** That machine; left out where it is this one. */
  readonly worker?: string;
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
  /** undefined where no slot had begun. */
  readonly slot: number | undefined;
  /** Where it failed; null on this machine. */
  readonly worker: string | null;
  /** Frames of the input, both ends included, counted from its start. */
  readonly firstFrame: number;
  readonly lastFrame: number | undefined;
  /** Tries on this machine are counted apart from those on workers. */
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
  /** The most that there were at once, those of workers among them. */
  readonly slots: number;
  /** What each machine did, this one first; empty where there were no workers. */
  readonly machines: readonly MachineSummary[];
  /** CPU seconds that this machine spent on packing frames for workers. */
  readonly packingCpuSeconds: number;
  /** When the first frame went to an encoder, milliseconds since 1970; Infinity where none had to. */
  readonly firstFrameSentAt: number;
  /** Segments that could not be encoded; empty when all is done. */
  readonly abandoned: readonly AbandonedSegment[];
  /** The input ended before it should have: what was finished is all there is. */
  readonly cutShort: ExitError | undefined;
}

export interface MachineSummary extends MachineTally {
  /** null for this machine. */
  readonly worker: string | null;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly faults: number;
}

/** What a run that is stopped has, and what it loses. */
export interface StopReport {
  /** Segments and frames that are kept. */
  readonly segments: number;
  readonly frames: number;
  /** Slot-seconds of the segments at work, which have to be done again. */
  readonly lostSlotSeconds: number;
}
