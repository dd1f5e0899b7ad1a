// The scene detector's thread: reads the input from its first frame to its last, once, and reports what was decided. It
// runs ahead of the slots as far as it is allowed, then waits; the allowance is a number of segments in shared memory,
// because its loop is synchronous. Where the file's frames turn out not to sit at equal distances, it finds where they are
// and says so before it reports on any frame from there on.

import { LibraryError, openLibrary } from "../../ffi/library.ts";
import { SceneDetector } from "../../ffi/detector.ts";
import { wholeFrames } from "../media/frame_line.ts";
import type { FrameLayout } from "../media/frame_layout.ts";
import { FrameMarkerError } from "../media/frame_reader.ts";
import { IncompleteError } from "../errors.ts";
import { quotedPath } from "../media/printable.ts";
import { openY4mFile } from "../media/y4m_file.ts";
import { FileFrames, type FileInput } from "./file_frames.ts";
import type { Detected } from "./plan.ts";
import type { EncoderSettings } from "./settings.ts";

export interface DetectorSetup {
  readonly library: string;
  readonly settings: EncoderSettings;
  readonly input: FileInput;
  /** Frames that become keyframes in any case, ascending. */
  readonly forcedKeyframes: readonly number[];
  /** One Int32: segments that may be found; beyond them the thread waits. */
  readonly allowance: SharedArrayBuffer;
}

export type DetectorReport =
  | { kind: "detected"; detected: Detected }
  | { kind: "layout"; layout: FrameLayout }
  | { kind: "failed"; reason: string };

/** A report is due after so many frames or so much time, whichever comes first. */
const reportEveryFrames = 16;
const reportEveryMs = 20;

interface DetectorScope {
  onmessage: ((event: MessageEvent<DetectorSetup>) => void) | null;
  postMessage(report: DetectorReport): void;
}

const scope = self as unknown as DetectorScope;

scope.onmessage = ({ data }) => {
  try {
    detect(data);
  } catch (error) {
    scope.postMessage({ kind: "failed", reason: error instanceof Error ? error.message : String(error) });
  }
};

function detect({ library, settings, input, forcedKeyframes, allowance }: DetectorSetup): void {
  using detector = new SceneDetector(openLibrary(library), settings, forcedKeyframes);
  const allowed = new Int32Array(allowance);
  const report = new Reporter();
  const frame = new Uint8Array(input.layout.frameBytes);
  let frames = new FileFrames(input);
  for (let number = 0; number < input.frames; number++) {
    try {
      frames.readFrame(number, frame);
    } catch (error) {
      if (!(error instanceof FrameMarkerError)) throw error;
      frames[Symbol.dispose]();
      frames = new FileFrames(relocated(input, error));
      scope.postMessage({ kind: "layout", layout: frames.input.layout });
      frames.readFrame(number, frame);
    }
    try {
      report.add(detector.push(frame));
    } catch (error) {
      throw frameRefused(input, number, error);
    }
    // Waits for a change of the very number that was too small: one that comes in between is not slept through.
    for (let segments; report.keyframes > (segments = Atomics.load(allowed, 0));) {
      report.send(false);
      Atomics.wait(allowed, 0, segments);
    }
  }
  report.add(detector.finish());
  report.send(true);
  frames[Symbol.dispose]();
}

/** What the encoder would refuse as well: a sample above the bit depth's range, above all. */
function frameRefused({ path, skip }: FileInput, number: number, error: unknown): Error {
  if (!(error instanceof LibraryError)) return error as Error;
  return new IncompleteError(`Cannot encode frame ${skip + number} of ${quotedPath(path)}: ${error.message}`, {
    cause: error,
  });
}

/** The input with every frame's place listed. Throws where that finds fewer frames than are to be encoded. */
function relocated(input: FileInput, error: FrameMarkerError): FileInput {
  const { layout, frames, damage } = openY4mFile(input.path, { walk: true, frameRateOverride: true });
  if (frames < input.skip + input.frames) {
    const left = frames - input.skip;
    throw new IncompleteError(
      `Cannot encode ${quotedPath(input.path)}: it has ${wholeFrames(frames)}, then ${damage ?? "it ends"}` +
        (left > 0 ? `; --limit ${left} encodes ${input.skip > 0 ? "the rest of those" : "those"}` : ""),
      { cause: error },
    );
  }
  return { ...input, layout };
}

/** Gathers decisions into reports: the first at once, then by number and time, a keyframe always at once. */
class Reporter {
  /** Keyframes found in all. */
  keyframes = 0;
  #decided = 0;
  #reported = 0;
  #pending: number[] = [];
  #lastMs = -Infinity;

  add(decisions: Uint8Array): void {
    for (const decision of decisions) {
      if (decision === 1) {
        this.#pending.push(this.#decided);
        this.keyframes++;
      }
      this.#decided++;
    }
    const due = this.#pending.length > 0 || this.#decided - this.#reported >= reportEveryFrames ||
      performance.now() - this.#lastMs >= reportEveryMs;
    if (due && this.#decided > this.#reported) this.send(false);
  }

  send(complete: boolean): void {
    const detected = { decided: this.#decided, keyframes: this.#pending, complete };
    scope.postMessage({ kind: "detected", detected });
    this.#pending = [];
    this.#reported = this.#decided;
    this.#lastMs = performance.now();
  }
}
