// A y4m file on disk, looked at before any work begins: what its header says, where its frames are, how many are whole
// and what is wrong after them. Nothing stays open. Whatever is wrong with the path or the content is an InputError of
// one line; whether damage after whole frames matters is the caller's decision.

import { InputError } from "../errors.ts";
import { bareFrameLine, type FrameLayout } from "./frame_layout.ts";
import { readAt } from "./positional_read.ts";
import { printable, quotedPath } from "./printable.ts";
import { describeShortChroma, shortFrame } from "./short_chroma.ts";
import { frameBytes, type VideoFormat } from "./video_format.ts";
import { maxHeaderBytes, parseY4mHeader, type Y4mHeader } from "./y4m_header.ts";
import { findFrames, type ScanInput, walkFrames } from "./y4m_scan.ts";

export type { FrameLayout } from "./frame_layout.ts";

export interface Y4mFile {
  readonly path: string;
  /** Its size when the frames were counted. */
  readonly fileBytes: number;
  /** When it was last written, by then: milliseconds since 1970; null where the file system has no such time. */
  readonly modified: number | null;
  readonly header: Y4mHeader;
  readonly layout: FrameLayout;
  /** Whole frames, at least 1. */
  readonly frames: number;
  /** What is wrong after the last whole frame, one clause ("the file ends 90 bytes into frame 7"); frames from 0. */
  readonly damage: string | undefined;
}

export interface Y4mFileOptions {
  /** The caller has a frame rate of its own (see Y4mHeaderOptions). */
  readonly frameRateOverride?: boolean;
  /** Follow every FRAME line instead of trusting a fixed stride: for use after a FrameMarkerError. */
  readonly walk?: boolean;
}

/** Opens, reads the header, finds the frames, closes. Throws InputError. */
export function openY4mFile(path: string, options: Y4mFileOptions = {}): Y4mFile {
  const refuse = (what: string, cause?: unknown) =>
    new InputError(`Cannot read ${quotedPath(path)}: ${what}`, { cause });
  let file: Deno.FsFile | undefined;
  try {
    // Looked at before it is opened: opening a pipe waits for its writer.
    const unusable = describeUnusable(Deno.statSync(path));
    if (unusable !== undefined) throw refuse(unusable);
    file = Deno.openSync(path);
    const { size: fileBytes, mtime } = file.statSync();
    const start = new Uint8Array(Math.min(fileBytes, maxHeaderBytes));
    const header = parseY4mHeader(start.subarray(0, readAt(file, start, 0)), { ...options, path });
    if (header === "more") {
      throw refuse(fileBytes === 0 ? "it is empty" : `it ends after ${fileBytes} bytes, inside its y4m header`);
    }
    const { headerBytes } = header;
    const input = { file, fileBytes, headerBytes, frameBytes: frameBytes(header.format) };
    const { layout, frames, damage } = options.walk ? walkFrames(input) : findFrames(input);
    // Even frame 0 would be wrong then, its end being the next frame's start.
    const shortChroma = damage === undefined ? undefined : findShortChroma(input, header.format);
    if (shortChroma !== undefined) throw refuse(shortChroma);
    if (frames === 0) {
      throw refuse(`it holds no whole frame: ${damage ?? `it ends after its header of ${headerBytes} bytes`}`);
    }
    return { path, fileBytes, modified: mtime?.getTime() ?? null, header, layout, frames, damage };
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw refuse(describeSystemError(error), error);
  } finally {
    file?.close();
  }
}

function findShortChroma({ file, fileBytes, headerBytes }: ScanInput, format: VideoFormat): string | undefined {
  const short = shortFrame(format, headerBytes);
  if (short === undefined || short.end > fileBytes) return undefined;
  const next = new Uint8Array(bareFrameLine.length);
  return describeShortChroma(short, format, next.subarray(0, readAt(file, next, short.end)));
}

/** Why what is at the path cannot be read as a file; undefined for a regular file. */
function describeUnusable(info: Deno.FileInfo): string | undefined {
  if (info.isFile) return undefined;
  if (info.isDirectory) return "it is a directory; name a y4m file";
  const kind = info.isFifo ? "a pipe" : info.isSocket ? "a socket" : "a device";
  return `it is ${kind}, and only files can be read so far; write the video to a file first`;
}

function describeSystemError(error: unknown): string {
  if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
    return "there is no such file";
  }
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  return printable(error instanceof Error ? error.message : String(error));
}
