// Where an encode's store is, and the files that stand beside it: "<output>.rav1e-by-gop" in the output's folder, or in
// the folder of --state-dir, which must be there (a mistyped one is not created). Streams have none, and neither have
// outputs whose names leave no room.
//
// The file itself is only ever opened by SQLite while an encode uses it: closing any other descriptor of it would drop
// SQLite's locks (POSIX, fcntl).

import { accessSync, constants } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { OutputTarget } from "../encode/output_target.ts";
import { UsageError } from "../errors.ts";
import { printable, quotedPath } from "../media/printable.ts";

export interface StorePlace {
  readonly kind: "file";
  /** Absolute, links followed. */
  readonly store: string;
  readonly output: string;
  /** Where a dying process says which segment it had. */
  readonly crash: string;
  /** A file to lock; null where the lock on the output's `.part` is enough, because no other output has this store. */
  readonly lock: string | null;
}

/** `why` fits behind "no resume: ". */
export type Place = StorePlace | { readonly kind: "none"; readonly why: string };

export const storeSuffix = ".rav1e-by-gop";
/** The longest of what is put behind the store's name. */
const longestSuffix = ".salvage-journal";
/** The longest file name of all usual file systems. */
const longestNameBytes = 255;

/** Throws UsageError where --state-dir cannot be used. */
export function storePlace(target: OutputTarget, stateDir?: string): Place {
  if (target.kind === "stream") return { kind: "none", why: `${target.name} cannot be gone on with` };
  return placeOf(target.path, stateDir);
}

/** The same for the path of an output, as it is given: links are followed. */
export function placeOf(output: string, stateDir?: string): Place {
  const path = followed(output);
  if (stateDir !== undefined) checkStateDir(stateDir);
  const name = basename(path) + storeSuffix;
  const bytes = new TextEncoder().encode(name + longestSuffix).length;
  if (bytes > longestNameBytes) {
    return {
      kind: "none",
      why: `the output's name is too long for files beside it (${bytes} of ${longestNameBytes} bytes)`,
    };
  }
  const store = join(stateDir === undefined ? dirname(path) : followed(stateDir), name);
  return {
    kind: "file",
    store,
    output: path,
    crash: `${store}.crash`,
    lock: stateDir === undefined ? null : `${store}.lock`,
  };
}

/** Absolute, with links followed as far as there is something. */
function followed(path: string): string {
  const absolute = resolve(path);
  try {
    return Deno.realPathSync(absolute);
  } catch {
    // Not there yet: its folder is.
  }
  try {
    return join(Deno.realPathSync(dirname(absolute)), basename(absolute));
  } catch {
    return absolute;
  }
}

function checkStateDir(folder: string): void {
  const refuse = (why: string, cause?: unknown) =>
    new UsageError(`Cannot use --state-dir ${quotedPath(folder)}: ${why}`, { cause });
  let info: Deno.FileInfo;
  try {
    info = Deno.statSync(folder);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw refuse("there is no such directory; create it first", error);
    throw refuse(printable(error instanceof Error ? error.message : String(error)), error);
  }
  if (!info.isDirectory) throw refuse("it is not a directory");
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw refuse("permission denied", error);
  }
}

/**
 * Sees that what is under the names of the store and of the files beside it can be used, so that SQLite, whose own words
 * say little, need not find out. A store that is set aside anyway may be what it likes. `name` is the store's, as the user
 * would write it. Throws UsageError.
 */
export function checkPlace({ store, crash, lock }: StorePlace, name: string, restart: boolean): void {
  const own = restart ? [] : [store, `${store}-journal`];
  for (const path of [...own, crash, ...(lock === null ? [] : [lock])]) {
    const why = whyUnusable(path);
    if (why === undefined) continue;
    const shown = quotedPath(name + path.slice(store.length));
    const restarting = own.includes(path) ? ", or add --restart to begin anew" : "";
    throw new UsageError(`Cannot use ${shown}: ${why}${restarting}`);
  }
}

function whyUnusable(path: string): string | undefined {
  let isLink = false;
  try {
    isLink = Deno.lstatSync(path).isSymlink;
    const info = Deno.statSync(path);
    if (info.isDirectory) return "it is a directory; move it away";
    if (!info.isFile) return "it is not a plain file; move it away";
    accessSync(path, constants.R_OK | constants.W_OK);
    return undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return isLink ? "it is a symbolic link to nothing; remove it" : undefined;
    }
    return "it may not be read and written; see to its permissions";
  }
}
