// The words behind `status`: one output, and two options. Few enough to be read without a grammar; the messages are those
// of the encode command's.

import { UsageError } from "../errors.ts";
import type { StatusCommand } from "./command.ts";
import { fileName, shown, twice } from "./values.ts";

/** Throws a UsageError. */
export function parseStatus(words: readonly string[]): StatusCommand {
  const operands: string[] = [];
  let stateDir: string | undefined, json = false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (word === "--") {
      operands.push(...words.slice(at + 1));
      break;
    }
    const [, joined] = /^--state-dir=(.*)$/s.exec(word) ?? [];
    if (word === "--json") json = true;
    else if (joined !== undefined) stateDir = fileName("--state-dir", joined);
    else if (word === "--state-dir") {
      const next = words[++at];
      if (next === undefined) throw new UsageError("--state-dir needs a directory");
      stateDir = fileName(word, next);
    } else if (word.startsWith("-") && word !== "-") {
      throw new UsageError(`unknown option ${shown(word)}; status takes --state-dir DIR and --json`);
    } else operands.push(word);
  }
  const [output, other] = operands;
  if (output === undefined) throw new UsageError("no output; say rav1e-by-gop status OUTPUT.ivf");
  if (other !== undefined) throw twice("output", output, other);
  if (output === "-") throw new UsageError("status -: standard output has no resume file");
  return { command: "status", output: fileName("output", output), stateDir, json };
}
