// From the words of a command line to a checked Command: grammar.ts splits them into options, values and operands,
// option_table.ts says what each option means, here the whole is judged. A setting given twice:
// the last one counts, as in most encoders, so that a script's own choice can be corrected behind it. Whatever cannot
// be served is a UsageError of one line; nothing here writes or exits, and no file is touched but the film grain table;
// whether the output is a directory is looked at.

import { type Command as Commander, CommanderError } from "commander";
import { UsageError } from "../errors.ts";
import {
  type Command,
  type EncodeCommand,
  type EncodeDraft,
  progressOf,
  type SeveralCommand,
  timeBaseOf,
} from "./command.ts";
import { refuseContradictions, refuseForSeveral } from "./contradictions.ts";
import { readFilmGrainTable } from "./film_grain_file.ts";
import { newDraft } from "./encode_draft.ts";
import { asUsageError, commandLineGrammar } from "./grammar.ts";
import { encodeOptions } from "./option_table.ts";
import { helpEpilogue, helpPrologue } from "./help.ts";
import { parseProxies } from "./proxies_options.ts";
import { parseStatus } from "./status_options.ts";
import { parseCheckWorkers } from "./check_workers_options.ts";
import { parseWorkerInit } from "./worker_init_options.ts";
import { unservedCommands } from "./unserved_options.ts";
import { scenesCommand } from "./scenes_options.ts";
import { describedBy } from "../inputs/source_facts.ts";
import { fileName, shown } from "./values.ts";
import { parseWorkerInstall } from "./worker_install_options.ts";
import { parseWorker } from "./worker_options.ts";

/** Parses the words behind the program's name. Throws a UsageError. */
export function parseCommandLine(args: readonly string[]): Command {
  if (args[0] === "help") return { command: "help", text: helpText() };
  const asksForHelp = wantsHelp(args);
  if (args[0] === "status" && !asksForHelp) return parseStatus(args.slice(1));
  if (args[0] === "worker" && args[1] === "init") {
    return asksForHelp ? { command: "help", text: helpText() } : parseWorkerInit(args.slice(2));
  }
  if (args[0] === "worker" && args[1] === "install") {
    return asksForHelp ? { command: "help", text: helpText() } : parseWorkerInstall(args.slice(2));
  }
  if (args[0] === "check-workers" && !asksForHelp) return parseCheckWorkers(args.slice(1));
  if (args[0] === "worker") return parseWorker(args.slice(1));
  if (args[0] === "proxies") return parseProxies(args.slice(1));
  refuseUnservedCommand(args[0]);
  const draft = newDraft();
  const program = commandLineGrammar(draft);
  const dashes = args.includes("--") ? args.indexOf("--") : args.length;
  const operands = operandsOf(program, args.slice(0, dashes));
  if (draft.given.has("help")) return { command: "help", text: helpText() };
  if (draft.given.has("version")) return { command: "version" };
  if (draft.given.has("licenses")) return { command: "licenses" };
  if (draft.given.has("man")) return { command: "man" };
  if (draft.completion !== undefined) return { command: "completion", shell: draft.completion };
  refuseUnservedCommand(operands[0]);
  // Behind "--" every word is a file.
  const files = args.slice(dashes + 1);
  if (operands[0] === "scenes") return scenesCommand(draft, [...operands.slice(1), ...files]);
  return finished(draft, [...operands, ...files]);
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

function operandsOf(program: Commander, args: readonly string[]): string[] {
  try {
    program.parse(args.map(asCommanderReads), { from: "user" });
    return program.args;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    throw asUsageError(program, error);
  }
}

const optionalValues = new Set(encodeOptions.filter((spec) => spec.valueIsOptional).map(({ flags }) => flags));

/** "-s=6" is "-s6", as rav1e takes it; an option that may stand alone does not take the word that follows. */
function asCommanderReads(word: string): string {
  return optionalValues.has(word) ? `${word}=` : word.replace(/^(-[A-Za-z])=(?=.)/s, "$1");
}

function refuseUnservedCommand(word: string | undefined): void {
  const reason = word === undefined ? undefined : unservedCommands.get(word);
  if (reason === undefined) return;
  throw new UsageError(`${word}: ${reason}; a file of that name is written ./${word}`);
}

function finished(draft: EncodeDraft, operands: string[]): EncodeCommand | SeveralCommand {
  const {
    given,
    completion: _shell,
    command: _command,
    queue,
    output,
    frameRate: _rate,
    timeScale: _scale,
    progress: _progress,
    ...rest
  } = draft;
  const [input, extra] = operands;
  if (input === undefined && queue === null) {
    throw new UsageError("no input; say rav1e-by-gop INPUT.y4m -o OUTPUT.ivf (--help lists all options)");
  }
  for (const operand of operands) fileName("input", operand);
  const isSeveral = queue !== null || output !== undefined && isFolder(output);
  if (extra !== undefined && !isSeveral) {
    const advice = output === undefined ? "the output goes behind -o" : "names with spaces need quotes";
    throw new UsageError(
      `unexpected argument ${shown(extra)}: there is one input, ${shown(input!)}; ${advice}; several inputs need a ` +
        "directory behind -o, which must exist",
    );
  }
  if (output === undefined && queue === null) throw new UsageError("no output; add -o OUTPUT.ivf");
  refuseContradictions(draft);
  if (draft.filmGrainTablePath !== null) {
    rest.options.filmGrainTable = readFilmGrainTable("--film-grain-table", draft.filmGrainTablePath);
  }
  const encode = { ...rest, timeBase: timeBaseOf(draft), progress: progressOf(draft), described: describedBy(given) };
  if (!isSeveral) return { ...encode, command: "encode", input: input!, output: output! };
  refuseForSeveral(draft, operands);
  return { command: "several", inputs: operands, queue, folder: output, encode };
}

function isFolder(path: string): boolean {
  try {
    return path.endsWith("/") || Deno.statSync(path).isDirectory;
  } catch {
    // What is wrong with it is found out when it is opened.
    return false;
  }
}
