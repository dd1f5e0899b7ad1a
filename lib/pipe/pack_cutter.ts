// Cuts a pipe's frames into packs as they are decided. A pack is of one segment, consecutive in the ring and no longer than
// packs may be. Frames of segments that an earlier run has finished go into none; that their boundaries are where they were
// is checked here.

import { UsageError } from "../errors.ts";
import type { Detected } from "../encode/plan.ts";
import type { ClosedPack } from "./stored_segment.ts";

/** A segment that an earlier run has finished. */
export interface DoneSegment {
  readonly index: number;
  /** Counted from the first frame that is encoded. */
  readonly first: number;
  readonly frames: number;
  /** SHA-256 of its frames' samples, one after the other. */
  readonly inputDigest: Uint8Array;
}

export interface PackCutterOptions {
  readonly packFrames: number;
  readonly ringFrames: number;
  readonly done: readonly DoneSegment[];
  /** Called with what is cut, in order: a pack before the keyframe that ends it. */
  readonly onPack: (pack: ClosedPack) => void;
  readonly onDetected: (detected: Detected) => void;
}

/** A finished segment is not the input's. */
export class OtherSegment extends Error {
  constructor(readonly segment: DoneSegment) {
    super(`segment ${segment.index} is not the one that was finished`);
  }
}

export class PackCutter {
  readonly #options: PackCutterOptions;
  readonly #doneAt: ReadonlyMap<number, DoneSegment>;
  #decided = 0;
  #start = 0;
  #segment = -1;
  #segmentFirst = 0;
  #done: DoneSegment | undefined;

  constructor(options: PackCutterOptions) {
    this.#options = options;
    this.#doneAt = new Map(options.done.map((segment) => [segment.first, segment]));
  }

  /** Frames decided. */
  get decided(): number {
    return this.#decided;
  }

  /** The first frame that is in no pack yet, and needs to be. */
  get start(): number {
    return this.#start;
  }

  /** The segment that is still open; -1 before the first frame. */
  get segment(): number {
    return this.#segment;
  }

  /** Decided frames that are in no pack yet. */
  get waiting(): number {
    return this.#decided - this.#start;
  }

  /** Frame number `decided` is decided. Throws OtherSegment. */
  decide(isKeyframe: boolean): void {
    const frame = this.#decided;
    if (isKeyframe) {
      this.flush();
      this.#endSegment(frame);
      this.#segment++;
      this.#segmentFirst = frame;
      this.#done = this.#doneAt.get(frame);
      if (this.#done !== undefined && this.#done.index !== this.#segment) throw new OtherSegment(this.#done);
    }
    const done = this.#done ?? this.#doneAt.get(frame);
    if (done !== undefined && (done.first !== this.#segmentFirst || frame >= done.first + done.frames)) {
      throw new OtherSegment(done);
    }
    this.#decided++;
    if (isKeyframe) this.#options.onDetected({ decided: this.#decided, keyframes: [frame], complete: false });
    if (done !== undefined) this.#start = this.#decided;
    else if (this.waiting === this.#options.packFrames || this.#decided % this.#options.ringFrames === 0) this.flush();
  }

  /** Closes the pack that is being gathered, if there is one. */
  flush(): void {
    if (this.waiting === 0) return;
    const pack = { segment: this.#segment, first: this.#start, frames: this.waiting };
    this.#start = this.#decided;
    this.#options.onPack(pack);
  }

  /** The video ends with the frames decided. Throws OtherSegment. */
  finish(): void {
    this.flush();
    this.#endSegment(this.#decided);
    const beyond = this.#options.done.find(({ first }) => first >= this.#decided);
    if (beyond !== undefined) throw new OtherSegment(beyond);
    this.#options.onDetected({ decided: this.#decided, keyframes: [], complete: true });
  }

  #endSegment(end: number): void {
    if (this.#done !== undefined && end !== this.#done.first + this.#done.frames) throw new OtherSegment(this.#done);
  }
}

/** What the user reads then. `skip`: frames of the input before the first that is encoded. */
export function cannotContinue(name: string, skip: number, { first, frames }: DoneSegment): UsageError {
  const from = skip + first;
  return new UsageError(
    `Cannot continue: frames ${from}-${from + frames - 1} of ${name} are not those of the encode that was begun; ` +
      "--restart starts anew",
  );
}
