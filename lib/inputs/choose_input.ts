// Who reads an input: this program itself (y4m), or a child that makes y4m of it. Decided by what the file holds and by its
// name, before anything is started; --input-via overrules it.

import { extname } from "node:path";
import { InputError, UsageError } from "../errors.ts";
import { readAt } from "../media/positional_read.ts";
import { quotedPath } from "../media/printable.ts";
import { maxHeaderBytes, parseY4mHeader } from "../media/y4m_header.ts";
import type { ImageSequence } from "./image_sequence.ts";
import type { InputWishes } from "./input_wishes.ts";
import type { BitDepth } from "./pixel_formats.ts";

export type InputChoice =
  | { readonly via: "y4m" }
  | { readonly via: "ffmpeg"; readonly sequence?: ImageSequence }
  /** By avs2yuv, or an ffmpeg that reads AviSynth. */
  | { readonly via: "avisynth" }
  | { readonly via: "vspipe" };

/** How a regular file is read. Throws UsageError for wishes that exclude each other. */
export function chooseForFile(path: string, wishes: InputWishes): InputChoice {
  const { inputVia, bitDepth, videoFilter } = wishes;
  const ending = extname(path).toLowerCase();
  const start = inputVia === undefined ? startOf(path) : new Uint8Array();
  const isScript = inputVia === "vspipe" || (inputVia === undefined && ending === ".vpy");
  if (isScript) return refuseFilter(path, wishes, "the script can do that itself") ?? { via: "vspipe" };
  if (inputVia === "ffmpeg") return { via: "ffmpeg" };
  if (inputVia === undefined && ending === ".avs") return { via: "avisynth" };
  // What is empty, of y4m's first version, or called y4m and none, gets its own reader's words.
  const isCalled = inputVia === "y4m" || ending === ".y4m";
  const isY4m = isCalled || start.length === 0 || startsWith(start, "YUV4MPEG");
  if (!isY4m) return { via: "ffmpeg" };
  if (inputVia === "y4m") return refuseFilter(path, wishes, "--input-via ffmpeg applies it") ?? { via: "y4m" };
  const isConverted = videoFilter !== undefined || (bitDepth !== undefined && bitDepth !== depthOf(start));
  return { via: isConverted ? "ffmpeg" : "y4m" };
}

/** How something that can be read once is read: as y4m. Throws UsageError where something else is asked for. */
export function chooseForPipe(input: string, wishes: InputWishes): InputChoice {
  const name = input === "-" ? "standard input" : quotedPath(input);
  if (wishes.inputVia !== undefined && wishes.inputVia !== "y4m") {
    throw new UsageError(`Cannot read ${name} through ${wishes.inputVia}: it is no file; give it y4m, or name a file`);
  }
  return refuseFilter(input, wishes, "filter where the pipe is written") ?? { via: "y4m" };
}

/** What is read as y4m already keeps its depth: throws UsageError where `bitDepth` is another. */
export function refuseOtherDepth(name: string, { bitDepth }: InputWishes, found: BitDepth, way: string): void {
  if (bitDepth === undefined || bitDepth === found) return;
  throw new UsageError(`Cannot encode ${name} in ${bitDepth} bits: it comes in ${found}; ${way}`);
}

function refuseFilter(path: string, { videoFilter }: InputWishes, way: string): undefined {
  if (videoFilter === undefined) return undefined;
  const name = path === "-" ? "standard input" : quotedPath(path);
  throw new UsageError(`Cannot filter ${name}: --video-filter is for what ffmpeg reads; ${way}`);
}

/** As much as a y4m header can have. */
function startOf(path: string): Uint8Array {
  try {
    using file = Deno.openSync(path);
    const bytes = new Uint8Array(Math.min(file.statSync().size, maxHeaderBytes));
    return bytes.subarray(0, readAt(file, bytes, 0));
  } catch (error) {
    throw new InputError(`Cannot read ${quotedPath(path)}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  return new TextDecoder("latin1").decode(bytes.subarray(0, text.length)) === text;
}

/** undefined where the header is not whole or not good: its own reader says why. */
function depthOf(start: Uint8Array): BitDepth | undefined {
  try {
    const header = parseY4mHeader(start, { frameRateOverride: true });
    return header === "more" ? undefined : header.format.bitDepth;
  } catch {
    return undefined;
  }
}
