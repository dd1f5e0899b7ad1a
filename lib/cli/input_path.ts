// What kind of input there is, and whether it can be read at all: found out before the output is looked at and before
// anyone is asked anything. No pipe is opened: that waits for its writer. Of a file the first bytes tell who reads it.

import { accessSync, constants } from "node:fs";
import { InputError } from "../errors.ts";
import { chooseForFile, chooseForPipe, type InputChoice } from "../inputs/choose_input.ts";
import type { InputWishes } from "../inputs/input_wishes.ts";
import { shellWord } from "../media/printable.ts";
import { systemReason } from "./system_reason.ts";
import { shown } from "./values.ts";

export interface InputPlace {
  /** A file is read by all slots at once, everything else once, from start to end: by this program, or by a child. */
  readonly kind: "file" | "pipe" | "child";
  /** Links followed; undefined where standard input cannot be looked at, and of a pattern. */
  readonly info: Deno.FileInfo | undefined;
  readonly choice: InputChoice;
}

const noWishes: InputWishes = { inputVia: undefined, bitDepth: undefined, videoFilter: undefined };

/** Looks at the input. `oneReader`: a file is to be read as a pipe. Throws an InputError. */
export async function checkInputPath(
  input: string,
  oneReader = false,
  wishes: InputWishes = noWishes,
  stdinIsTerminal = () => Deno.stdin.isTerminal(),
): Promise<InputPlace> {
  if (input === "-") {
    if (stdinIsTerminal()) {
      throw new InputError("Cannot read standard input: it is a terminal; pipe a y4m video into it, or name a file");
    }
    return { kind: "pipe", info: standardInput(), choice: chooseForPipe(input, wishes) };
  }
  let info: Deno.FileInfo;
  try {
    info = Deno.statSync(input);
    accessSync(input, constants.R_OK);
  } catch (error) {
    const sequence = error instanceof Deno.errors.NotFound ? (await sequences()).findSequence(input) : undefined;
    if (sequence !== undefined) return { kind: "child", info: undefined, choice: { via: "ffmpeg", sequence } };
    throw new InputError(`Cannot read ${shown(input)}: ${systemReason(error)}`, { cause: error });
  }
  if (info.isDirectory) {
    const pattern = (await sequences()).sequencePattern(input);
    const way = pattern === undefined
      ? "name a file in it"
      : `its images are one video by the name ${shellWord(pattern)}`;
    throw new InputError(`Cannot read ${shown(input)}: it is a directory; ${way}`);
  }
  if (info.isSocket) throw new InputError(`Cannot read ${shown(input)}: it is a socket; connect it to a pipe`);
  if (info.isBlockDevice) throw new InputError(`Cannot read ${shown(input)}: it is a device, not a .y4m file`);
  if (!info.isFile) return { kind: "pipe", info, choice: chooseForPipe(input, wishes) };
  const choice = chooseForFile(input, wishes);
  return { kind: choice.via !== "y4m" ? "child" : oneReader ? "pipe" : "file", info, choice };
}

/** Loaded when it is wanted: few inputs are numbered images. */
function sequences() {
  return import("../inputs/image_sequence.ts");
}

function standardInput(): Deno.FileInfo | undefined {
  try {
    return Deno.statSync("/dev/stdin");
  } catch {
    // Closed, or no such name here: reading will tell.
    return undefined;
  }
}
