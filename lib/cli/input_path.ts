// What kind of input there is, and whether it can be read at all: found out before the output is looked at and before
// anyone is asked anything. Nothing is opened: opening a pipe waits for its writer. What is in it is the y4m reader's business.

import { accessSync, constants } from "node:fs";
import { InputError } from "../errors.ts";
import { systemReason } from "./system_reason.ts";
import { shown } from "./values.ts";

export interface InputPlace {
  /** A file is read by all slots at once, everything else once, from start to end. */
  readonly kind: "file" | "pipe";
  /** Links followed; undefined where standard input cannot be looked at. */
  readonly info: Deno.FileInfo | undefined;
}

/** Looks at the input. `oneReader`: a file is to be read as a pipe. Throws an InputError. */
export function checkInputPath(
  input: string,
  oneReader = false,
  stdinIsTerminal = () => Deno.stdin.isTerminal(),
): InputPlace {
  if (input === "-") {
    if (stdinIsTerminal()) {
      throw new InputError("Cannot read standard input: it is a terminal; pipe a y4m video into it, or name a file");
    }
    return { kind: "pipe", info: standardInput() };
  }
  let info: Deno.FileInfo;
  try {
    info = Deno.statSync(input);
    accessSync(input, constants.R_OK);
  } catch (error) {
    throw new InputError(`Cannot read ${shown(input)}: ${systemReason(error)}`, { cause: error });
  }
  if (info.isDirectory) throw new InputError(`Cannot read ${shown(input)}: it is a directory; name a .y4m file in it`);
  if (info.isSocket) throw new InputError(`Cannot read ${shown(input)}: it is a socket; connect it to a pipe`);
  if (info.isBlockDevice) throw new InputError(`Cannot read ${shown(input)}: it is a device, not a .y4m file`);
  return { kind: info.isFile && !oneReader ? "file" : "pipe", info };
}

function standardInput(): Deno.FileInfo | undefined {
  try {
    return Deno.statSync("/dev/stdin");
  } catch {
    // Closed, or no such name here: reading will tell.
    return undefined;
  }
}
