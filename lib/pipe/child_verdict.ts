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

/** What a source's last frame may be short of its claimed end: seconds. */
const shortSeconds = 1;

/** `frames` were read; `lastSeconds` is when the last of them is shown, undefined where nobody knows. */
export function judgeChild(
  { name, claims, log: kind }: ChildCommand,
  log: ChildLog,
  end: ChildEnd,
  frames: number,
  lastSeconds: number | undefined,
): ChildVerdict {
  const said = log.lastErrors.length === 0 ? "" : `: ${log.lastErrors.join("; ")}`;
  const after = `after ${frames} frames`;
  const fault = (what: string) => ({ fault: what, note: undefined });
  if (end.hung) return fault(`${name} gave no more ${after} and did not end${said}`);
  if (end.signal !== null) return fault(`${name} was ended by ${end.signal} ${after}${said}`);
  if (end.code !== 0) return fault(`${name} ended with exit code ${end.code} ${after}${said}`);
  if (kind !== "ffmpeg") return { fault: undefined, note: undefined };
  if (log.stamped !== frames) {
    return fault(`${name} gave ${frames} frames and time stamps for ${log.stamped}${said}`);
  }
  if (log.errors === 0) return { fault: undefined, note: undefined };
  if (claims.frames !== null && frames < claims.frames) {
    return fault(`${name} gave ${frames} of the ${claims.frames} frames that it should have${said}`);
  }
  const claimedEnd = claims.endSeconds ?? (log.saysCut ? claims.fileEndSeconds : null);
  if (claimedEnd !== null && lastSeconds !== undefined && lastSeconds + shortSeconds < claimedEnd) {
    const [got, claimed] = [lastSeconds, claimedEnd].map((seconds) => seconds.toFixed(1));
    return fault(`${name} came to ${got} of ${claimed} seconds${said}`);
  }
  const { text, frames: where } = log.firstError!;
  const more = log.errors === 1 ? "1 error" : `${log.errors} errors, the first`;
  return { fault: undefined, note: `${name} reported ${more} at frame ${where}: ${text}` };
}
