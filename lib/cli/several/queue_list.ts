// The inputs of --queue: a text of one input a line, behind a tab its output where it has one of its own. Empty lines and
// lines that begin with # are left out. Names with line ends in them can be given with NUL bytes between the inputs, as
// `find -print0` writes them; then there are no outputs, no comments, and every other byte is the name's.

import { InputError } from "../../errors.ts";
import { quotedPath } from "../../media/printable.ts";
import { readAtMost } from "../read_at_most.ts";
import { systemReason } from "../system_reason.ts";

export interface QueueEntry {
  /** Path as given. */
  readonly input: string;
  /** Path as given; undefined where the folder and the input's name say it. */
  readonly output: string | undefined;
}

/** Some hundred thousand names. */
const mostBytes = 64 * 1024 * 1024;

/** `path`: "-" is standard input. Throws InputError. */
export function readQueue(path: string): QueueEntry[] {
  const name = path === "-" ? "standard input" : quotedPath(path);
  const refuse = (why: string, cause?: unknown) => new InputError(`Cannot read the list ${name}: ${why}`, { cause });
  let bytes: Uint8Array;
  try {
    if (path === "-" && Deno.stdin.isTerminal()) throw new Error("it is a terminal; name a file, or send a list to it");
    bytes = readAtMost(path === "-" ? "/dev/stdin" : path, mostBytes + 1);
  } catch (error) {
    throw refuse(systemReason(error), error);
  }
  if (bytes.length > mostBytes) throw refuse(`it has more than ${mostBytes} bytes; is it a video?`);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw refuse("it is not UTF-8 text, one input a line", error);
  }
  const entries = parseQueue(text, (line, why) => refuse(`line ${line}: ${why}`));
  if (entries.length === 0) throw refuse("it names no input");
  return entries;
}

/** `refuse` makes the error that is thrown; lines are counted from 1. */
export function parseQueue(text: string, refuse: (line: number, why: string) => Error): QueueEntry[] {
  if (text.includes("\0")) {
    return text.split("\0").filter((input) => input !== "").map((input) => ({ input, output: undefined }));
  }
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === "" || line.startsWith("#")) return [];
    const [input, output, more] = line.split("\t");
    if (input === undefined || input.trim() === "") throw refuse(index + 1, "there is no input before the tab");
    if (output === "") throw refuse(index + 1, `there is no output behind the tab of ${quotedPath(input)}`);
    if (more !== undefined) {
      throw refuse(index + 1, "it has more than one tab; an input and its output have one between them");
    }
    if (input === "-" || output === "-") throw refuse(index + 1, "- has no place here; name files");
    return [{ input, output }];
  });
}
