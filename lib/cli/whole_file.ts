// A small text that a command writes: under its name it is whole or not there. It is written beside its place under a
// name of its own, made durable, then renamed. Pipes and devices are written straight.

import { dirname } from "node:path";
import { IncompleteError, UsageError } from "../errors.ts";
import { quotedPath } from "../media/printable.ts";
import { systemReason } from "./system_reason.ts";

/** Refuses, before any work, a place where the text could not be put. `input`, if any, is never written over. Throws UsageError. */
export function checkWholeFile(path: string, input: Deno.FileInfo | undefined, overwrite: boolean): void {
  const refuse = (why: string, cause?: unknown) =>
    new UsageError(`Cannot write ${quotedPath(path)}: ${why}`, { cause });
  try {
    const existing = statOrUndefined(path);
    if (existing?.isDirectory || path.endsWith("/")) throw refuse("it is a directory; name a file in it");
    if (existing?.isFile) {
      if (existing.ino !== null && existing.ino === input?.ino && existing.dev === input.dev) {
        throw refuse("it is the input; name another file");
      }
      if (!overwrite) throw refuse("it exists; add -y to replace it");
    }
    if (existing !== undefined && !existing.isFile) return;
    // A file there tells more than any question of permissions.
    const part = partOf(placeOf(path));
    Deno.openSync(part, { write: true, createNew: true }).close();
    Deno.removeSync(part);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const missing = error instanceof Deno.errors.NotFound;
    throw refuse(missing ? `there is no directory ${quotedPath(dirname(path))}` : systemReason(error), error);
  }
}

/** Writes all of the text. Throws IncompleteError; then nothing is left of it. */
export function writeWholeFile(path: string, text: string): void {
  const bytes = new TextEncoder().encode(text);
  let part: string | undefined;
  try {
    const existing = statOrUndefined(path);
    if (existing !== undefined && !existing.isFile) {
      using stream = Deno.openSync(path, { write: true });
      writeAll(stream, bytes);
      return;
    }
    const place = placeOf(path);
    part = partOf(place);
    {
      using file = Deno.openSync(part, { write: true, createNew: true });
      writeAll(file, bytes);
      file.syncSync();
    }
    Deno.renameSync(part, place);
  } catch (error) {
    if (part !== undefined) removeIfThere(part);
    throw new IncompleteError(`Cannot write ${quotedPath(path)}: ${systemReason(error)}`, { cause: error });
  }
}

/** Where the file itself is or will be: a link stays, and what it leads to is replaced. */
function placeOf(path: string): string {
  return statOrUndefined(path) === undefined ? path : Deno.realPathSync(path);
}

function partOf(place: string): string {
  return `${place}.${crypto.randomUUID().slice(0, 8)}.part`;
}

function statOrUndefined(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += file.writeSync(bytes.subarray(written));
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch { /* It was not created, or cannot be removed: nothing better can be done. */ }
}
