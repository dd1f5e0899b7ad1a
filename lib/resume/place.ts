// Where an encode's store is, and the files that stand beside it: "<output>.rav1e-by-gop" in the output's folder, or in
// the folder of --state-dir, which must be there (a mistyped one is not created). Streams have none, and neither have
// outputs whose names leave no room.
//
// The file itself is only ever opened by SQLite while an encode uses it: closing any other descriptor of it would drop
// SQLite's locks (POSIX, fcntl).

import { accessSync, constants } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { OutputTarget } from "../encode/output.ts";
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

const suffix = ".rav1e-by-gop";
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
  const name = basename(path) + suffix;
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

/**
 * Keeps a second run away from a store in a --state-dir; the caller releases it at the end. undefined where the lock on
 * the output's `.part` does that. Throws UsageError where another run has it; `name` is the store's in that message.
 */
export function lockPlace({ lock, store }: StorePlace, name = store): Disposable | undefined {
  if (lock === null) return undefined;
  for (;;) {
    const file = Deno.openSync(lock, { read: true, write: true, create: true });
    try {
      if (!file.tryLockSync(true)) {
        throw new UsageError(
          `Cannot use ${quotedPath(name)}: another run uses it; wait for that one, or use another --state-dir`,
        );
      }
      // A run that ended between opening and locking has removed the name: the lock would be on nobody's file.
      if (isNamed(file, lock)) return held(file, lock);
      file.close();
    } catch (error) {
      file.close();
      throw error;
    }
  }
}

function held(file: Deno.FsFile, lock: string): Disposable {
  return {
    [Symbol.dispose]() {
      removeIfThere(lock);
      file.close();
    },
  };
}

function isNamed(file: Deno.FsFile, path: string): boolean {
  try {
    const opened = file.statSync(), named = Deno.statSync(path);
    return opened.ino === named.ino && opened.dev === named.dev;
  } catch {
    return false;
  }
}

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

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
