// The search for an input's keyframes under way: in a file, which a thread reads from its first frame to its last, or in what
// can be read only once. Either way the keyframes are those that an encode with the same options finds.

import type { FileInput } from "../encode/file_frames.ts";
import { Pace } from "../encode/pace.ts";
import type { Detected } from "../encode/plan.ts";
import { SceneDetection } from "../encode/scene_detection.ts";
import type { EncoderSettings } from "../encode/settings.ts";
import { IncompleteError } from "../errors.ts";
import type { OpenedPipe } from "../pipe/open_pipe.ts";
import { type KeyframeEvents, PipeKeyframes } from "../pipe/pipe_keyframes.ts";
import type { ReadOrder } from "../pipe/reader_protocol.ts";
import type { ScenesStatus } from "./progress/scenes.ts";

/** Whoever looks, from the moment it is made: it reports on `events`. */
export type Searcher = (events: KeyframeEvents) => { close(): void };

export interface FileSearch {
  /** Path of the encoder library. */
  readonly library: string;
  readonly settings: EncoderSettings;
  readonly input: FileInput;
  readonly forcedKeyframes: readonly number[];
}

/** Segments are not what this is paced by. */
const allSegments = 0x7fffffff;

export function inFile(setup: FileSearch): Searcher {
  return (events) =>
    new SceneDetection(setup, allSegments, (report) => {
      if (report.kind === "failed") events.failed(new IncompleteError(report.reason));
      if (report.kind === "detected") events.detected(report.detected);
    });
}

export function inPipe(pipe: OpenedPipe, order: Omit<ReadOrder, "planned" | "done">): Searcher {
  return (events) => new PipeKeyframes(pipe, { ...order, planned: undefined, done: [] }, events);
}

export class KeyframeSearch {
  readonly #keyframes: number[] = [];
  readonly #pace = new Pace();
  readonly #done = Promise.withResolvers<void>();
  readonly #searcher: { close(): void };
  readonly #claimed: number | null;
  #decided = 0;

  /** Begins at once. `frames`: that there are, as far as anyone says; null where nobody does. */
  constructor(search: Searcher, frames: number | null, note: (text: string) => void) {
    this.#claimed = frames;
    this.#pace.sample(performance.now(), 0, 0);
    this.#searcher = search({ note, failed: this.#done.reject, detected: (detected) => this.#take(detected) });
  }

  /** All keyframes, ascending. Throws ExitErrors where the input cannot be read to its end. */
  async keyframes(): Promise<number[]> {
    await this.#done.promise;
    return this.#keyframes;
  }

  status(): ScenesStatus {
    this.#pace.sample(performance.now(), this.#decided, 1);
    // A container may lie.
    const frames = this.#claimed === null || this.#decided > this.#claimed ? null : this.#claimed;
    return {
      elapsed: this.#pace.elapsed,
      frames,
      framesDone: this.#decided,
      keyframes: this.#keyframes.length,
      fps: this.#pace.fps,
      eta: frames === null ? null : this.#pace.eta({ frames: frames - this.#decided, slots: 1, longestRunning: 0 }),
    };
  }

  close(): void {
    this.#searcher.close();
  }

  #take({ decided, keyframes, complete }: Detected): void {
    for (const keyframe of keyframes) this.#keyframes.push(keyframe);
    this.#decided = decided;
    if (complete) this.#done.resolve();
  }
}
