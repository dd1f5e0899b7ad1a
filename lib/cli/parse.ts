// From the words of any command line to a checked Command. What an encode's mean is parse_encode.ts's business, which is all
// that most starts load; this file knows the other commands, and help.

import type { Command } from "./command.ts";
import { parseCheckWorkers } from "./check_workers_options.ts";
import { commandHelp } from "./command_help.ts";
import { type ListedCommand, namedCommands } from "./command_list.ts";
import { commandLineGrammar } from "./grammar.ts";
import { helpEpilogue, helpPrologue } from "./help.ts";
import { encodeWords, newDraft, parseEncode } from "./parse_encode.ts";
import { parseProxies } from "./proxies_options.ts";
import { scenesCommand } from "./scenes_options.ts";
import { parseStatus } from "./status_options.ts";
import { parseWorkerInit } from "./worker_init_options.ts";
import { parseWorkerInstall } from "./worker_install_options.ts";
import { parseWorker } from "./worker_options.ts";

/** Parses the words behind the program's name. Throws a UsageError. */
export function parseCommandLine(args: readonly string[]): Command {
  if (args[0] === "help") {
    return args.length === 1 ? { command: "help", text: helpText() } : parseCommandLine([...args.slice(1), "--help"]);
  }
  const asked = wantsHelp(args) ? commandOf(args) : undefined;
  if (asked !== undefined) return { command: "help", text: commandHelp(asked) };
  if (args[0] === "status") return parseStatus(args.slice(1));
  if (args[0] === "worker" && args[1] === "init") return parseWorkerInit(args.slice(2));
  if (args[0] === "worker" && args[1] === "install") return parseWorkerInstall(args.slice(2));
  if (args[0] === "check-workers") return parseCheckWorkers(args.slice(1));
  if (args[0] === "worker") return parseWorker(args.slice(1));
  if (args[0] === "proxies") return parseProxies(args.slice(1));
  const command = parseEncode(args);
  if (command !== undefined) return command;
  const { draft, operands, files } = encodeWords(args);
  if (draft.given.has("help")) return { command: "help", text: helpText() };
  return scenesCommand(draft, [...operands.slice(1), ...files]);
}

/** The command that the first words are, of those whose help is made from the list alone. */
function commandOf(args: readonly string[]): ListedCommand | undefined {
  const found = namedCommands.find(({ name }) => name.split(" ").every((word, at) => args[at] === word));
  return found?.name === "worker" || found?.name === "proxies" ? undefined : found;
}

/** Behind "--" they are words like others. */
function wantsHelp(args: readonly string[]): boolean {
  const words = args.includes("--") ? args.slice(0, args.indexOf("--")) : args;
  return words.includes("--help") || words.includes("-h");
}

/** The text of --help: 80 columns, newline at the end. */
export function helpText(): string {
  return helpPrologue + commandLineGrammar(newDraft()).helpInformation() + helpEpilogue();
}
