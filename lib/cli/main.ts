// One run of the program, from its arguments to its exit code. Commands are loaded when they are wanted, so that --help
// and every refusal cost milliseconds. An ExitError is one line on standard error and its own code; anything else
// thrown is a fault of the program itself, is said so, and is exit 1. Stacks are for --verbose.

import type { LibraryInfo } from "../../ffi/library.ts";
import { ExitError, UsageError } from "../errors.ts";
import type { Command, EncodeCommand, ProxiesCommand, ScenesCommand, WorkerCommand } from "./command.ts";
import { keepHangUpIgnored } from "./ignored_signals.ts";
import { parseEncode } from "./parse_encode.ts";
import { calledAsTask } from "./program_name.ts";
import { withCommandOfName } from "./called_name.ts";
import { writeStdout } from "./standard_streams.ts";
import { flushStderr, queueStderr } from "./stderr_queue.ts";
import { systemReason } from "./system_reason.ts";

/** What main starts, each loaded by the call. */
export interface Parts {
  /** Returns the exit code. */
  encode(command: EncodeCommand): Promise<number>;
  /** Returns the exit code. */
  scenes(command: ScenesCommand): Promise<number>;
  /** Returns the exit code. */
  proxies(command: ProxiesCommand): Promise<number>;
  /** Returns the exit code, when the service has ended. */
  worker(command: WorkerCommand): Promise<number>;
  /** undefined where no library is built yet. */
  libraryInfo(): Promise<LibraryInfo | undefined>;
}

/** Runs the command line and returns the exit code; throws nothing. */
export async function main(args: readonly string[], parts: Parts): Promise<number> {
  let verbose = false, json = false;
  try {
    goToCallersFolder();
    const words = withCommandOfName(args);
    const command = parseEncode(words) ?? (await import("./parse.ts")).parseCommandLine(words);
    const sharesProcess = command.command === "several" || command.command === "proxies";
    const messages = sharesProcess ? command.encode : "verbose" in command ? command : undefined;
    if (messages !== undefined) {
      verbose = messages.verbose;
      json = messages.progress === "json" && !messages.quiet;
    }
    return await run(command, parts);
  } catch (error) {
    return reportError(error, verbose, json, await journalPrefix());
  } finally {
    // What was said last must be out before the process is left.
    await flushStderr();
  }
}

async function run(command: Command, parts: Parts): Promise<number> {
  switch (command.command) {
    case "help":
      writeStdout(command.text);
      return 0;
    case "version": {
      const { versionText } = await import("./version.ts");
      writeStdout(versionText(await parts.libraryInfo()));
      return 0;
    }
    case "status":
      return (await import("./status_command.ts")).statusCommand(command);
    case "worker-init":
      return await (await import("./worker_init_command.ts")).workerInitCommand(command);
    case "check-workers":
      return await (await import("./check_workers_command.ts")).checkWorkersCommand(command);
    case "licenses": {
      const { licensesText } = await import("./licenses.ts");
      writeStdout(await licensesText());
      return 0;
    }
    case "worker-install":
      return await (await import("./worker_install_command.ts")).workerInstallCommand(command);
    case "man":
      writeStdout((await import("./documents/man_page.ts")).manPage());
      return 0;
    case "completion":
      writeStdout((await import("./documents/completion.ts")).completion(command.shell));
      return 0;
    case "encode":
      // Before anything that listens for signals is loaded.
      keepHangUpIgnored();
      return await parts.encode(command);
    case "proxies":
      keepHangUpIgnored();
      return await parts.proxies(command);
    case "several":
      keepHangUpIgnored();
      return await (await import("./several/several_command.ts")).severalCommand(command);
    case "scenes":
      keepHangUpIgnored();
      return await parts.scenes(command);
    case "worker":
      keepHangUpIgnored();
      return await parts.worker(command);
  }
}

/** What makes a line an error where standard error is systemd's journal; else nothing. */
async function journalPrefix(): Promise<string> {
  if (!Deno.env.has("JOURNAL_STREAM")) return "";
  const { levelPrefix, stderrIsJournal } = await import("../machine/journal.ts");
  return stderrIsJournal() ? levelPrefix("error") : "";
}

/**
 * Says what went wrong, as a line of --progress json (progress/json.ts) if need be, else with `prefix` in front; returns the
 * exit code it deserves.
 */
export function reportError(error: unknown, verbose: boolean, json = false, prefix = ""): number {
  const cause = originalError(error);
  const isOurs = cause instanceof ExitError;
  const message = cause instanceof Error ? cause.message : String(cause);
  const oneLine = message.trim().replace(/\s*\n\s*/g, "; ");
  const advice = verbose ? "please report it with its stack" : "please report it, run again with --verbose";
  const text = isOurs ? oneLine : `internal error: ${oneLine}; ${advice}`;
  const stack = verbose ? error instanceof Error ? Deno.inspect(error, { colors: false }) : String(error) : undefined;
  if (json) queueStderr(`${JSON.stringify({ type: "message", kind: "error", text, stack })}\n`);
  else queueStderr(`${prefix}rav1e-by-gop: ${text}\n${stack === undefined ? "" : `${stack}\n`}`);
  return isOurs ? cause.exitCode : 1;
}

/** What was thrown first, where closing things on the way out (`using`) threw again. */
function originalError(error: unknown): unknown {
  while (error instanceof SuppressedError && !(error instanceof ExitError)) error = error.suppressed;
  return error;
}

/** `deno task` runs in the project's folder; relative paths mean the folder its user stands in. */
function goToCallersFolder(): void {
  const folder = Deno.env.get("RAV1E_BY_GOP_CWD");
  if (!folder) return;
  // Not handed on: to a program started from here it would mean something else.
  Deno.env.delete("RAV1E_BY_GOP_CWD");
  calledAsTask();
  try {
    Deno.chdir(folder);
  } catch (error) {
    throw new UsageError(`Cannot work in ${folder}: ${systemReason(error)}`, { cause: error });
  }
}
