// What is done with proxies that are there and are not what is asked for: nothing of a user's is replaced without being told to.

import { IncompleteError, UsageError } from "../../errors.ts";
import { isThere } from "../../machine/files.ts";
import { quotedPath } from "../../media/printable.ts";
import { systemReason } from "../system_reason.ts";

/** Throws UsageError where a complete proxy is not what is asked for. */
export function refuseOther(output: string, differences: readonly string[]): void {
  if (differences.length === 0) return;
  throw new UsageError(
    `Cannot write ${quotedPath(output)}: it exists and was made otherwise (${differences.join("; ")}); ` +
      "add -y to make all sizes anew",
  );
}

/** Gives the new name; undefined where there is nothing. Throws IncompleteError. */
export function setAside(path: string): string | undefined {
  for (let number = 1;; number++) {
    const aside = `${path}.damaged${number === 1 ? "" : `-${number}`}`;
    if (isThere(aside)) continue;
    try {
      Deno.renameSync(path, aside);
      return aside;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw new IncompleteError(`Cannot set ${quotedPath(path)} aside: ${systemReason(error)}`, { cause: error });
    }
  }
}
