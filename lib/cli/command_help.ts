// The --help of a command that has options of its own, made from the list that the manual page and the completions are made
// from: what it does, its options, and where the rest is said.

import { addOption, commanderProgram } from "./commander_program.ts";
import type { ListedCommand } from "./command_list.ts";
import { wrapped } from "./help.ts";

/** 80 columns, newline at the end. */
export function commandHelp({ name, operands, summary, options }: ListedCommand): string {
  const program = commanderProgram(`rav1e-by-gop ${name}`, operands);
  for (const option of options) addOption(program, option, () => {});
  // What follows it points here.
  const [clause] = summary.split("; ") as [string];
  const sentence = `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`;
  return `${wrapped(sentence, "")}\n\n${program.helpInformation()}\n` +
    "rav1e-by-gop --help lists the other commands, and the exit codes.\n";
}
