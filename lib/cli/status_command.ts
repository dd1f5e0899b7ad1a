// rav1e-by-gop status: what a resume file holds, as text or JSON. Reads only, also while an encode is running; the file's
// own word is shown, its packets are proven when the encode goes on.

import { ExitError, UsageError } from "../errors.ts";
import { quotedPath } from "../media/printable.ts";
import { placeOf } from "../resume/place.ts";
import { isLocked } from "../resume/running.ts";
import { readStatus } from "../resume/store_status.ts";
import type { StatusCommand } from "./command.ts";
import { writeStdout } from "./standard_streams.ts";
import { statusFacts } from "./status_facts.ts";
import { statusText } from "./status_text.ts";
import { systemReason } from "./system_reason.ts";

/** Returns the exit code; throws ExitErrors. */
export function statusCommand({ output, stateDir, json }: StatusCommand): number {
  const place = placeOf(output, stateDir);
  if (place.kind === "none") {
    throw new UsageError(`Cannot look for a resume file of ${quotedPath(output)}: ${place.why}`);
  }
  const { store, lock, output: path } = place;
  const found = look(store);
  const running = isLocked(`${path}.part`) || (lock !== null && isLocked(lock));
  if (found === undefined) throw new NothingToShow(nothingFound(path, store, running));
  if (typeof found === "string") {
    throw new NothingToShow(
      `Cannot read ${quotedPath(store)}: ${unreadable[found]}; the encode's own message says what to do`,
    );
  }
  const facts = statusFacts(found, { output: path, store, running, now: Date.now() });
  writeStdout(json ? `${JSON.stringify(facts, null, 2)}\n` : statusText(facts));
  return 0;
}

/** There is nothing to go on with. Exit 1. */
class NothingToShow extends ExitError {
  constructor(message: string) {
    super(1, message);
  }
}

function look(store: string): ReturnType<typeof readStatus> {
  try {
    return readStatus(store);
  } catch (error) {
    throw new UsageError(`Cannot read ${quotedPath(store)}: ${systemReason(error)}`, { cause: error });
  }
}

function nothingFound(path: string, store: string, running: boolean): string {
  if (running) return `Cannot show ${quotedPath(path)}: an encode of it is starting; ask again`;
  let why = "nothing is unfinished";
  try {
    if (Deno.statSync(path).isFile) why = `${quotedPath(path)} is there, so it may be complete`;
  } catch {
    why = "nothing was begun";
  }
  return `There is no resume file ${quotedPath(store)}: ${why}`;
}

const unreadable = {
  empty: "it is empty",
  newer: "a newer version of this program wrote it",
  "other-application": "it is another program's database",
  "not-a-database": "it is no resume file, or it is damaged",
  damaged: "it is damaged",
} as const;
