// A command line as commander knows it: what it prints, ends and judges by itself is turned off, and its options are those of
// a table. What stands behind an option goes to whoever made the table.

import { Command as Commander, Option } from "commander";
import { helpConfiguration } from "./help_style.ts";
import type { OptionSpec } from "./option_spec.ts";

/** Without options; operands are gathered in `args`. */
export function commanderProgram(name: string, usage: string): Commander {
  return new Commander(name)
    .exitOverride()
    .configureOutput({ writeErr: () => {}, writeOut: () => {} })
    .configureHelp(helpConfiguration)
    .helpOption(false)
    .allowExcessArguments()
    .argument("[operands...]")
    .usage(usage)
    .action(() => {});
}

type ShownOption = Pick<OptionSpec, "group" | "flags" | "aliases" | "value" | "valueIsOptional" | "help">;

/** Adds an option in all its spellings; `onGiven` gets the spelling, and null where a value is missing or not taken. */
export function addOption(
  program: Commander,
  { group, flags, aliases, value, valueIsOptional, help }: ShownOption,
  onGiven: (spelling: string, text: string | null) => void,
): void {
  for (const spelling of [flags, ...aliases]) {
    const option = new Option(notation(spelling, valueIsOptional ? `=${value}` : value), help).helpGroup(group);
    program.addOption(spelling === flags ? option : option.hideHelp());
    program.on(`option:${option.name()}`, (text: string | null) => onGiven(spelling, text));
  }
}

/** Values are optional to commander, so that a following option is never taken for the value. */
export function notation(flags: string, value: string | undefined): string {
  return value === undefined ? flags : `${flags} [${value}]`;
}
