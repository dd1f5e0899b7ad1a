// A packer's thread for a file: reads a pack's frames and compresses them into the arena, one pack at a time, as it is told.

import { openLibrary } from "../../ffi/library.ts";
import { type FrameShape, Packer } from "../../ffi/packs.ts";
import { IncompleteError } from "../errors.ts";
import { threadCpuSeconds } from "../machine/cpu_time.ts";
import { FileFrames, type FileInput } from "./file_frames.ts";

export interface FilePackerSetup {
  /** Path of the encoder library. */
  readonly library: string;
  readonly arena: SharedArrayBuffer;
  /** Frames of a pack at most. */
  readonly packFrames: number;
  readonly shape: FrameShape;
}

export interface FilePackerJob {
  readonly id: number;
  readonly input: FileInput;
  /** Counted from the first frame that is encoded. */
  readonly first: number;
  readonly frames: number;
  /** Where the pack goes, and the bytes that it may take. */
  readonly offset: number;
  readonly room: number;
}

export type FilePackerInput = { kind: "setup"; setup: FilePackerSetup } | { kind: "job"; job: FilePackerJob };

/** `cpuSeconds` are those of the thread in all. */
export type FilePackerReport =
  | { kind: "made"; id: number; bytes: number; cpuSeconds: number }
  /** The frames could not be read. */
  | { kind: "not-made"; id: number; reason: string; cpuSeconds: number }
  /** The thread cannot go on. */
  | { kind: "failed"; reason: string };

interface FilePackerScope {
  onmessage: ((event: MessageEvent<FilePackerInput>) => void) | null;
  postMessage(report: FilePackerReport): void;
}

const scope = self as unknown as FilePackerScope;
let setup: FilePackerSetup;
let packer: Packer | undefined;
let opened: FileFrames | undefined;
let raw: Uint8Array<ArrayBuffer> | undefined;

scope.onmessage = ({ data }) => {
  try {
    if (data.kind === "setup") {
      setup = data.setup;
      packer = new Packer(openLibrary(setup.library));
    } else scope.postMessage(make(data.job));
  } catch (error) {
    scope.postMessage({ kind: "failed", reason: error instanceof Error ? error.message : String(error) });
  }
};

function make({ id, input, first, frames, offset, room }: FilePackerJob): FilePackerReport {
  const { frameBytes } = input.layout;
  raw ??= new Uint8Array(setup.packFrames * frameBytes);
  try {
    const file = open(input);
    for (let number = 0; number < frames; number++) {
      file.readFrame(first + number, raw.subarray(number * frameBytes, (number + 1) * frameBytes));
    }
  } catch (error) {
    if (!(error instanceof IncompleteError)) throw error;
    return { kind: "not-made", id, reason: error.message, cpuSeconds: threadCpuSeconds() };
  }
  const bytes = packer!.pack(
    raw.subarray(0, frames * frameBytes),
    frameBytes,
    new Uint8Array(setup.arena, offset, room),
    setup.shape,
  );
  return { kind: "made", id, bytes, cpuSeconds: threadCpuSeconds() };
}

/** The file stays open until its frames are found to sit elsewhere. */
function open(input: FileInput): FileFrames {
  // A list of places is never corrected.
  if (opened !== undefined && (opened.input.layout.offsets === undefined) === (input.layout.offsets === undefined)) {
    return opened;
  }
  opened?.[Symbol.dispose]();
  opened = undefined;
  return opened = new FileFrames(input);
}
