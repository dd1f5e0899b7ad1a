// The words behind `check-workers`.

import { UsageError } from "../errors.ts";
import type { CheckWorkersCommand } from "./command.ts";
import { type FewOption, readFewOptions } from "./few_options.ts";
import { fileName, shown } from "./values.ts";

export const checkWorkersOptions: readonly FewOption[] = [
  { flags: "--workers", value: "FILE", help: "the workers of FILE (default ./workers.toml)" },
  { flags: "--json", help: "for programs: one JSON object" },
];

/** Throws a UsageError. */
export function parseCheckWorkers(words: readonly string[]): CheckWorkersCommand {
  const { operands: [extra], values } = readFewOptions("check-workers", checkWorkersOptions, words);
  if (extra !== undefined) {
    throw new UsageError(`unexpected argument ${shown(extra)}: a file is named by --workers ${shown(extra)}`);
  }
  const path = values.get("--workers");
  return {
    command: "check-workers",
    workers: path === undefined ? { kind: "default" } : { kind: "file", path: fileName("--workers", path) },
    json: values.has("--json"),
  };
}
