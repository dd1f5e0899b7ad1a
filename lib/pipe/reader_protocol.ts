// What the reader's thread and the main thread say to each other, in order: open, then a header (or a refusal), go, then
// packs and findings until one of the three ends.

import { type ExitError, IncompleteError, InputError, UsageError } from "../errors.ts";
import type { Detected } from "../encode/plan.ts";
import type { EncoderSettings } from "../encode/settings.ts";
import type { Y4mHeader } from "../media/y4m_header.ts";
import type { ChildCommand } from "./child_command.ts";
import type { FirstFrame, FrameClock } from "./child_log.ts";
import type { ChildVerdict } from "./child_verdict.ts";
import type { ZonesReach } from "../zones/zone_plan.ts";
import type { DoneSegment } from "./pack_cutter.ts";
import type { ClosedPack } from "./stored_segment.ts";

/** Where the bytes come from. */
export interface PipeInput {
  /** Null is standard input. */
  readonly path: string | null;
  /** What messages call it. */
  readonly name: string;
  /** A regular file: reading never waits long. */
  readonly isFile: boolean;
  /** Bytes of a read. */
  readonly readBytes: number;
  /** The main thread watches who writes it: at its end the reader waits to be told what it means how that one ended. */
  readonly isWatched?: boolean;
  /** The program whose standard output it is, in place of `path`. */
  readonly child?: ChildCommand;
}

/**
 * Which frames of an input are wanted, and where its segments begin. Frames are counted from the first of the input in `skip`
 * and `expectFrames`, from the first encoded elsewhere.
 */
export interface ReadOrder {
  /** Path of the encoder library. */
  readonly library: string;
  readonly settings: EncoderSettings;
  /** Frames of the input before the first that is encoded. */
  readonly skip: number;
  /** Frames to encode at most; 0 is all. */
  readonly limit: number;
  /** Frames that the whole input must have. */
  readonly expectFrames: number | undefined;
  /** What zones say of the input's length; absent without zones. */
  readonly zonesReach?: ZonesReach;
  /** Keyframes that are known already: nothing is detected. */
  readonly planned: PlannedFrames | undefined;
  /** Where nothing is `planned`: decided for readers of the same frames, or by one of them. */
  readonly keyframes?: SharedKeyframes;
  /** Frames that become keyframes in any case, ascending. */
  readonly forcedKeyframes: readonly number[];
  /** Segments that are finished: their frames are compared, not given out. */
  readonly done: readonly DoneSegment[];
}

/** The same with the memory that frames are read into. */
export interface ReaderGo extends ReadOrder {
  readonly ring: SharedArrayBuffer;
  readonly ringFrames: number;
  readonly packFrames: number;
}

/** A plan made elsewhere: by an earlier run, or a scene list. */
export interface PlannedFrames {
  /** Ascending, the first is 0. */
  readonly keyframes: readonly number[];
  readonly frames: number;
}

/** Keyframes that one of several readers finds for all. */
export interface SharedKeyframes {
  /** KeyframeBoard's. */
  readonly board: SharedArrayBuffer;
  /** This is the reader that decides. */
  readonly leads: boolean;
}

export type ReaderInput =
  | { kind: "open"; input: PipeInput; frameRateOverride: boolean }
  | { kind: "go"; go: ReaderGo }
  /** The frames of a pack may be written over. */
  | { kind: "release"; first: number }
  /** The answer to `drained`: why the video is not whole, one clause, and a line for the user. */
  | { kind: "writerEnded"; verdict: ChildVerdict };

/** What a child said before its first frame came. */
export interface ChildStart {
  readonly clock: FrameClock | undefined;
  readonly first: FirstFrame | undefined;
}

export type ReaderReport =
  /** The input is open: a pipe without a name may lose its other holders. */
  | { kind: "opened" }
  /** A watched input has ended after so many frames. */
  | { kind: "drained"; frames: number }
  /** A child was started; until `childEnded` it is to be ended with the reader. */
  | { kind: "child"; pid: number }
  | { kind: "childEnded" }
  /** Time stamps of the input's frames from `first` on, in ticks of the child's clock; NaN where a frame has none. */
  | { kind: "stamps"; first: number; stamps: Float64Array }
  | { kind: "header"; header: Y4mHeader; child?: ChildStart }
  | { kind: "pack"; pack: ClosedPack }
  | { kind: "detected"; detected: Detected }
  | { kind: "note"; text: string }
  /** All was read and told. */
  | { kind: "end" }
  /** Segments from `lost` on will not be given whole. */
  | { kind: "cut"; error: SentError; lost: number }
  | { kind: "failed"; error: SentError };

/** An error without what messages between threads lose. */
export interface SentError {
  readonly kind: "usage" | "input" | "incomplete" | "fault";
  readonly message: string;
}

export function sendable(error: unknown): SentError {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof UsageError) return { kind: "usage", message };
  if (error instanceof InputError) return { kind: "input", message };
  return { kind: error instanceof IncompleteError ? "incomplete" : "fault", message };
}

/** The error again; a fault of the program's is an IncompleteError. */
export function received({ kind, message }: SentError): ExitError {
  switch (kind) {
    case "usage":
      return new UsageError(message);
    case "input":
      return new InputError(message);
    default:
      return new IncompleteError(message);
  }
}
