// What several parts ask of the file system: whether a name still leads to an open file, whether there is anything, and
// how a change of names is made to last.

import { closeSync, fsyncSync, openSync } from "node:fs";

/** Whether the path leads to this very file: it was not moved, removed or replaced. Throws what else the system says. */
export function isStillNamed(file: Deno.FsFile, path: string): boolean {
  try {
    const opened = file.statSync(), named = Deno.statSync(path);
    return opened.ino === named.ino && opened.dev === named.dev;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}

/** Whether anything has that name, a link to nothing too. */
export function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

export function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** A folder of ours among the system's temporary ones, and all in it: what cannot be removed now is the system's to remove. */
export function removeTemporary(folder: string): void {
  try {
    Deno.removeSync(folder, { recursive: true });
  } catch {
    // See above.
  }
}

/** A rename lasts when the folder's own entry is on the disk. Some file systems refuse that: then it is theirs to keep. */
export function syncFolder(folder: string): void {
  try {
    const descriptor = openSync(folder, "r");
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // See above.
  }
}

/** Bytes of the file behind a name; undefined where there is none, or it cannot be looked at. */
export function sizeIfThere(path: string): number | undefined {
  try {
    return Deno.statSync(path).size;
  } catch {
    return undefined;
  }
}
