// Runs a program that answers and ends (ffprobe, a version): its answer is bounded, and so is its time. Unlike whoever gives
// us frames it stays in the terminal's group, so that Ctrl-C ends both.

import { InputError } from "../errors.ts";
import { printable } from "../media/printable.ts";

export interface ToolAnswer {
  readonly code: number;
  readonly stdout: string;
  /** The last lines of its errors, printable. */
  readonly errors: readonly string[];
}

const mostBytes = 16 * 1024 * 1024;
const mostErrorBytes = 64 * 1024;
const errorLines = 3;
const lineChars = 200;
const endsWithinMs = 60_000;

/** undefined where there is no such program. Throws InputError where it does not end or says too much. */
export async function runTool(program: string, args: readonly string[]): Promise<ToolAnswer | undefined> {
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args: [...args],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      env: { AV_LOG_FORCE_NOCOLOR: "1" },
    }).spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new InputError(`Cannot start ${program}: ${printable(String(error))}`, { cause: error });
  }
  let why: string | undefined;
  const stop = (reason: string) => {
    why ??= reason;
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
  };
  const timer = setTimeout(() => stop(`it did not end in ${endsWithinMs / 1000} s`), endsWithinMs);
  const [stdout, stderr, { code }] = await Promise.all([
    textOf(child.stdout, mostBytes, () => stop(`it said more than ${mostBytes} bytes`)),
    textOf(child.stderr, mostErrorBytes, () => {}),
    child.status,
  ]);
  clearTimeout(timer);
  const lines = stderr.split(/[\r\n]+/).map((line) => printable(line.trim(), lineChars)).filter((line) => line !== "");
  const errors = [...new Set(lines)].slice(-errorLines);
  if (why !== undefined) throw new InputError(`Cannot use what ${program} says: ${[why, ...errors].join("; ")}`);
  return { code, stdout, errors };
}

/** All of a stream; of a longer one the first `most` bytes, and the rest is dropped. */
async function textOf(stream: ReadableStream<Uint8Array>, most: number, onMore: () => void): Promise<string> {
  const decoder = new TextDecoder();
  let text = "", bytes = 0;
  for await (const piece of stream) {
    const rest = piece.subarray(0, Math.max(0, most - bytes));
    bytes += piece.length;
    text += decoder.decode(rest, { stream: true });
    if (bytes > most) onMore();
  }
  return text;
}
