// The command line that goes on with an encode that was stopped: what was typed, without what would begin anew.

import { shellQuote } from "./shell_quote.ts";

/** `args` are the words behind the program's name; `program` is how it was called. */
export function continuingCommand(args: readonly string[], program: string): string {
  const dashes = args.includes("--") ? args.indexOf("--") : args.length;
  const words = args.flatMap((word, index) => {
    if (index > dashes) return [word];
    if (word === "--restart") return [];
    return word === "--overwrite" ? ["-y"] : [word];
  });
  return [program, ...words.map(shellQuote)].join(" ");
}
