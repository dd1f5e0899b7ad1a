// How many frames a pipe must have, and what it means when it has others: the rules of lib/cli/frame_range.ts for an input
// whose length shows only at its end. Promises are about the whole input; where --limit is met first, nobody will know.

import { type ExitError, IncompleteError, InputError, UsageError } from "../errors.ts";
import { wholeFrames } from "../media/frame_line.ts";
import type { ZonesReach } from "../zones/zone_plan.ts";

export interface PromisedFrames {
  /** What messages call the input. */
  readonly name: string;
  readonly skip: number;
  /** Frames to encode at most; 0 is all. */
  readonly limit: number;
  readonly stillPicture: boolean;
  /** Frames of the whole input: of --expect-frames, of the header. */
  readonly expectFrames: number | undefined;
  readonly announcedFrames: number | undefined;
  /** What zones say of the whole input; absent without zones. */
  readonly zonesReach?: ZonesReach;
  /** Frames to encode by a plan that was given. */
  readonly plannedFrames: number | undefined;
}

/** How an input ended. */
export interface InputEnd {
  /** Whole frames, skipped ones included. */
  readonly frames: number;
  /** What is wrong after them, one clause. */
  readonly damage: string | undefined;
  readonly headerBytes: number;
}

/** Nothing can be encoded (`failed`), only what was closed by then (`cut`), or all. */
export type Verdict =
  | { readonly kind: "failed"; readonly error: ExitError }
  | { readonly kind: "cut"; readonly error: IncompleteError }
  | { readonly kind: "whole"; readonly note: string | undefined };

export class FramePromises {
  /** Frames of the input after which no more are read. */
  readonly lastRead: number;

  constructor(readonly promised: PromisedFrames) {
    const { skip, limit, stillPicture } = promised;
    this.lastRead = skip + (stillPicture ? 1 : limit > 0 ? limit : Infinity);
  }

  /** Frames to encode, as far as anyone has said; null where nobody has. */
  get frames(): number | null {
    const { skip, expectFrames, announcedFrames, plannedFrames } = this.promised;
    const whole = expectFrames ?? announcedFrames;
    const least = Math.min(this.lastRead, whole ?? Infinity) - skip;
    if (plannedFrames !== undefined) return plannedFrames;
    return Number.isFinite(least) && least > 0 ? least : null;
  }

  /** After the input's frame number `frames`, counted from 1: why it is one too many. */
  tooMany(frames: number): IncompleteError | undefined {
    const { name, skip, expectFrames, plannedFrames, zonesReach } = this.promised;
    const most = zonesReach?.most ?? null;
    if (most !== null && frames > most) {
      return new IncompleteError(
        `Cannot encode ${name}: it has more than the ${most} frames that are in zones of ${zonesReach!.file}; ` +
          "let the last zone reach to the end: leave its `last` or `to` out",
      );
    }
    if (expectFrames !== undefined && frames > expectFrames) {
      return new IncompleteError(
        `Cannot encode ${name}: it has more than the ${expectFrames} frames of --expect-frames`,
      );
    }
    if (plannedFrames !== undefined && frames > skip + plannedFrames) {
      return new IncompleteError(
        `Cannot encode ${name}: it has more than the ${
          skip + plannedFrames
        } frames of the plan that was made for it; ` +
          "--restart starts anew",
      );
    }
    return undefined;
  }

  /** The input has ended before `lastRead`. */
  judge({ frames, damage, headerBytes }: InputEnd): Verdict {
    const { name, skip, expectFrames, announcedFrames, plannedFrames, zonesReach } = this.promised;
    if (frames === 0) {
      const what = damage ?? `it ends after its header of ${headerBytes} bytes`;
      return { kind: "failed", error: new InputError(`Cannot read ${name}: it holds no whole frame: ${what}`) };
    }
    const left = frames - skip;
    const wayOut = left > 0 ? `; --limit ${left} encodes ${skip > 0 ? "the rest of those" : "those"}` : "";
    if (damage !== undefined) {
      const what = `Cannot encode ${name}: it has ${wholeFrames(frames)}, then ${damage}${wayOut}`;
      return left > 0
        ? { kind: "cut", error: new IncompleteError(what) }
        : { kind: "failed", error: new InputError(what) };
    }
    const cut = (what: string): Verdict => ({
      kind: "cut",
      error: new IncompleteError(`Cannot encode ${name}: ${what}`),
    });
    if (expectFrames !== undefined && frames !== expectFrames) {
      return cut(`it has ${frames} frames, not the ${expectFrames} of --expect-frames`);
    }
    if (announcedFrames !== undefined && frames < announcedFrames) {
      return cut(`its header promises ${announcedFrames} frames (XLENGTH), but it has ${frames}${wayOut}`);
    }
    if (left <= 0) {
      return { kind: "failed", error: new UsageError(`Cannot skip ${skip} frames: ${name} has ${frames}`) };
    }
    if (plannedFrames !== undefined && left !== plannedFrames) {
      return cut(
        `it has ${frames} frames, and the plan that was made for it ${skip + plannedFrames}; --restart starts anew`,
      );
    }
    if (zonesReach !== undefined && frames < zonesReach.least) {
      const { lastZone, lastFirst, least } = zonesReach;
      const what = lastFirst >= frames
        ? `begins with frame ${lastFirst}; drop it`
        : `reaches to frame ${least - 1}; leave its end out`;
      return cut(`it has ${frames} frames, 0 to ${frames - 1}, and ${lastZone} ${what}`);
    }
    const note = announcedFrames !== undefined && frames > announcedFrames
      ? `${name} has ${frames} frames, more than the ${announcedFrames} its header promises (XLENGTH)`
      : undefined;
    return { kind: "whole", note };
  }
}
