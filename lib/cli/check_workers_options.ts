// The words behind `check-workers`.

import { UsageError } from "../errors.ts";
import type { CheckWorkersCommand } from "./command.ts";
import { readWords } from "./command_words.ts";
import { fileName, shown } from "./values.ts";

/** Throws a UsageError. */
export function parseCheckWorkers(words: readonly string[]): CheckWorkersCommand {
  const { operands: [extra], switches, values } = readWords(words, {
    command: "check-workers",
    switches: ["--json"],
    options: { "--workers": "a file name; one that begins with a dash is written ./-name" },
  });
  if (extra !== undefined) {
    throw new UsageError(`unexpected argument ${shown(extra)}: a file is named by --workers ${shown(extra)}`);
  }
  const path = values.get("--workers");
  return {
    command: "check-workers",
    workers: path === undefined ? { kind: "default" } : { kind: "file", path: fileName("--workers", path) },
    json: switches.has("--json"),
  };
}
