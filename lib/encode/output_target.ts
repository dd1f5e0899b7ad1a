// Where the video goes: a file or a stream, as the command line was understood.

import { systemReason } from "../cli/system_reason.ts";
import { printable, quotedPath } from "../media/printable.ts";

export type OutputTarget = FileTarget | StreamTarget;

/**
 * `path` is the file's place at the end, with symbolic links resolved, so that the rename replaces the file and not a
 * link to it; `part` is where it is written.
 */
export interface FileTarget {
  readonly kind: "file";
  readonly path: string;
  readonly part: string;
}

/** `path` is opened for writing; null is standard output. `name` is for messages. */
export interface StreamTarget {
  readonly kind: "stream";
  readonly path: string | null;
  readonly name: string;
}

/** Where a second file is made of the part and what else the source has; no longer than the part's name. */
export function joinedName({ path }: FileTarget): string {
  return `${path}.join`;
}

/** Said of an output that nobody has agreed to replace. */
export const hasComeUp = "there was no such file when this encode began, and now there is";

/** What messages call it. */
export function nameOfTarget(target: OutputTarget): string {
  return target.kind === "file" ? quotedPath(target.path) : target.name;
}

/** Why the system refused to write, in one clause. */
export function writeFault(error: unknown): string {
  if (error instanceof Deno.errors.BrokenPipe) return "its reader has gone";
  return printable(systemReason(error));
}
