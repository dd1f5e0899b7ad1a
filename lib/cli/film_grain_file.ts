// Reads a film grain table while the command line is parsed, so that a wrong path costs nothing but its message. The
// text is kept as it is, byte for byte: rav1e reads it the same way, and only librav1e judges what it says.

import { UsageError } from "../errors.ts";
import { readAtMost } from "./read_at_most.ts";
import { systemReason } from "./system_reason.ts";
import { shown } from "./values.ts";

/** Far above any real table (about 500 bytes an entry), far below what would hurt. */
const largestTableBytes = 16 * 1024 * 1024;

/** The table's text. Throws a UsageError that names `name` (the option) and the path. */
export function readFilmGrainTable(name: string, path: string): string {
  let bytes: Uint8Array;
  try {
    bytes = readAtMost(path, largestTableBytes + 1);
  } catch (error) {
    throw new UsageError(`${name}: cannot read ${shown(path)}: ${systemReason(error)}`, { cause: error });
  }
  if (bytes.length > largestTableBytes) {
    throw new UsageError(`${name}: ${shown(path)} is no film grain table: larger than 16 MiB`);
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new UsageError(`${name}: ${shown(path)} is no film grain table: it is not text`, { cause: error });
  }
  if (!/^[ \t\r\n]*filmgrn1\r?\n/.test(text)) {
    throw new UsageError(`${name}: ${shown(path)} is no film grain table: its first line is not "filmgrn1"`);
  }
  return text;
}
