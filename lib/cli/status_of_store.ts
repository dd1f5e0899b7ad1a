// What one resume file says at this moment; or why it says nothing.

import { sizeIfThere } from "../machine/files.ts";
import { UsageError } from "../errors.ts";
import { quotedPath } from "../media/printable.ts";
import type { StorePlace } from "../resume/place.ts";
import { isLocked } from "../resume/running.ts";
import { readStatus } from "../resume/store_status.ts";
import { type StatusFacts, statusFacts } from "./status_facts.ts";
import { systemReason } from "./system_reason.ts";

/** A text where there is nothing to show: why. Throws UsageError where it may not be read. */
export function factsOf({ store, lock, output }: StorePlace): StatusFacts | string {
  const found = look(store);
  const running = isLocked(`${output}.part`) || (lock !== null && isLocked(lock));
  if (found === undefined) return nothingFound(output, store, running);
  if (typeof found === "string") {
    return `Cannot read ${quotedPath(store)}: ${unreadable[found]}; the encode's own message says what to do`;
  }
  return statusFacts(found, { output, store, running, outputBytes: sizeIfThere(output), now: Date.now() });
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
