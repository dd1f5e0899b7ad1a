// What of which machines is used, and how long it is waited for. The daemon takes some of these as well.

import { defaultStallSeconds, timesTheSlowest } from "../../encode/stall_watch.ts";
import { encodeDefaults, memoryUses } from "../command.ts";
import { most, option, type OptionSpec, section, selection, withOptionalValue } from "../option_spec.ts";
import * as values from "../values.ts";

/** Ten years; a timer's milliseconds stay exact. */
export const mostSeconds = 315_360_000;

export const machineOptions: readonly OptionSpec[] = [
  ...section("Machine:", [
    option(
      "--threads",
      "N",
      "segments encoded at once, never above the logical CPUs (the default); cores: the physical " +
        "cores (also --local-workers)",
      (draft, name, text) => {
        draft.threads = threads(name, text);
      },
      "--local-workers",
    ),
    selection(
      "--memory",
      "USE",
      memoryUses,
      `light, heavy or unlimited: how much is taken (default ${encodeDefaults.memory})`,
      (draft, use) => draft.memory = use,
    ),
    option("--one-reader", undefined, "read a file as a pipe: once, from start to end", (draft) => {
      draft.oneReader = true;
    }),
    withOptionalValue(option(
      "--tmp-input",
      "DIR",
      "what a pipe has sent may wait in a temporary file in DIR (default beside the output), not only in memory",
      (draft, name, text) => {
        draft.tmpInput = { folder: text === "" ? undefined : values.fileName(name, text) };
      },
    )),
    option(
      "--stall-timeout",
      "SECONDS",
      `a slot without progress for so long loses its segment to another (default ${defaultStallSeconds}, and never ` +
        `below ${timesTheSlowest} times the slowest step so far)`,
      (draft, name, text) => {
        draft.stallTimeout = values.wholeNumber(name, text, 1, mostSeconds);
      },
    ),
  ]),
  ...section("Other machines:", [
    option("--workers", "FILE", "workers as in FILE (default ./workers.toml, if it is there)", (draft, name, text) => {
      draft.workers = { kind: "file", path: values.fileName(name, text) };
    }),
    option("--no-workers", undefined, "this machine alone, whatever ./workers.toml says", (draft) => {
      draft.workers = { kind: "none" };
    }),
    option("--no-local", undefined, "the workers alone; this machine only reads and writes", (draft) => {
      draft.noLocal = true;
    }),
    option(
      "--worker-timeout",
      "SECONDS",
      "give up when nothing could be encoded anywhere for so long; the same command goes on later (default " +
        `${encodeDefaults.workerTimeout})`,
      (draft, name, text) => {
        draft.workerTimeout = values.wholeNumber(name, text, 1, mostSeconds);
      },
    ),
  ]),
];

/** 0 is rav1e's way of saying "as many as there are". */
export function threads(name: string, text: string): number | "cores" | undefined {
  if (text.toLowerCase() === "cores") return "cores";
  if (!/^[0-9]+$/.test(text)) throw values.usage(name, text, "must be a whole number, or cores");
  const count = values.wholeNumber(name, text, 0, most);
  return count === 0 ? undefined : count;
}
