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
