// Text for people, and what commands are asked for. A reader that went away (`| head`) is no fault of the program: what it does
// not want to read is dropped. Standard output that is closed or full is one: what was asked for is lost.

import { IncompleteError } from "../errors.ts";
import { shape } from "../shape/shape.ts";
import { systemReason } from "./system_reason.ts";

/** Of open(2). */
const accessMode = 3, readOnly = 0, readAndWrite = 2;
/** Device number of /dev/null on Linux. */
const nullDevice = 0x103;

/** Writes all of `text` to standard output. Throws an IncompleteError, but not when the reader has gone. */
export function writeStdout(text: string): void {
  refuseClosedStdout();
  try {
    writeAll(Deno.stdout, text);
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return;
    throw cannotWrite(systemReason(error), error);
  }
}

/**
 * Throws an IncompleteError where standard output was closed when the program was started. By now something is open there in
 * any case: in the executable what cannot be written to; where Deno is started by itself its own /dev/null, which takes all
 * and can be read as well, unlike that of a shell's `>/dev/null`. Without effect where the system does not tell.
 */
export function refuseClosedStdout(): void {
  const mode = accessOfStdout();
  if (mode === readOnly) throw cannotWrite("it is closed");
  if (mode !== readAndWrite || shape === "self-extracting executable" || !isNullDevice()) return;
  throw cannotWrite("it is closed, or /dev/null opened for reading as well; redirect it: >/dev/null");
}

function accessOfStdout(): number | undefined {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(Deno.readTextFileSync("/proc/self/fdinfo/1"))?.[1];
    return flags === undefined ? undefined : parseInt(flags, 8) & accessMode;
  } catch {
    return undefined;
  }
}

function isNullDevice(): boolean {
  try {
    return Deno.statSync("/dev/fd/1").rdev === nullDevice;
  } catch {
    return false;
  }
}

function cannotWrite(why: string, cause?: unknown): IncompleteError {
  return new IncompleteError(`Cannot write to standard output: ${why}`, { cause });
}

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) written += stream.writeSync(bytes.subarray(written));
}
