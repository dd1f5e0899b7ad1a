// A TOML file that the command line or a folder names: text from anywhere. What comes back is its top level; what is wrong
// with it is one line with the file and, where there is one, the line, and shows nothing of what stands there.

import { parse, TomlError } from "smol-toml";
import { readAtMost } from "../cli/read_at_most.ts";
import { systemReason } from "../cli/system_reason.ts";
import { InputError } from "../errors.ts";
import { printable } from "../media/printable.ts";

const mostFileBytes = 1024 * 1024;

/** The text of the file at `path`. `what` it is, for messages: "list of workers". Throws InputError; undefined without a file. */
export function readTomlText(path: string, what: string): string | undefined {
  let bytes: Uint8Array;
  try {
    bytes = readAtMost(path, mostFileBytes + 1);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new InputError(`Cannot read ${printable(path)}: ${systemReason(error)}`, { cause: error });
  }
  if (bytes.length > mostFileBytes) throw new InputError(`${printable(path)}: larger than 1 MiB: no ${what}`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new InputError(`${printable(path)}: it is not text in UTF-8`, { cause: error });
  }
}

/**
 * The tables called [[`name`]] in `text`, at least one. `file` is its name for messages, `otherwise` a clause on how to do
 * without any. Throws InputError, also where anything else stands in it.
 */
export function tomlTables(text: string, name: string, file: string, otherwise: string): unknown[] {
  const { [name]: tables, ...others } = parsed(text, file);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new InputError(`${file}: unknown key ${printable(unknown, 40)}; all it holds is tables called [[${name}]]`);
  }
  if (tables === undefined) throw new InputError(`${file}: no [[${name}]] in it; ${otherwise}`);
  if (!Array.isArray(tables)) {
    throw new InputError(`${file}: ${name} is written [[${name}]], once for each ${name.replace(/s$/, "")}`);
  }
  if (tables.length === 0) throw new InputError(`${file}: no [[${name}]] in it; ${otherwise}`);
  return tables;
}

function parsed(text: string, file: string): Record<string, unknown> {
  try {
    return parse(text, { maxDepth: 20 });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The message's first line says what; the others show the place, which may hold a password.
    const what = printable(error.message.replace(/^Invalid TOML document: /, "").split("\n", 1)[0] ?? "", 100);
    throw new InputError(`${file}, line ${error.line}: ${what}`, { cause: error });
  }
}
