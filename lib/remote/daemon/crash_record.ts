// Which tasks took the worker's process down: what is left for the next process in the folder of --temp-dir. A fault writes
// its mark there (ffi/crash_mark.ts), the next start moves it to a list, and clients are told of the list: who sent
// such a task learns that it was the task.

import { join } from "node:path";
import { armCrashMark, readCrashMark } from "../../../ffi/crash_mark.ts";
import type { Library } from "../../../ffi/library.ts";
import { systemReason } from "../../cli/system_reason.ts";
import { InputError } from "../../errors.ts";
import { removeIfThere } from "../../machine/files.ts";
import { quotedPath } from "../../media/printable.ts";

/** The newest so many are told of. */
const mostCrashes = 64;

/**
 * The tasks (`Task.crashId`) that crashed earlier processes of the worker at this port, the newest last; from now on a
 * crash of this one is marked. Throws InputError where the folder cannot be used. Makes it where it is not there.
 */
export function openCrashRecord(library: Library, folder: string, port: number): number[] {
  const mark = join(folder, `crash.${port}`), list = join(folder, `crashed.${port}`);
  try {
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
    checkOwner(folder);
    const crashed = readList(list), crash = readCrashMark(mark)?.segment ?? undefined;
    if (crash !== undefined) crashed.push(crash);
    const newest = crashed.slice(-mostCrashes);
    // Also what shows that it can be written to.
    Deno.writeTextFileSync(`${list}.new`, newest.map((id) => `${id}\n`).join(""), { mode: 0o600 });
    Deno.renameSync(`${list}.new`, list);
    removeIfThere(mark);
    armCrashMark(library, mark);
    return newest;
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(
      `Cannot use the folder ${quotedPath(folder)}: ${systemReason(error)}; name another with --temp-dir`,
      { cause: error },
    );
  }
}

/** In a folder of somebody else's, links could lead what is written here elsewhere. */
function checkOwner(folder: string): void {
  const { uid, mode } = Deno.statSync(folder), user = Deno.uid();
  if (user === null || uid === null || mode === null) return;
  const isShared = (mode & 0o022) !== 0;
  if ((uid === user || uid === 0) && !isShared) return;
  throw new InputError(
    `Cannot use the folder ${quotedPath(folder)}: others can write to it; name one of your own with --temp-dir`,
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
