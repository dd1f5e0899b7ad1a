// The words behind `status`: one output, and two options.

import { UsageError } from "../errors.ts";
import type { StatusCommand } from "./command.ts";
import { type FewOption, readFewOptions } from "./few_options.ts";
import { fileName, twice } from "./values.ts";

export const statusOptions: readonly FewOption[] = [
  { flags: "--state-dir", value: "DIR", help: "where the encode's --state-dir is" },
  { flags: "--json", help: "for programs: one JSON object" },
];

/** Throws a UsageError. */
export function parseStatus(words: readonly string[]): StatusCommand {
  const { operands: [output, other], values } = readFewOptions("status", statusOptions, words);
  if (output === undefined) throw new UsageError("no output; say rav1e-by-gop status OUTPUT.ivf");
  if (other !== undefined) throw twice("output", output, other);
  if (output === "-") throw new UsageError("status -: standard output has no resume file");
  return {
    command: "status",
    output: fileName("output", output),
    stateDir: values.get("--state-dir"),
    json: values.has("--json"),
  };
}
