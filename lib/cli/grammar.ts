// The options of the command line as commander knows them. Commander splits words into options, values and operands and
// finds the nearest name of a mistyped option; it prints nothing, ends nothing and judges no value: its errors become
// UsageErrors of one line, values go to option_table.ts.

import { type Command as Commander, CommanderError, Option } from "commander";
import { UsageError } from "../errors.ts";
import type { EncodeDraft } from "./command.ts";
import { addOption, commanderProgram, notation } from "./commander_program.ts";
import { answers, encodeOptions } from "./option_table.ts";
import { unservedOptions } from "./unserved_options.ts";
import { shown } from "./values.ts";

/** A commander program that fills `draft` as it meets the options; values that are wrong throw a UsageError. */
export function commandLineGrammar(draft: EncodeDraft): Commander {
  const program = commanderProgram("rav1e-by-gop", "<INPUT> -o <OUTPUT> [options]");
  for (const spec of [...encodeOptions, ...answers]) {
    const name = longName(spec.flags);
    addOption(program, spec, (spelling, text) => {
      if (spec.value !== undefined && text === null) throw missingValue(spelling, name);
      spec.apply(draft, name, text ?? "");
      draft.given.add(name.replace(/^-+/, ""));
    });
  }
  for (const { flags, value, reason } of unservedOptions) {
    const option = new Option(notation(flags, value ? "VALUE" : undefined)).hideHelp();
    program.addOption(option);
    program.on(`option:${option.name()}`, () => {
      throw new UsageError(`${longName(flags)}: ${reason}`);
    });
  }
  return program;
}

export function longName(flags: string): string {
  return flags.split(", ").at(-1) ?? flags;
}

function missingValue(flags: string, name: string): UsageError {
  switch (name) {
    case "--quantizer":
      return new UsageError(`${flags.split(", ")[0]} needs a number: it is the quantizer, 1 to 255; see also --quiet`);
    case "--state-dir":
      return new UsageError(`${name} needs a directory; one that begins with a dash is written ./-name`);
    case "--output":
    case "--film-grain-table":
    case "--scenes":
    case "--workers":
      return new UsageError(`${name} needs a file name; one that begins with a dash is written ./-name`);
    default:
      return new UsageError(`${name} needs a value`);
  }
}

/** Commander's error in one line of ours. */
export function asUsageError(program: Commander, error: CommanderError): UsageError {
  const unknown = /^error: unknown option '(--[^=]+)=.*'/s.exec(error.message)?.[1];
  if (unknown !== undefined) {
    if (program.options.some((option) => option.long === unknown)) return new UsageError(`${unknown} takes no value`);
    // Once more without the value, which stands in the way of finding the nearest name.
    return asUsageError(program, errorOfWord(program, unknown));
  }
  const [first = "", nearest] = error.message.replace(/^error: /, "").split("\n(Did you mean ");
  const what = shown(first.replaceAll("'", ""));
  return new UsageError(
    nearest === undefined ? `${what}; --help lists all` : `${what}; did you mean ${nearest.replace("?)", "?")}`,
  );
}

function errorOfWord(program: Commander, word: string): CommanderError {
  try {
    program.parse([word], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error;
    throw error;
  }
  throw new Error(`${word} became known`);
}
