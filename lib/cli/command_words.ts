// The words behind a command with few options: switches, options with a value, operands. The messages are those of the
// encode command's grammar, without a grammar's size.

import { UsageError } from "../errors.ts";
import { shown } from "./values.ts";

export interface KnownWords {
  /** For messages: "check-workers". */
  readonly command: string;
  /** With their dashes. */
  readonly switches: readonly string[];
  /** With their dashes, and what the value is: "a file name". */
  readonly options: Readonly<Record<string, string>>;
}

export interface ReadWords {
  readonly operands: readonly string[];
  readonly switches: ReadonlySet<string>;
  /** The last value counts. */
  readonly values: ReadonlyMap<string, string>;
}

/** Throws a UsageError. */
export function readWords(words: readonly string[], { command, switches, options }: KnownWords): ReadWords {
  const operands: string[] = [], given = new Set<string>(), values = new Map<string, string>();
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (word === "--") {
      operands.push(...words.slice(at + 1));
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      operands.push(word);
      continue;
    }
    const [, name = word, joined] = /^(--[^=]+)=(.*)$/s.exec(word) ?? [];
    if (switches.includes(name)) {
      if (joined !== undefined) throw new UsageError(`${name} takes no value`);
      given.add(name);
      continue;
    }
    const what = Object.hasOwn(options, name) ? options[name] : undefined;
    if (what === undefined) {
      const known = [...Object.keys(options), ...switches];
      throw new UsageError(`unknown option ${shown(name)}; ${command} takes ${known.join(", ")}`);
    }
    const value = joined ?? words[++at];
    if (value === undefined || (joined === undefined && value.startsWith("-"))) {
      throw new UsageError(`${name} needs ${what}`);
    }
    values.set(name, value);
  }
  return { operands, switches: given, values };
}
