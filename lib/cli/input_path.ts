// Whether the input can be read at all, found out before the output is looked at and before anyone is asked anything.
// What is in it is the y4m reader's business.

import { accessSync, constants } from "node:fs";
import { InputError } from "../errors.ts";
import { systemReason } from "./system_reason.ts";
import { shown } from "./values.ts";

/** The input's file, links followed. Throws an InputError. */
export function checkInputPath(input: string): Deno.FileInfo {
  if (input === "-") throw pipesCannotBeRead("standard input");
  let info: Deno.FileInfo;
  try {
    info = Deno.statSync(input);
    accessSync(input, constants.R_OK);
  } catch (error) {
    throw new InputError(`Cannot read ${shown(input)}: ${systemReason(error)}`, { cause: error });
  }
  if (info.isFifo || info.isSocket) throw pipesCannotBeRead(shown(input));
  if (info.isDirectory) throw new InputError(`Cannot read ${shown(input)}: it is a directory; name a .y4m file in it`);
  if (!info.isFile) throw new InputError(`Cannot read ${shown(input)}: it is a device, not a .y4m file`);
  return info;
}

/** The one place that says so. */
function pipesCannotBeRead(name: string): InputError {
  return new InputError(`Cannot read ${name}: pipes cannot be read yet; write the video to a file and name that`);
}
