// What it means how a child ended. Whole frames prove nothing: one that failed, was killed, or lost count gave too few, and
// what it gave stays what it is, the beginning of a video. One that ended well may have reported errors on the way: beside
// them the container's own claims count, because a file that was cut off looks just like that.

import type { ChildCommand } from "./child_command.ts";
import type { ChildLog } from "./child_log.ts";
import type { ChildEnd } from "./watched_child.ts";

export interface ChildVerdict {
  /** Why the video is not whole, one clause; undefined where nothing says so. */
  readonly fault: string | undefined;
  /** For the user where it is whole. */
  readonly note: string | undefined;
}

/** Seconds between the time of the last frame and the claimed end that mean nothing. */
const shortSeconds = 0.5;

export interface GivenFrames {
  /** Whole frames that were read. */
  readonly frames: number;
  /** When the last of them is shown; undefined where nobody knows. */
  readonly lastSeconds: number | undefined;
  /** How many the user says there are. */
  readonly expectFrames: number | undefined;
  /** How large its file is by now; undefined where nobody knows. */
  readonly bytesNow?: number;
}

export function judgeChild(
  { name, claims, file, log: kind }: ChildCommand,
  log: ChildLog,
  end: ChildEnd,
  { frames, lastSeconds, expectFrames, bytesNow }: GivenFrames,
): ChildVerdict {
  const errors = log.shownErrors.length === 0 ? log.lastPlain : log.shownErrors.join("; ");
  const said = errors === undefined ? "" : `: ${errors}`;
  const after = `after ${frames} frames`;
  const fault = (what: string) => ({ fault: what, note: undefined });
  if (log.refusal !== undefined) return fault(log.refusal);
  if (end.hung) return fault(`${name} gave no more ${after} and did not end${said}`);
  if (end.signal !== null) return fault(`${name} was ended by ${end.signal} ${after}${said}`);
  if (end.code !== 0) return fault(`${name} ended with exit code ${end.code} ${after}${said}`);
  if (frames === 0) return fault(`${name} found no frame in it${said}`);
  if (kind !== "ffmpeg") return { fault: undefined, note: undefined };
  if (log.stamped !== frames) {
    return fault(`${name} gave ${frames} frames and time stamps for ${log.stamped}${said}`);
  }
  if (file !== undefined && bytesNow !== undefined && bytesNow !== file.bytes && expectFrames !== frames) {
    return fault(
      `it had ${file.bytes} bytes when ${name} began and ${bytesNow} ${after}: it is being written; wait for its end, ` +
        "then begin anew with --restart",
    );
  }
  if (log.errors === 0) return { fault: undefined, note: log.otherSize };
  const { text, frames: where } = log.firstError!;
  const more = log.errors === 1 ? "1 error" : `${log.errors} errors, the first`;
  const sizes = log.otherSize === undefined ? "" : `; ${log.otherSize}`;
  const note = { fault: undefined, note: `${name} reported ${more} at frame ${where}: ${text}${sizes}` };
  if (expectFrames === frames) return note;
  const wayOut = `; where that is all there is, --expect-frames ${frames} says so`;
  if (claims.frames !== null && frames < claims.frames) {
    return fault(`${name} gave ${frames} of the ${claims.frames} frames that it should have${said}${wayOut}`);
  }
  if (frames === 1) return fault(`the only frame that ${name} gave may be damaged${said}${wayOut}`);
  if (log.saysCut) return fault(`${name} gave ${frames} frames of a file that is cut off${said}${wayOut}`);
  if (claims.endSeconds !== null && lastSeconds !== undefined && lastSeconds + shortSeconds < claims.endSeconds) {
    const [got, claimed] = [lastSeconds, claims.endSeconds].map((seconds) => seconds.toFixed(1));
    return fault(`${name} came to ${got} of ${claimed} seconds, after ${frames} frames${said}${wayOut}`);
  }
  return note;
}
