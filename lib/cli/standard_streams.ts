// Text for people. A reader that went away (`| head`) is no fault of the program: what it does not want to read is
// dropped. Nothing that goes wrong with a message ends an encode.

import { IncompleteError } from "../errors.ts";
import { systemReason } from "./system_reason.ts";

/** Writes all of `text` to standard output. Throws an IncompleteError, but not when the reader has gone. */
export function writeStdout(text: string): void {
  try {
    writeAll(Deno.stdout, text);
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return;
    throw new IncompleteError(`Cannot write to standard output: ${systemReason(error)}`, { cause: error });
  }
}

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) written += stream.writeSync(bytes.subarray(written));
}
