// From the words of an encode's command line to a checked EncodeCommand: grammar.ts splits them into options, values and
// operands, option_table.ts says what each option means, here the whole is judged. A setting given twice: the last one
// counts, as in most encoders, so that a script's own choice can be corrected behind it. Whatever cannot be served is a
// UsageError of one line; nothing here writes or exits, and no file is touched but the film grain table; whether the output is a
// directory is looked at. What only other commands need is not loaded here, since every start waits for it (parse.ts).

import { type Command as Commander, CommanderError } from "commander";
import { defaultOptions } from "../encode/settings.ts";
import { UsageError } from "../errors.ts";
import { describedBy } from "../inputs/source_facts.ts";
import {
  type Command,
  type EncodeCommand,
  encodeDefaults,
  type EncodeDraft,
  progressOf,
  type SeveralCommand,
  timeBaseOf,
} from "./command.ts";
import { refuseContradictions, refuseForSeveral } from "./contradictions.ts";
import { readFilmGrainTable } from "./film_grain_file.ts";
import { asUsageError, commandLineGrammar } from "./grammar.ts";
import { encodeOptions } from "./option_table.ts";
import { unservedCommands } from "./unserved_options.ts";
import { fileName, shown } from "./values.ts";

/** Words that begin another command line than an encode's. */
const otherCommands: ReadonlySet<string | undefined> = new Set([
  "help",
  "status",
  "worker",
  "check-workers",
  "proxies",
]);

/** An encode's command line, as the grammar has it. */
export interface EncodeWords {
  readonly draft: EncodeDraft;
  /** What is no option and no option's value. */
  readonly operands: readonly string[];
  /** The words behind "--", every one a file. */
  readonly files: readonly string[];
}

/**
 * Parses the words behind the program's name where they ask for an encode, or for an answer that is at hand; undefined where
 * they ask for another command or for help. Throws a UsageError.
 */
export function parseEncode(args: readonly string[]): Command | undefined {
  if (otherCommands.has(args[0])) return undefined;
  const { draft, operands, files } = encodeWords(args);
  if (draft.given.has("help")) return undefined;
  if (draft.given.has("version")) return { command: "version" };
  if (draft.given.has("licenses")) return { command: "licenses" };
  if (draft.given.has("man")) return { command: "man" };
  if (draft.completion !== undefined) return { command: "completion", shell: draft.completion };
  refuseUnservedCommand(operands[0]);
  return operands[0] === "scenes" ? undefined : finished(draft, [...operands, ...files]);
}

/** Throws a UsageError. */
export function encodeWords(args: readonly string[]): EncodeWords {
  refuseUnservedCommand(args[0]);
  const draft = newDraft(), dashes = args.includes("--") ? args.indexOf("--") : args.length;
  const operands = operandsOf(commandLineGrammar(draft), args.slice(0, dashes));
  return { draft, operands, files: args.slice(dashes + 1) };
}

/** What holds of an encode before its options are read. */
export function newDraft(): EncodeDraft {
  return {
    command: "encode",
    output: undefined,
    format: undefined,
    audio: "copy",
    subtitles: "copy",
    queue: null,
    options: { ...defaultOptions },
    filmGrainTablePath: null,
    frameRate: undefined,
    timeScale: undefined,
    skip: encodeDefaults.skip,
    limit: encodeDefaults.limit,
    completion: undefined,
    expectFrames: undefined,
    scenes: null,
    forceKeyframes: [],
    zones: null,
    threads: undefined,
    memory: encodeDefaults.memory,
    overwrite: false,
    resume: "auto",
    stateDir: undefined,
    oneReader: false,
    inputVia: undefined,
    bitDepth: undefined,
    videoFilter: undefined,
    tmpInput: undefined,
    workers: { kind: "default" },
    noLocal: false,
    workerTimeout: encodeDefaults.workerTimeout,
    stallTimeout: undefined,
    progress: undefined,
    quiet: false,
    verbose: false,
    given: new Set(),
  };
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
