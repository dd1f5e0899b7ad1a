// Which outputs of a command for several inputs are complete, kept in a small file until all of them are: the same command
// again leaves them alone, also with -y, and encodes the rest. An output counts only as long as it, its input and the options
// are what they were. The file is read and written anew for each output that is finished: other commands for the same folder,
// unfinished or running, have theirs in it, too. One that cannot be read is as good as none, since outputs that are there are
// not overwritten without -y.

import { resolve } from "node:path";
import { removeIfThere } from "../../machine/files.ts";
import type { EncodeCommand } from "../command.ts";
import { readJsonLines, writeJsonLines } from "../json_lines.ts";

interface CompleteOutput {
  readonly output: string;
  readonly outputFile: string;
  readonly input: string;
  readonly inputFile: string;
  readonly options: string;
}

export const recordName = ".rav1e-by-gop.queue";

export class CompleteRecord {
  readonly #path: string | undefined;
  /** As other runs have left them, by output. */
  #before: ReadonlyMap<string, CompleteOutput>;

  /** `path`: where it is kept; undefined where nothing can be. */
  constructor(path: string | undefined) {
    this.#path = path;
    this.#before = path === undefined ? new Map() : read(path);
  }

  /** Looks at what other runs have completed meanwhile. */
  refresh(): void {
    if (this.#path !== undefined) this.#before = read(this.#path);
  }

  /** Whether an earlier run has made this output of this input in the same way. */
  has(command: EncodeCommand): boolean {
    const entry = this.#before.get(resolve(command.output));
    return entry !== undefined && JSON.stringify(entry) === JSON.stringify(describe(command));
  }

  /** The output has its name. Throws IncompleteError where that cannot be written down. */
  add(command: EncodeCommand): void {
    const entry = describe(command);
    if (entry === undefined || this.#path === undefined) return;
    writeJsonLines(this.#path, read(this.#path).set(entry.output, entry).values());
  }

  /** All of these are complete: the next run of them begins anew. Throws IncompleteError as `add`. */
  remove(commands: readonly EncodeCommand[]): void {
    if (this.#path === undefined) return;
    const entries = read(this.#path);
    for (const { output } of commands) entries.delete(resolve(output));
    if (entries.size === 0) removeIfThere(this.#path);
    else writeJsonLines(this.#path, entries.values());
  }
}

function describe(command: EncodeCommand): CompleteOutput | undefined {
  const outputFile = fileState(command.output), inputFile = fileState(command.input);
  if (outputFile === undefined || inputFile === undefined) return undefined;
  return {
    output: resolve(command.output),
    outputFile,
    input: resolve(command.input),
    inputFile,
    options: JSON.stringify(whatDecides(command)),
  };
}

/** Every option that the output's bytes follow from; scene lists and zones are of one input. */
function whatDecides(command: EncodeCommand) {
  const { options, timeBase, skip, limit, forceKeyframes, format, audio, subtitles } = command;
  const { described, inputVia, bitDepth, videoFilter } = command;
  return {
    ...{ options, timeBase, skip, limit, forceKeyframes, format, audio, subtitles },
    ...{ described, inputVia, bitDepth, videoFilter },
  };
}

/** Size and time of change; undefined where there is no file. */
function fileState(path: string): string | undefined {
  try {
    const { isFile, size, mtime } = Deno.statSync(path);
    return isFile ? `${size} bytes ${mtime?.toISOString()}` : undefined;
  } catch {
    return undefined;
  }
}

/** By output. */
function read(path: string): Map<string, CompleteOutput> {
  const entries = readJsonLines(path).filter((entry) =>
    ["output", "outputFile", "input", "inputFile", "options"].every((key) => typeof entry[key] === "string")
  ) as unknown as CompleteOutput[];
  return new Map(entries.map((entry) => [entry.output, entry]));
}
