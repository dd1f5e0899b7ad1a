// The frames of an input file by their number in the encode: what was skipped is left out of the count. Each thread that
// reads has one of its own.

import type { FrameLayout } from "../media/frame_layout.ts";
import { FrameReader } from "../media/frame_reader.ts";
import type { FrameSource } from "./segment_encoder.ts";

/** Plain data, the same for every thread. */
export interface FileInput {
  readonly path: string;
  readonly layout: FrameLayout;
  /** Frames of the file before the first that is encoded. */
  readonly skip: number;
  /** Frames to encode. */
  readonly frames: number;
}

export class FileFrames implements FrameSource, Disposable {
  readonly #reader: FrameReader;

  constructor(readonly input: FileInput) {
    this.#reader = new FrameReader(input.path, input.layout);
  }

  readFrame(frame: number, into: Uint8Array<ArrayBuffer>): undefined {
    if (frame >= this.input.frames) {
      throw new RangeError(`Cannot read frame ${frame} of ${this.input.frames}`);
    }
    this.#reader.readFrame(this.input.skip + frame, into);
  }

  [Symbol.dispose](): void {
    this.#reader.close();
  }
}
