// Which frames of an input are encoded, and whether it has as many as it, or the command line, promised. Everything here
// is known before work begins: a file that cannot be encoded whole is refused, with the numbers and the way out.

import { IncompleteError, InputError, UsageError } from "../errors.ts";
import { wholeFrames } from "../media/frame_line.ts";
import { quotedPath } from "../media/printable.ts";
import type { Y4mFile } from "../media/y4m_file.ts";
import type { EncodeCommand } from "./command.ts";

export interface FrameRange {
  /** Frames of the input before the first that is encoded. */
  readonly skip: number;
  /** Frames to encode, at least 1. */
  readonly frames: number;
  readonly warnings: readonly string[];
}

type Wanted = Pick<EncodeCommand, "skip" | "limit" | "expectFrames"> & { options: { stillPicture: boolean } };

/** Throws UsageError, InputError (the file is damaged) and IncompleteError (fewer frames than promised). */
export function frameRange(file: Y4mFile, { skip, limit, expectFrames, options }: Wanted): FrameRange {
  const name = quotedPath(file.path);
  const { announcedFrames } = file.header;
  const warnings: string[] = [];
  // What --limit asks for is there, whatever follows it.
  const enough = limit > 0 && skip + limit <= file.frames;
  const wayOut = file.frames > skip
    ? `; --limit ${file.frames - skip} encodes ${skip > 0 ? "the rest of those" : "those"}`
    : "";
  if (file.damage !== undefined && !enough) {
    throw new InputError(`Cannot encode ${name}: it has ${wholeFrames(file.frames)}, then ${file.damage}${wayOut}`);
  }
  if (expectFrames !== undefined && expectFrames !== file.frames) {
    throw new IncompleteError(
      `Cannot encode ${name}: it has ${file.frames} frames, not the ${expectFrames} of --expect-frames`,
    );
  }
  if (announcedFrames !== undefined && announcedFrames > file.frames && !enough) {
    throw new IncompleteError(
      `Cannot encode ${name}: its header promises ${announcedFrames} frames (XLENGTH), but it has ${file.frames}${wayOut}`,
    );
  }
  if (announcedFrames !== undefined && announcedFrames < file.frames) {
    warnings.push(`${name} has ${file.frames} frames, more than the ${announcedFrames} its header promises (XLENGTH)`);
  }
  if (skip >= file.frames) {
    throw new UsageError(`Cannot skip ${skip} frames: ${name} has ${file.frames}`);
  }
  const left = file.frames - skip;
  if (options.stillPicture && left > 1 && limit !== 1) {
    warnings.push(`a still picture has one frame: the other ${left - 1} of ${name} are left out, as rav1e does`);
  }
  const most = options.stillPicture ? 1 : limit > 0 ? limit : left;
  return { skip, frames: Math.min(left, most), warnings };
}
