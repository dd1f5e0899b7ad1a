// Compares the frames of finished segments with the input's, in a thread of its own: what a file needs whose time has
// changed, before its segments are taken for finished. Reads every such frame once; hours of film take minutes.

import type { FileInput } from "../encode/file_frames.ts";
import { IncompleteError } from "../errors.ts";
import type { StoredSegment } from "./segment_rows.ts";

export type CheckedSegment = Pick<StoredSegment, "index" | "first" | "frames" | "inputDigest">;

export interface FrameCheckTask {
  readonly input: FileInput;
  readonly segments: readonly CheckedSegment[];
}

export type FrameCheckReport =
  /** Frames compared so far. */
  | { readonly kind: "progress"; readonly frames: number }
  /** Indexes of segments whose frames are not what they were. */
  | { readonly kind: "done"; readonly different: readonly number[] }
  | { readonly kind: "failed"; readonly reason: string };

/**
 * The segments, of those given, whose frames are not what they were. `onProgress` gets frames compared and frames in all,
 * a few times a second. Throws IncompleteError where the input cannot be read, and the signal's reason.
 */
export function differentFrames(
  task: FrameCheckTask,
  { onProgress, signal }: { onProgress?(frames: number, all: number): void; signal?: AbortSignal } = {},
): Promise<CheckedSegment[]> {
  const all = task.segments.reduce((sum, { frames }) => sum + frames, 0);
  const { promise, resolve, reject } = Promise.withResolvers<CheckedSegment[]>();
  if (task.segments.length === 0) return Promise.resolve([]);
  const url = new URL("./frame_check_thread.ts", import.meta.url);
  const worker = new Worker(url, { type: "module", name: "frame check" });
  worker.onmessage = ({ data }: MessageEvent<FrameCheckReport>) => {
    if (data.kind === "progress") onProgress?.(data.frames, all);
    else if (data.kind === "failed") reject(new IncompleteError(data.reason));
    else resolve(task.segments.filter(({ index }) => data.different.includes(index)));
  };
  worker.onerror = (event) => {
    event.preventDefault();
    reject(new Error(`the frame check's thread ended: ${event.message}`));
  };
  const onAbort = () => reject(signal!.reason);
  signal?.addEventListener("abort", onAbort);
  if (signal?.aborted) onAbort();
  else worker.postMessage(task);
  return promise.finally(() => {
    signal?.removeEventListener("abort", onAbort);
    worker.terminate();
  });
}
