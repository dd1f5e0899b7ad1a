// Where the video goes, decided before any work and before any file is created: an output that could not be written at
// the end of a night, or that would destroy the input, is refused here. A file is written as `part` beside its place
// and renamed to `path` when complete; a stream (standard output, a pipe, a device) is written straight.

import { accessSync, constants } from "node:fs";
import { basename, dirname } from "node:path";
import type { OutputTarget } from "../encode/output_target.ts";
import { UsageError } from "../errors.ts";
import type { EncodeCommand } from "./command.ts";
import { confirmAtTerminal } from "./confirm.ts";
import { outputFormat } from "./output_format.ts";
import { refuseClosedStdout } from "./standard_streams.ts";
import { systemReason } from "./system_reason.ts";
import { shown } from "./values.ts";

/** What is known of the terminals around the program, and how to ask there. */
export interface Surroundings {
  stdinIsTerminal: boolean;
  stdoutIsTerminal: boolean;
  stderrIsTerminal: boolean;
  /** Asks a question of yes and no; only called with terminals to ask at. */
  confirm(question: string): Promise<boolean>;
}

function surroundingsOfProcess(): Surroundings {
  return {
    stdinIsTerminal: Deno.stdin.isTerminal(),
    stdoutIsTerminal: Deno.stdout.isTerminal(),
    stderrIsTerminal: Deno.stderr.isTerminal(),
    confirm: confirmAtTerminal,
  };
}

const stdoutNames = ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];
/** The longest file name of all usual file systems. */
const longestNameBytes = 255;

type FileTarget = Extract<OutputTarget, { kind: "file" }>;

/**
 * Checks the output, also against the input. An existing one is asked about, unless `mayReplace` says that it was when the
 * encode was begun. Throws UsageError; creates nothing.
 */
export async function checkPaths(
  { output, overwrite, format }: Pick<EncodeCommand, "output" | "overwrite"> & Partial<Pick<EncodeCommand, "format">>,
  inputInfo: Deno.FileInfo | undefined,
  mayReplace: (target: FileTarget) => Promise<boolean> = () => Promise.resolve(false),
  surroundings: Surroundings = surroundingsOfProcess(),
): Promise<OutputTarget> {
  if (stdoutNames.includes(output)) return checkStdout(inputInfo, surroundings);
  if (/^\/(dev|proc\/self)\/fd\/[0-9]+$/.test(output)) return { kind: "stream", path: output, name: output };

  const existing = existingOutput(output);
  if (existing?.isDirectory) throw cannotWrite(output, "it is a directory; name a file in it");
  if (existing?.isFifo || existing?.isCharDevice) {
    checkAccess(output, output, constants.W_OK);
    return { kind: "stream", path: output, name: output };
  }
  if (existing && !existing.isFile) throw cannotWrite(output, "it is neither a file nor a pipe");

  if (output.endsWith("/")) throw cannotWrite(output, "it names a directory; name a file in it");
  outputFormat(output, format, { isStream: false });
  const path = existing ? Deno.realPathSync(output) : output;
  const part = `${path}.part`;
  if (existing && isSameFile(existing, inputInfo)) throw cannotWrite(output, "it is the input; name another file");
  checkFolder(output, path);
  checkPart(output, part, inputInfo);
  if (existing) {
    checkAccess(output, path, constants.W_OK);
    if (!overwrite && !await mayReplace({ kind: "file", path, part })) await askToReplace(output, surroundings);
  }
  return { kind: "file", path, part };
}

function checkStdout(input: Deno.FileInfo | undefined, { stdoutIsTerminal }: Surroundings): OutputTarget {
  const name = "standard output";
  if (stdoutIsTerminal) throw cannotWrite(name, "it is a terminal; redirect it, or name a file after -o");
  refuseClosedStdout();
  const info = statOrUndefined("/dev/fd/1");
  if (info?.isFile && isSameFile(info, input)) throw cannotWrite(name, "it is the input; redirect it elsewhere");
  return { kind: "stream", path: null, name };
}

/** What `output` leads to, undefined when there is nothing yet. */
function existingOutput(output: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(output);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw cannotWrite(output, systemReason(error), error);
  }
  try {
    Deno.lstatSync(output);
  } catch {
    return undefined;
  }
  throw cannotWrite(output, "it is a symbolic link to nothing; remove it");
}

function checkFolder(output: string, path: string): void {
  const folder = dirname(path);
  const info = statOrUndefined(folder);
  if (info === undefined) throw cannotWrite(output, `there is no directory ${shown(folder)}; create it first`);
  if (!info.isDirectory) throw cannotWrite(output, `${shown(folder)} is not a directory`);
  checkAccess(output, folder, constants.W_OK | constants.X_OK);
  const nameBytes = new TextEncoder().encode(`${basename(path)}.part`).length;
  if (nameBytes > longestNameBytes) {
    throw cannotWrite(output, `its name and ".part" are ${nameBytes} bytes, more than ${longestNameBytes}; shorten it`);
  }
}

/** A `.part` of an earlier run is written over, anything else of that name is not. */
function checkPart(output: string, part: string, input: Deno.FileInfo | undefined): void {
  // A link to nothing is a link: opening it would create what it names, wherever that is.
  const isLink = isSymbolicLink(part);
  const info = statOrUndefined(part);
  if (info === undefined && !isLink) return;
  if (info !== undefined && isSameFile(info, input)) {
    throw cannotWrite(output, `${shown(part)}, which it is written to first, is the input; name another file`);
  }
  if (isLink || !info?.isFile) {
    throw cannotWrite(output, `${shown(part)}, which it is written to first, is not a plain file; remove it`);
  }
  checkAccess(output, part, constants.W_OK);
}

async function askToReplace(output: string, surroundings: Surroundings): Promise<void> {
  const { stdinIsTerminal, stderrIsTerminal, confirm } = surroundings;
  if (!stdinIsTerminal || !stderrIsTerminal) throw cannotWrite(output, "it exists; add -y to replace it");
  if (!await confirm(`${shown(output)} exists. Replace it when the encode is complete?`)) {
    throw cannotWrite(output, "it exists and stays; name another file");
  }
}

function checkAccess(output: string, path: string, mode: number): void {
  try {
    accessSync(path, mode);
  } catch (error) {
    const where = path === output ? "" : `${shown(path)}: `;
    throw cannotWrite(output, where + systemReason(error), error);
  }
}

function statOrUndefined(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}

function isSymbolicLink(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSymlink;
  } catch {
    return false;
  }
}

function isSameFile(one: Deno.FileInfo, other: Deno.FileInfo | undefined): boolean {
  return other !== undefined && one.isFile && one.ino !== null && one.ino === other.ino && one.dev === other.dev;
}

function cannotWrite(output: string, why: string, cause?: unknown): UsageError {
  return new UsageError(`Cannot write ${shown(output)}: ${why}`, { cause });
}
