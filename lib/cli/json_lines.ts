// A small text of JSON objects, a line each, that several commands keep for their next runs. It is read and written anew for
// each change. Lines that are no objects are left out: what one cannot read must not cost the others.

import { writeWholeFile } from "./whole_file.ts";

/** None where the file is not there or cannot be read. */
export function readJsonLines(path: string): Readonly<Record<string, unknown>>[] {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch {
    return [];
  }
  return text.split("\n").flatMap((line) => {
    try {
      const entry = JSON.parse(line);
      return typeof entry === "object" && entry !== null && !Array.isArray(entry) ? [entry] : [];
    } catch {
      return [];
    }
  });
}

/** Throws IncompleteError. */
export function writeJsonLines(path: string, entries: Iterable<object>): void {
  writeWholeFile(path, `${Array.from(entries, (entry) => JSON.stringify(entry)).join("\n")}\n`);
}
