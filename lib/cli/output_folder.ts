// The folder behind -o, where a command makes several outputs.

import { UsageError } from "../errors.ts";
import { quotedPath } from "../media/printable.ts";

/** Throws UsageError where it is not there. */
export function checkOutputFolder(folder: string): void {
  let isDirectory = false;
  try {
    ({ isDirectory } = Deno.statSync(folder));
  } catch {
    // Not there.
  }
  if (!isDirectory) {
    throw new UsageError(`Cannot write into ${quotedPath(folder)}: there is no such directory; create it first`);
  }
}
