// Runs a program that answers and ends (ffprobe, a version): its answer is bounded, and so is its time. Unlike whoever gives
// us frames it stays in the terminal's group, so that Ctrl-C ends both.

import { InputError } from "../errors.ts";
import { CannotStart, StartedChild } from "../machine/started_child.ts";
import { printable } from "../media/printable.ts";

export interface ToolAnswer {
  readonly code: number;
  /** What ended it, where it did not end by itself. */
  readonly signal: string | null;
  readonly stdout: string;
  /** As it came, up to a limit. */
  readonly stderr: string;
  /** The last lines of that, printable. */
  readonly errors: readonly string[];
  /** Why it was ended: what `refuse` made of its errors. */
  readonly refusal?: string;
}

/** What its errors, as far as they came, say that there is no use in waiting; undefined for nothing. */
export type Refuse = (errors: string) => string | undefined;

const mostBytes = 16 * 1024 * 1024;
const mostErrorChars = 64 * 1024;
const errorLines = 3;
const lineChars = 200;
const endsWithinMs = 60_000;

/** undefined where there is no such program. Throws InputError where it does not end or says too much. */
export async function runTool(
  program: string,
  args: readonly string[],
  refuse: Refuse = () => undefined,
): Promise<ToolAnswer | undefined> {
  let said = "", why: string | undefined, refusal: string | undefined;
  let child: StartedChild;
  const onSaid = (text: string) => {
    said += text.slice(0, mostErrorChars - said.length);
    refusal ??= refuse(said);
    if (refusal !== undefined) child.kill();
  };
  try {
    child = new StartedChild({ program, args, hasOwnSession: false, onSaid });
  } catch (error) {
    if (!(error instanceof CannotStart)) throw error;
    if (error.isMissing) return undefined;
    throw new InputError(`Cannot start ${program}: ${printable(error.message)}`, { cause: error });
  }
  const stop = (reason: string) => {
    why ??= reason;
    child.kill();
  };
  const timer = setTimeout(() => stop(`it did not end in ${endsWithinMs / 1000} s`), endsWithinMs);
  const [stdout, { code, signal }] = await Promise.all([
    textOf(child.stdout, mostBytes, () => stop(`it said more than ${mostBytes} bytes`)),
    child.status,
    child.said,
  ]);
  clearTimeout(timer);
  const lines = said.split(/[\r\n]+/).map((line) => printable(line.trim(), lineChars)).filter((line) => line !== "");
  const errors = [...new Set(lines)].slice(-errorLines);
  if (refusal !== undefined) return { code, signal, stdout, stderr: said, errors, refusal };
  if (why !== undefined) throw new InputError(`Cannot use what ${program} says: ${[why, ...errors].join("; ")}`);
  return { code, signal, stdout, stderr: said, errors };
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
