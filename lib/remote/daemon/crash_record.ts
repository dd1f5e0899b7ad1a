// Which tasks took the worker's process down: what is left for the next process in the folder of --temp-dir. A fault writes
// its mark there (ffi/crash_mark.ts), the next start moves it to a list, and clients are told of the list: who sent
// such a task learns that it was the task.

import { join } from "node:path";
import { armCrashMark, type ArmedMark, readCrashMark } from "../../../ffi/crash_mark.ts";
import type { Library } from "../../../ffi/library.ts";
import { systemReason } from "../../cli/system_reason.ts";
import { InputError } from "../../errors.ts";
import { removeIfThere } from "../../machine/files.ts";
import { quotedPath } from "../../media/printable.ts";

/** The newest so many are told of. */
const mostCrashes = 64;

export interface CrashRecord {
  /** The tasks (`Task.crashId`) that crashed earlier processes of the worker at this port, the newest last. */
  readonly crashed: readonly number[];
  /** A crash of this process is marked here. */
  readonly mark: ArmedMark;
}

/**
 * Reads what earlier processes of the worker at this port have left, and has crashes of this one marked. `parent` must be there; what is kept is in a folder of this user's within it. Throws
 * InputError where that cannot be used.
 */
export function openCrashRecord(library: Library, parent: string, port: number): CrashRecord {
  try {
    const folder = ownFolder(parent);
    const mark = join(folder, `crash.${port}`), list = join(folder, `crashed.${port}`);
    const crashed = readList(list), crash = readCrashMark(mark)?.segment ?? undefined;
    if (crash !== undefined) crashed.push(crash);
    const newest = crashed.slice(-mostCrashes);
    // Also what shows that it can be written to.
    Deno.writeTextFileSync(`${list}.new`, newest.map((id) => `${id}\n`).join(""), { mode: 0o600 });
    Deno.renameSync(`${list}.new`, list);
    removeIfThere(mark);
    return { crashed: newest, mark: armCrashMark(library, mark) };
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(
      `Cannot use ${quotedPath(parent)} for temporary files: ${systemReason(error)}; name another with --temp-dir`,
      { cause: error },
    );
  }
}

/** In a folder of somebody else's, links could lead elsewhere what is written here. */
function ownFolder(parent: string): string {
  const user = Deno.uid(), folder = join(parent, `rav1e-by-gop-worker-${user ?? 0}`);
  try {
    Deno.mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
  const { isDirectory, uid, mode } = Deno.lstatSync(folder);
  if (isDirectory && uid === user && ((mode ?? 0) & 0o022) === 0) return folder;
  throw new InputError(
    `Cannot use ${quotedPath(folder)}: it is not a folder that this user alone can write to; name another place with ` +
      "--temp-dir",
  );
}

function readList(path: string): number[] {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  return text.split("\n").filter((line) => /^\d{1,10}$/.test(line)).map(Number);
}
