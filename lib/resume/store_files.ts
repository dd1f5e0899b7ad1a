// The files that stand beside a store because of it: older stores that were set aside, a damaged one, unfinished mending,
// a crash mark. They go when the output is complete.

import { basename, dirname } from "node:path";
import { removeIfThere } from "../machine/files.ts";

/** What the stores of one output have been renamed to, the newest last; the files of SQLite beside them not counted. */
const ownFiles = /^\.(old-\d+|damaged|salvage|repair|crash)(-journal)?$/;

/** The first free name for a store that is set aside. */
export function nextOldName(store: string): string {
  const numbers = besides(store).map((ending) => Number(/^\.old-(\d+)/.exec(ending)?.[1] ?? 0));
  return `${store}.old-${Math.max(0, ...numbers) + 1}`;
}

/** Removes a store, and everything set aside for it, the store itself last. */
export function removeStore(store: string): void {
  for (const ending of besides(store)) removeIfThere(store + ending);
  removeIfThere(`${store}-journal`);
  removeIfThere(store);
}

function besides(store: string): string[] {
  const name = basename(store);
  return Array.from(Deno.readDirSync(dirname(store)), (entry) => entry.name)
    .filter((entry) => entry.startsWith(name) && ownFiles.test(entry.slice(name.length)))
    .map((entry) => entry.slice(name.length));
}
