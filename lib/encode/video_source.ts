// Where a run's frames come from, seen from the main thread: a file that slots read for themselves, or a pipe that one
// thread reads for all. A source finds the segments, tells slots what they may read, and learns when a segment's frames
// are not needed any more. The run decides who encodes what; a source never starts anything on a slot.

import type { PackFeed } from "../pipe/pack_feed.ts";
import type { ExitError } from "../errors.ts";
import type { FileInput } from "./file_frames.ts";
import type { Detected, Plan } from "./plan.ts";
import type { PackSource } from "./remote_slots.ts";

/** What a slot's thread needs to get at frames: plain data, the same for every slot. */
export type SlotVideo =
  | { readonly kind: "file"; readonly input: FileInput }
  /** `arena` holds the packs, each task's its own where it is undefined; a slot is told of its packs through its PackFeed. */
  | {
    readonly kind: "packs";
    readonly arena: SharedArrayBuffer | undefined;
    readonly frameBytes: number;
    /** Who made them is this machine: what they say of their frames' digests is believed. */
    readonly digestsAreOwn: boolean;
  };

/** What a source may do with a slot that it was attached to. */
export interface FedSlot {
  /** `known` frames of the segment may be read now, `frames` is its length or null while that is open. */
  grow(known: number, frames: number | null): void;
  /** False where it reads the frames of a file for itself, once `grow` has said that it may: the same all its life. */
  readonly wantsPacks: boolean;
  /** Where packs are published before `grow` says that their frames may be read. */
  readonly feed: PackFeed;
  /**
   * True while a further pack would lie unread until something else happens: a worker takes no more of a segment that waits
   * there. Nothing is published to it meanwhile, because others could need the room. Slots without it take all they get.
   */
  readonly isSated?: boolean;
  /** Called after the slot has used up a pack, and when it is not sated any more. */
  onPackTaken: (() => void) | undefined;
}

/** How a source reports. Never called before `start` has returned. */
export interface SourceEvents {
  /** Detection got on; the plan is advanced with it by the time this returns. */
  detected(detected: Detected): void;
  /** Slots must be set up anew with what `video` is now. */
  videoChanged(): void;
  /**
   * The input ends early: segments below `lost` can still be finished, those from it on cannot; then this is the run's
   * error. All segments below it that can be known were told of before.
   */
  cutShort(error: ExitError, lost: number): void;
  /** Nothing can go on. */
  failed(error: unknown): void;
  /** A line for the user. */
  note(text: string): void;
}

export interface VideoSource {
  /** Frames to encode; null while a pipe has not ended and nothing announced them. */
  readonly frames: number | null;
  readonly video: SlotVideo;
  /** Where the packs are of slots that want some. Memory and threads for a file's are made when they are first asked for. */
  readonly packs: PackSource;
  /** CPU seconds of the threads that made packs so far: what feeding others costs this machine. */
  readonly packingCpuSeconds: number;
  /**
   * Begins to read. `plan` is advanced by the run alone; where a file's is complete already, nothing is detected. A pipe's
   * starts empty and grows as its frames are stored, whatever is known of it: what it holds can be encoded now.
   */
  start(plan: Plan, events: SourceEvents): void;
  /** Detection may find so many segments in all. Pipes are paced by their memory instead. */
  allow(segments: number): void;
  /**
   * A slot begins a segment: from now on it is told what it may read. Several slots may be at the same one, each from its
   * first frame on; a slot is at one segment at a time. A segment whose end is known must get a slot in the end even where all
   * slots at work wait for frames: these may only come when it is finished.
   */
  attach(segment: number, slot: FedSlot): void;
  /** The slot has stopped with the segment, finished or not, and reads nothing of it any more. Without effect twice. */
  detach(segment: number, slot: FedSlot): void;
  /**
   * The segment was finished or given up: its frames are not needed again. To be called too for one that no slot will begin,
   * as soon as that is known and even while it is open: a pipe keeps its frames until then, and may have no room for others.
   * Slots that are still at it are to be stopped; what they were told of stays readable until they are detached.
   */
  settle(segment: number): void;
  /** Whether further slots can be attached: false where frames are gone, because it was larger than the memory for them. */
  canRetry(segment: number): boolean;
  /** Ends its threads. */
  close(): void;
}
