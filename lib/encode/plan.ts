// The plan: the video's segments, in order, as far as they are known. A segment is a keyframe and the frames up to the next
// one. At most one is open: the last one while detection goes on; its frames are known to belong to it only as far as they
// were decided. Frames are counted from the first that is encoded.

export interface Segment {
  readonly index: number;
  /** Its keyframe. */
  readonly first: number;
  /** At least 1; null while the segment is open. */
  readonly frames: number | null;
}

/** What detection found since it last reported. */
export interface Detected {
  /** Frames decided so far, in all. */
  readonly decided: number;
  /** New keyframes, ascending, all below `decided`. */
  readonly keyframes: readonly number[];
  /** Whether all frames are decided. */
  readonly complete: boolean;
}

export class Plan {
  readonly #segments: Segment[] = [];
  #decided = 0;
  #complete = false;

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** No segment will be added or change any more. */
  get complete(): boolean {
    return this.#complete;
  }

  /** Frames decided. */
  get decided(): number {
    return this.#decided;
  }

  /** Frames of a segment that are known to be its own. */
  known(segment: Segment): number {
    return segment.frames ?? this.#decided - segment.first;
  }

  /** Takes a report; gives the indexes of segments that are new or were closed by it. */
  advance(detected: Detected): number[] {
    if (this.#complete) throw new TypeError("Cannot extend a plan that is complete");
    const last = detected.keyframes.at(-1) ?? -1;
    if (detected.decided < this.#decided || last >= detected.decided) {
      throw new TypeError(`Cannot plan ${detected.decided} frames after ${this.#decided}, with keyframe ${last}`);
    }
    const changed: number[] = [];
    for (const keyframe of detected.keyframes) {
      changed.push(...this.#close(keyframe));
      changed.push(this.#segments.length);
      this.#segments.push({ index: this.#segments.length, first: keyframe, frames: null });
    }
    this.#decided = detected.decided;
    if (detected.complete) {
      changed.push(...this.#close(detected.decided));
      this.#complete = true;
    }
    return [...new Set(changed)];
  }

  /** The video's frames end before the segment `lost` does: the plan is complete without it and all that follow. */
  cut(lost: number): void {
    const open = this.#segments.findIndex(({ frames }) => frames === null);
    const from = open < 0 ? lost : Math.min(open, lost);
    if (from < this.#segments.length) this.#decided = this.#segments[from]!.first;
    this.#segments.length = Math.min(from, this.#segments.length);
    this.#complete = true;
  }

  /** Ends the open segment before frame `end`. */
  #close(end: number): number[] {
    const open = this.#segments.at(-1);
    if (open === undefined) {
      if (end !== 0) throw new TypeError(`Cannot plan a first keyframe at frame ${end}`);
      return [];
    }
    if (end <= open.first) throw new TypeError(`Cannot end the segment at frame ${open.first} before frame ${end}`);
    this.#segments[open.index] = { ...open, frames: end - open.first };
    return [open.index];
  }
}
