// Every command with its options, as --help, the manual page and the completions show them. The options are those that
// the commands themselves read: nothing is listed here that is not served, and nothing served is missing.

import { checkWorkersOptions } from "./check_workers_options.ts";
import type { FewOption } from "./few_options.ts";
import type { OptionSpec } from "./option_spec.ts";
import { answers, encodeOptions } from "./option_table.ts";
import { proxiesOptions } from "./proxies_options.ts";
import { scenesOptions } from "./scenes_options.ts";
import { statusOptions } from "./status_options.ts";
import { workerInitOptions } from "./worker_init_options.ts";
import { workerInstallOptions } from "./worker_install_options.ts";
import { workerOptions } from "./worker_options.ts";

/** What documents need of an option. */
export type ListedOption = Omit<OptionSpec, "apply">;

export interface ListedCommand {
  /** The words behind the program's name; "" for the encode. */
  readonly name: string;
  /** What follows the name, as in a synopsis. */
  readonly operands: string;
  /** What it does: a clause. */
  readonly summary: string;
  /** Whether operands are files. */
  readonly takesFiles: boolean;
  readonly options: readonly ListedOption[];
}

export const commandList: readonly [ListedCommand, ...ListedCommand[]] = [
  {
    name: "",
    operands: "<INPUT> -o <OUTPUT> [options]",
    summary: "encode a video",
    takesFiles: true,
    options: [...encodeOptions, ...answers],
  },
  {
    name: "scenes",
    operands: "<INPUT> [-o <FILE>] [options]",
    summary: "write the keyframes as JSON, for --scenes; scenes --help lists the options that decide them",
    takesFiles: true,
    options: scenesOptions,
  },
  {
    name: "proxies",
    operands: "<INPUT> -o <DIR> [options]",
    summary: "encode a video in several sizes that match it frame for frame; proxies --help lists the options",
    takesFiles: true,
    options: proxiesOptions,
  },
  {
    name: "status",
    operands: "<OUTPUT> [--state-dir <DIR>] [--json]",
    summary: "show how far an unfinished encode is, also while it runs",
    takesFiles: true,
    options: listed(statusOptions),
  },
  {
    name: "worker",
    operands: "[options]",
    summary: "encode for others over the network; worker --help lists its options",
    takesFiles: false,
    options: workerOptions,
  },
  {
    name: "worker init",
    operands: "[<DIR>] [--tls] [--host <NAME>] [--port <N>]",
    summary:
      "make a password, and with --tls a certificate, for a worker on this machine, and print what workers.toml needs",
    takesFiles: true,
    options: listed(workerInitOptions),
  },
  {
    name: "worker install",
    operands: "[<DIR>] [options] [-- <WORKER OPTIONS>]",
    summary:
      "make the worker a service of this machine's systemd, with what worker init made in DIR, or show how it would be",
    takesFiles: true,
    options: listed(workerInstallOptions),
  },
  {
    name: "check-workers",
    operands: "[--workers <FILE>] [--json]",
    summary: "try every worker of workers.toml",
    takesFiles: false,
    options: listed(checkWorkersOptions),
  },
];

function listed(options: readonly FewOption[]): ListedOption[] {
  return options.map(({ flags, value, help }) => ({ group: "Options:", flags, aliases: [], value, help }));
}

/** The commands behind a word, those of two words first, so that "worker install" is not taken for "worker". */
export const namedCommands: readonly ListedCommand[] = commandList.slice(1).toSorted(
  (a, b) => b.name.split(" ").length - a.name.split(" ").length,
);

/** What may stand first on a command line: a command of its own (with its summary), or the beginning of others. */
export function firstWords(): { word: string; summary: string; seconds: { word: string; summary: string }[] }[] {
  const words = [...new Set(commandList.slice(1).map(({ name }) => name.split(" ")[0]!))];
  return words.map((word) => {
    const own = commandList.find(({ name }) => name === word);
    const seconds = commandList.filter(({ name }) => name.startsWith(`${word} `))
      .map(({ name, summary }) => ({ word: name.slice(word.length + 1), summary }));
    return { word, summary: own?.summary ?? seconds.map((second) => second.word).join(", "), seconds };
  });
}

/** All spellings of an option, aliases behind: ["-q", "--quantizer", "--qp"]. */
export function spellings({ flags, aliases }: Pick<ListedOption, "flags" | "aliases">): string[] {
  return [...flags.split(", "), ...aliases];
}
