// workers.toml: which other machines encode. The file is text from anywhere: every table is checked whole, a fault is one
// line with file, table, key and what was expected, and no password is ever shown.

import { InputError } from "../../errors.ts";
import { printable } from "../../media/printable.ts";
import { readTomlText, tomlTables } from "../../toml/toml_file.ts";
import { hostKey } from "../host_name.ts";
import { type WorkerEntry, workerName } from "./worker_entry.ts";
import { entryOf } from "./worker_table.ts";

/** Reads the file at `path`. Throws InputError; undefined where there is no such file. */
export function readWorkersFile(path: string): WorkerEntry[] | undefined {
  const text = readTomlText(path, "list of workers");
  return text === undefined ? undefined : parseWorkers(text, path);
}

/** The workers that `text`, the contents of the file at `path`, names; at least one. Throws InputError. */
export function parseWorkers(text: string, path: string): WorkerEntry[] {
  const file = printable(path);
  const tables = tomlTables(text, "workers", file, "add one, or encode with --no-workers");
  const entries = tables.map((table, at) => entryOf(table, `${file}, [[workers]] ${at + 1}`, path));
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

function refuseDoubles(entries: readonly WorkerEntry[]): void {
  const seen = new Map<string, WorkerEntry>();
  for (const entry of entries) {
    const name = workerName({ ...entry, host: hostKey(entry.host) });
    const before = seen.get(name);
    if (before !== undefined) {
      throw new InputError(
        `${entry.place}: ${workerName(entry)} is ${before.place.replace(/^.*, /, "")} already; drop one`,
      );
    }
    seen.set(name, entry);
  }
}
