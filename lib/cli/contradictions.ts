// Options that are fine alone and make no sense together. What rav1e refuses is refused here, before it has read a
// frame and by the options' names; what depends on the video (its size against a level, say) is left to librav1e.

import { UsageError } from "../errors.ts";
import type { EncodeDraft } from "./command.ts";

/** What belongs to one input and not to several. Throws a UsageError. */
export function refuseForSeveral({ given }: EncodeDraft, inputs: readonly string[]): void {
  for (const name of ["scenes", "expect-frames", "force-keyframes", "zones"]) {
    if (given.has(name)) throw new UsageError(`--${name} is about one input; encode that by itself`);
  }
  if (inputs.includes("-")) {
    throw new UsageError("standard input has no name to make an output's of; encode it by itself");
  }
}

/** Throws a UsageError at the first contradiction. */
export function refuseContradictions({ given, options, limit, frameRate, timeScale }: EncodeDraft): void {
  const exclusive = [
    ["tiles", "tile-rows"],
    ["tiles", "tile-cols"],
    ["photon-noise", "film-grain-table"],
    ["scenes", "force-keyframes"],
    ["quiet", "verbose"],
    ["resume", "restart"],
    ["resume", "overwrite"],
    ["workers", "no-workers"],
    ["no-workers", "no-local"],
    ["no-local", "threads"],
  ] as const;
  for (const [one, other] of exclusive) {
    if (given.has(one) && given.has(other)) {
      throw new UsageError(`--${one} and --${other} exclude each other; drop one`);
    }
  }
  if (options.stillPicture && limit > 1) {
    throw new UsageError(`--still-picture is one frame, --limit ${limit} is more; drop one`);
  }
  if (options.switchFrameInterval > 0 && !options.lowLatency) {
    throw new UsageError(`--switch-frame-interval ${options.switchFrameInterval} needs --low-latency`);
  }
  if (timeScale !== undefined && frameRate === undefined) {
    throw new UsageError(`--time-scale ${timeScale} needs --frame-rate: 30000 and 1001 are 29.97 frames a second`);
  }
}
