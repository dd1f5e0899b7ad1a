// The folder behind -o, where a command makes several outputs.

import { UsageError } from "../errors.ts";
import { quotedPath } from "../media/printable.ts";
import { systemReason } from "./system_reason.ts";

/** Throws UsageError where it is not there. */
export function checkOutputFolder(folder: string): void {
  const refuse = (why: string, cause?: unknown) =>
    new UsageError(`Cannot write into ${quotedPath(folder)}: ${why}`, { cause });
  let isDirectory: boolean;
  try {
    ({ isDirectory } = Deno.statSync(folder));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw refuse("there is no such directory; create it first", error);
    throw refuse(systemReason(error), error);
  }
  if (!isDirectory) throw refuse("it is not a directory; name one");
}
