// The frame check's thread: each segment's digest as its encoder found it (SegmentDigest of ffi/digest.ts).

import { createHash } from "node:crypto";
import { FileFrames, type FileInput } from "../encode/file_frames.ts";
import { FrameMarkerError } from "../media/frame_reader.ts";
import { openY4mFile } from "../media/y4m_file.ts";
import type { CheckedSegment, FrameCheckReport, FrameCheckTask } from "./frame_check.ts";
import { sameBytes } from "./records.ts";

interface CheckScope {
  onmessage: ((event: MessageEvent<FrameCheckTask>) => void) | null;
  postMessage(report: FrameCheckReport): void;
}

const scope = self as unknown as CheckScope;
const progressEveryMs = 200;

scope.onmessage = ({ data }) => {
  try {
    scope.postMessage({ kind: "done", different: check(data) });
  } catch (error) {
    scope.postMessage({ kind: "failed", reason: error instanceof Error ? error.message : String(error) });
  }
};

function check({ input, segments }: FrameCheckTask): number[] {
  using reader = new Reader(input);
  let done = 0, reportedMs = performance.now();
  return segments.filter((segment) => {
    const hash = createHash("sha256");
    for (let frame = segment.first; frame < segment.first + segment.frames; frame++) {
      hash.update(createHash("sha256").update(reader.read(frame)).digest());
      done++;
      if (performance.now() - reportedMs < progressEveryMs) continue;
      reportedMs = performance.now();
      scope.postMessage({ kind: "progress", frames: done });
    }
    return !isDigest(segment, hash.digest());
  }).map(({ index }) => index);
}

function isDigest({ inputDigest }: CheckedSegment, digest: Uint8Array): boolean {
  return sameBytes(inputDigest, digest);
}

/** Frames of the input; where they turn out not to sit at equal distances, found by following them. */
class Reader implements Disposable {
  readonly #frame: Uint8Array<ArrayBuffer>;
  #frames: FileFrames;

  constructor(input: FileInput) {
    this.#frame = new Uint8Array(input.layout.frameBytes);
    this.#frames = new FileFrames(input);
  }

  read(frame: number): Uint8Array {
    try {
      this.#frames.readFrame(frame, this.#frame);
    } catch (error) {
      if (!(error instanceof FrameMarkerError)) throw error;
      const { input } = this.#frames;
      this.#frames[Symbol.dispose]();
      const { layout } = openY4mFile(input.path, { walk: true, frameRateOverride: true });
      this.#frames = new FileFrames({ ...input, layout });
      this.#frames.readFrame(frame, this.#frame);
    }
    return this.#frame;
  }

  [Symbol.dispose](): void {
    this.#frames[Symbol.dispose]();
  }
}
