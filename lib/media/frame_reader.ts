// Reads frames of a y4m file by number, in any order, into memory of the caller's. Owns one open file and nothing
// else, so that every Web Worker has a reader of its own. With a fixed stride each frame's FRAME line is checked as it
// is passed: a wrong one means the layout is wrong or the file changed, and no frame is returned from the wrong place.

import { IncompleteError } from "../errors.ts";
import { bareFrameLine, type FrameLayout, frameOffset } from "./frame_layout.ts";
import { readAt } from "./positional_read.ts";
import { printable, quotedPath } from "./printable.ts";

/** Where a fixed stride puts a FRAME line there is none. openY4mFile(path, { walk: true }) tells what there is. */
export class FrameMarkerError extends IncompleteError {
  constructor(path: string, readonly frame: number, readonly offset: number) {
    super(
      `Cannot read frame ${frame} of ${quotedPath(path)}: there is no FRAME line at byte ${offset}; ` +
        "the file is damaged, or was changed while it was read",
    );
  }
}

export class FrameReader implements Disposable {
  readonly path: string;
  readonly layout: FrameLayout;
  readonly #line = new Uint8Array(bareFrameLine.length);
  #file: Deno.FsFile | undefined;

  /** Opens `path`. Throws IncompleteError where that fails: the file was there when the layout was made. */
  constructor(path: string, layout: FrameLayout) {
    this.path = path;
    this.layout = layout;
    try {
      this.#file = Deno.openSync(path);
    } catch (error) {
      throw new IncompleteError(`Cannot open ${quotedPath(path)} again: ${messageOf(error)}`, { cause: error });
    }
  }

  /**
   * Fills `into` (exactly `layout.frameBytes` long) with the samples of frame `frame`, from 0. Throws FrameMarkerError,
   * IncompleteError where the file ends early or cannot be read, RangeError for the caller's mistakes.
   */
  readFrame(frame: number, into: Uint8Array): void {
    if (this.#file === undefined) throw new TypeError(`Cannot read frame ${frame}: the reader is closed`);
    if (into.length !== this.layout.frameBytes) {
      throw new RangeError(`Cannot read frame ${frame}: ${into.length} bytes given for ${this.layout.frameBytes}`);
    }
    const offset = frameOffset(this.layout, frame);
    // Line and samples are two reads: together about a microsecond slower than one, where a read of both would
    // need the samples copied to their place, or readv, which Deno serves with copies of its own.
    if (this.layout.fixed !== undefined) {
      this.#fill(frame, this.#line, offset - this.#line.length);
      if (this.#line.some((byte, index) => byte !== bareFrameLine[index])) {
        throw new FrameMarkerError(this.path, frame, offset - this.#line.length);
      }
    }
    this.#fill(frame, into, offset);
  }

  /** Closing twice is fine. */
  close(): void {
    if (this.#file === undefined) return;
    this.#file.close();
    this.#file = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #fill(frame: number, into: Uint8Array, offset: number): void {
    let count: number;
    try {
      count = readAt(this.#file!, into, offset);
    } catch (error) {
      const what = `Cannot read frame ${frame} of ${quotedPath(this.path)} at byte ${offset}: ${messageOf(error)}`;
      throw new IncompleteError(what, { cause: error });
    }
    if (count < into.length) {
      throw new IncompleteError(
        `Cannot read frame ${frame} of ${quotedPath(this.path)}: the file ends ${into.length - count} bytes early, ` +
          `at byte ${offset + count}; it was shortened while it was read`,
      );
    }
  }
}

function messageOf(error: unknown): string {
  return printable(error instanceof Error ? error.message : String(error));
}
