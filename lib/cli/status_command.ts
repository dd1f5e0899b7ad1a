// rav1e-by-gop status: what a resume file holds, as text or JSON. Reads only, also while an encode is running; the file's
// own word is shown, its packets are proven when the encode goes on.

import { ExitError, UsageError } from "../errors.ts";
import { quotedPath } from "../media/printable.ts";
import { placeOf } from "../resume/place.ts";
import type { StatusCommand } from "./command.ts";
import { writeStdout } from "./standard_streams.ts";
import { factsOf } from "./status_of_store.ts";
import { statusText } from "./status_text.ts";

/** Returns the exit code; throws ExitErrors. */
export async function statusCommand({ output, stateDir, json }: StatusCommand): Promise<number> {
  if (isFolder(output)) {
    const { folderStatus, folderText } = await import("./folder_status.ts");
    const facts = folderStatus(output, stateDir);
    if (facts.outputs.length === 0) {
      const where = quotedPath(stateDir ?? output);
      throw new NothingToShow(`There is no resume file in ${where}, and no record of proxies: nothing was begun`);
    }
    writeStdout(json ? `${JSON.stringify(facts, null, 2)}\n` : folderText(facts));
    return 0;
  }
  const place = placeOf(output, stateDir);
  if (place.kind === "none") {
    throw new UsageError(`Cannot look for a resume file of ${quotedPath(output)}: ${place.why}`);
  }
  const facts = factsOf(place);
  if (typeof facts === "string") throw new NothingToShow(facts);
  writeStdout(json ? `${JSON.stringify(facts, null, 2)}\n` : statusText(facts));
  return 0;
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** There is nothing to go on with. Exit 1. */
class NothingToShow extends ExitError {
  constructor(message: string) {
    super(1, message);
  }
}
