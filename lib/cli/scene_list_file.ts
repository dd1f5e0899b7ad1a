// Reads a scene list that the command line names: whatever is there, what comes back is a checked list or one line.

import { parseSceneList, type SceneList } from "../encode/scene_list.ts";
import { InputError } from "../errors.ts";
import { quotedPath } from "../media/printable.ts";
import { readAtMost } from "./read_at_most.ts";
import { systemReason } from "./system_reason.ts";

/** A day of video with nothing but keyframes, at 60 frames a second, is 42 MiB. */
const largestListBytes = 64 * 1024 * 1024;

/** The list in the file at `path`. Throws InputError. */
export function readSceneList(path: string): SceneList {
  let bytes: Uint8Array;
  try {
    bytes = readAtMost(path, largestListBytes + 1);
  } catch (error) {
    throw new InputError(`Cannot read the scene list ${quotedPath(path)}: ${systemReason(error)}`, { cause: error });
  }
  const refuse = (what: string, cause?: unknown) =>
    new InputError(`Cannot use ${quotedPath(path)} as a scene list: ${what}`, { cause });
  if (bytes.length > largestListBytes) throw refuse("it is larger than 64 MiB");
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw refuse("it is not text", error);
  }
  return parseSceneList(text, path);
}
