// The steps of `worker install`, each complete or not begun. What the system refuses is one line, with what was being done.

import { dirname } from "node:path";
import { IncompleteError, InputError } from "../errors.ts";
import { removeIfThere, syncFolder } from "../machine/files.ts";
import { quotedPath } from "../media/printable.ts";
import { writeStdout } from "./standard_streams.ts";
import { systemReason } from "./system_reason.ts";

/** Throws InputError, or IncompleteError where it cannot be looked at. */
export function requireFile(path: string): void {
  doing(`read ${quotedPath(path)}`, () => {
    const { isFile, mode } = Deno.statSync(path);
    if (!isFile) throw new InputError(`Cannot use ${quotedPath(path)}: it is not a file`);
    if (((mode ?? 0) & 0o004) !== 0) said(`${quotedPath(path)} can be read by everybody; chmod 600 it`);
  });
}

/** Under its name only when it is complete. A program that runs cannot be written, only replaced. */
export function writeWhole(path: string, bytes: Uint8Array, mode: number): void {
  const part = `${path}.part`;
  removeIfThere(part);
  Deno.writeFileSync(part, bytes, { mode, createNew: true });
  Deno.chmodSync(part, mode);
  Deno.renameSync(part, path);
  syncFolder(dirname(path));
}

export function isSameFile(one: string, other: string): boolean {
  try {
    const [a, b] = [Deno.statSync(one), Deno.statSync(other)];
    return a.dev === b.dev && a.ino === b.ino;
  } catch {
    return false;
  }
}

export function doing<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new IncompleteError(`Cannot ${what}: ${systemReason(error)}`, { cause: error });
  }
}

export function said(line: string): void {
  writeStdout(`${line}\n`);
}
