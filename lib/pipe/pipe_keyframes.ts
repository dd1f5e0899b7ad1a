// The keyframes of an input that can be read only once, and nothing of its frames: each pack is let go as soon as it is cut, so
// that the reader never waits for anybody. What is found comes in order, and ends with a complete report or a failure.

import type { Detected } from "../encode/plan.ts";
import { frameBytes } from "../media/video_format.ts";
import type { OpenedPipe } from "./open_pipe.ts";
import { pipeSizes } from "./pipe_memory.ts";
import { type ReaderReport, type ReadOrder, received } from "./reader_protocol.ts";

export interface KeyframeEvents {
  detected(detected: Detected): void;
  /** A line for the user. */
  note(text: string): void;
  /** The input cannot be read to its end. */
  failed(error: Error): void;
}

export class PipeKeyframes {
  readonly #pipe: OpenedPipe;
  readonly #events: KeyframeEvents;

  /** Begins to read. */
  constructor(pipe: OpenedPipe, order: ReadOrder, events: KeyframeEvents) {
    this.#pipe = pipe;
    this.#events = events;
    const size = frameBytes(pipe.header.format), sizes = pipeSizes({ frameBytes: size, packers: 1 });
    const ring = new SharedArrayBuffer(sizes.ringFrames * size);
    pipe.listen((report) => this.#onReport(report));
    pipe.post({ kind: "go", go: { ...order, ...sizes, ring } });
  }

  close(): void {
    this.#pipe.close();
  }

  #onReport(report: ReaderReport): void {
    switch (report.kind) {
      case "pack": {
        const { first, frames } = report.pack;
        this.#pipe.post({ kind: "release", first });
        // Keyframes alone are reported else.
        return this.#events.detected({ decided: first + frames, keyframes: [], complete: false });
      }
      case "detected":
        return this.#events.detected(report.detected);
      case "note":
        return this.#events.note(report.text);
      case "end":
        return this.close();
      case "cut":
      case "failed":
        this.close();
        return this.#events.failed(received(report.error));
      default:
        return;
    }
  }
}
