// workers.toml: which other machines encode. The file is text from anywhere: every table is checked whole, a fault is one
// line with file, table, key and what was expected, and no password is ever shown.

import { parse, TomlError } from "smol-toml";
import { readAtMost } from "../../cli/read_at_most.ts";
import { systemReason } from "../../cli/system_reason.ts";
import { InputError } from "../../errors.ts";
import { printable } from "../../media/printable.ts";
import { type WorkerEntry, workerName } from "./worker_entry.ts";
import { entryOf } from "./worker_table.ts";

const mostFileBytes = 1024 * 1024;

/** Reads the file at `path`. Throws InputError; undefined where there is no such file. */
export function readWorkersFile(path: string): WorkerEntry[] | undefined {
  let bytes: Uint8Array;
  try {
    bytes = readAtMost(path, mostFileBytes + 1);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new InputError(`Cannot read ${printable(path)}: ${systemReason(error)}`, { cause: error });
  }
  if (bytes.length > mostFileBytes) throw new InputError(`${printable(path)}: larger than 1 MiB: no list of workers`);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new InputError(`${printable(path)}: it is not text in UTF-8`, { cause: error });
  }
  return parseWorkers(text, path);
}

/** The workers that `text`, the contents of the file at `path`, names; at least one. Throws InputError. */
export function parseWorkers(text: string, path: string): WorkerEntry[] {
  const file = printable(path);
  const { workers, ...others } = tables(text, file);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new InputError(`${file}: unknown key ${printable(unknown, 40)}; all it holds is tables called [[workers]]`);
  }
  if (workers === undefined) throw new InputError(`${file}: no [[workers]] in it; --no-workers ignores the file`);
  if (!Array.isArray(workers)) throw new InputError(`${file}: workers is written [[workers]], once for each worker`);
  if (workers.length === 0) throw new InputError(`${file}: no [[workers]] in it; --no-workers ignores the file`);
  const entries = workers.map((table, at) => entryOf(table, `${file}, [[workers]] ${at + 1}`, path));
  refuseDoubles(entries);
  return entries;
}

/** Whether somebody else on this machine could read the passwords in it. */
export function isReadableByOthers(path: string): boolean {
  try {
    const { mode } = Deno.statSync(path);
    return mode !== null && (mode & 0o044) !== 0;
  } catch {
    return false;
  }
}

function tables(text: string, file: string): Record<string, unknown> {
  try {
    return parse(text, { maxDepth: 20 });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The message's first line says what; the others show the place, which may hold a password.
    const what = printable(error.message.replace(/^Invalid TOML document: /, "").split("\n", 1)[0] ?? "", 100);
    throw new InputError(`${file}, line ${error.line}: ${what}`, { cause: error });
  }
}

function refuseDoubles(entries: readonly WorkerEntry[]): void {
  const seen = new Map<string, WorkerEntry>();
  for (const entry of entries) {
    const name = workerName(entry).toLowerCase();
    const before = seen.get(name);
    if (before !== undefined) {
      throw new InputError(
        `${entry.place}: ${workerName(entry)} is ${before.place.replace(/^.*, /, "")} already; drop one`,
      );
    }
    seen.set(name, entry);
  }
}
