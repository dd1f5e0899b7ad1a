// How options look in every --help. Apart from the texts (help.ts), which are made from the commands that are shown so.

import type { HelpConfiguration } from "commander";

/** Of the widest line. */
export const columns = 80;

export const helpConfiguration: HelpConfiguration = {
  helpWidth: columns,
  // All values are needed; parse.ts tells commander that they are optional and checks them itself.
  optionTerm: (option) => option.flags.replace(/ \[(=.*)\]$/, "[$1]").replace(/ \[([^=].*)\]$/, " <$1>"),
  // The usage line says what the operands are.
  visibleArguments: () => [],
};
