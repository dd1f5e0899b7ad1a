// --restart: the store that is there gets another name and stays until the new encode is complete. What its last run left
// half written is rolled back first, because a journal belongs to its database's name.

import { nextOldName } from "./store_files.ts";
import { busyTimeoutMs, configure, kindOf } from "./schema.ts";
import { dirname } from "node:path";
import { syncFolder } from "../machine/files.ts";
import { finishRebuilding } from "./salvage.ts";
import { DatabaseSync } from "node:sqlite";

/** Gives the old store's new name, undefined where there is none. Throws what the system reports. */
export function setStoreAside(path: string): string | undefined {
  finishRebuilding(path);
  const old = nextOldName(path);
  rollBack(path);
  // Empty by now, unless SQLite could make nothing of it: then it goes where its database goes.
  renameIfThere(`${path}-journal`, `${old}-journal`);
  if (!renameIfThere(path, old)) return undefined;
  syncFolder(dirname(path));
  return old;
}

function rollBack(path: string): void {
  try {
    if (Deno.statSync(path).size === 0) return;
    const db = new DatabaseSync(path, { timeout: busyTimeoutMs });
    try {
      configure(db, path);
      kindOf(db);
    } finally {
      db.close();
    }
  } catch {
    // No database, or not there: nothing to roll back.
  }
}

function renameIfThere(from: string, to: string): boolean {
  try {
    Deno.renameSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
