// Command lines of commands with a few options, read by a table that also makes their documents. Names are written
// whole; a value stands behind an equals sign or is the next word, and is never empty. Given twice, the last one
// counts. Behind "--" every word is an operand.

import { UsageError } from "../errors.ts";
import { fileName, shown } from "./values.ts";

export interface FewOption {
  /** With its dashes. */
  readonly flags: `--${string}`;
  /** What the value is called: FILE, DIR; undefined for a switch. */
  readonly value?: string;
  readonly help: string;
}

export interface ReadWords {
  readonly operands: readonly string[];
  /** Values by name with dashes; "" for a switch. */
  readonly values: ReadonlyMap<string, string>;
  /** The words behind "--"; they are operands too. */
  readonly behindDashes: readonly string[];
}

/** Reads the words behind `command`. Throws a UsageError. */
export function readFewOptions(command: string, options: readonly FewOption[], words: readonly string[]): ReadWords {
  const operands: string[] = [];
  const values = new Map<string, string>();
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (word === "--") {
      const behindDashes = words.slice(at + 1);
      return { operands: [...operands, ...behindDashes], values, behindDashes };
    }
    if (!word.startsWith("-") || word === "-") {
      operands.push(word);
      continue;
    }
    const [, name = word, joined] = /^(--[^=]+)=(.*)$/s.exec(word) ?? [];
    const option = options.find(({ flags }) => flags === name);
    if (option === undefined) throw unknownOption(command, options, word);
    if (option.value === undefined) {
      if (joined !== undefined) throw new UsageError(`${name} takes no value`);
      values.set(name, "");
      continue;
    }
    const text = joined ?? words[++at];
    const isOption = joined === undefined && options.some(({ flags }) => flags === text);
    if (text === undefined || isOption) throw new UsageError(`${name} needs a ${kinds[option.value] ?? "value"}`);
    values.set(name, fileName(name, text));
  }
  return { operands, values, behindDashes: [] };
}

const kinds: Readonly<Record<string, string>> = { FILE: "file name", DIR: "directory" };

function unknownOption(command: string, options: readonly FewOption[], word: string): UsageError {
  const names = options.map(({ flags, value }) => value === undefined ? flags : `${flags} ${value}`);
  const last = names.pop();
  const known = names.length === 0 ? last : `${names.join(", ")} and ${last}`;
  return new UsageError(`unknown option ${shown(word)}; ${command} takes ${known}`);
}
