// The header line of a YUV4MPEG2 stream: "YUV4MPEG2", parameters of one letter and a value between spaces, newline.
// Pure and incremental, so that a file and a pipe share it. Where a parameter is absent, given twice or useless, the
// header means what it means to the rav1e 0.8.1 command (y4m crate 0.8.0), with a warning where that is a guess;
// where it cannot be encoded the error says what it is. Parameters nobody knows are ignored.

import { InputError } from "../errors.ts";
import { describeNotY4m } from "./file_kind.ts";
import { quotedPath, shellWord } from "./printable.ts";
import type { VideoFormat } from "./video_format.ts";
import {
  assumedFrameRate,
  type ParameterContext,
  readAspectRatio,
  readColorspace,
  readDimension,
  readFrameRate,
  readInterlacing,
  readNumber,
} from "./y4m_parameters.ts";

export interface Y4mHeader {
  readonly format: VideoFormat;
  /** Bytes of the header line, newline included: where the first FRAME line starts. */
  readonly headerBytes: number;
  /** Frames that XLENGTH promises; undefined where it is absent or 0. */
  readonly announcedFrames: number | undefined;
  /** Whether I says that frames hold two fields. */
  readonly interlaced: boolean;
  /** Lines for the user, each whole. */
  readonly warnings: string[];
}

export interface Y4mHeaderOptions {
  /** Goes into error messages and the commands they show; without it they speak of INPUT. */
  readonly path?: string;
  /** What error messages call the input; its path, or "the input", where absent. */
  readonly name?: string;
  /** The caller has a frame rate of its own: F is not looked at, and `frameRate` is 25:1. */
  readonly frameRateOverride?: boolean;
}

/** No writer makes headers near this long; the y4m crate stops at 1 KiB. */
export const maxHeaderBytes = 64 * 1024;
const magic = new TextEncoder().encode("YUV4MPEG2");
const [newline, carriageReturn, space] = [0x0a, 0x0d, 0x20];

/**
 * Reads the header line that `bytes` start with; what follows it is not looked at. "more" where the line has no end
 * yet. Throws InputError when `bytes` are no y4m, or one that cannot be encoded.
 */
export function parseY4mHeader(bytes: Uint8Array, options: Y4mHeaderOptions = {}): Y4mHeader | "more" {
  const name = options.name ?? (options.path === undefined ? "the input" : quotedPath(options.path));
  const refuse = (what: string) => new InputError(`Cannot read ${name}: ${what}`);
  if (!isY4mStart(bytes)) throw refuse(describeNotY4m(bytes, options.path));

  const end = bytes.subarray(0, maxHeaderBytes).indexOf(newline);
  if (end < 0) {
    if (bytes.length < maxHeaderBytes) return "more";
    throw refuse(`its y4m header is longer than ${maxHeaderBytes} bytes; the file is damaged`);
  }
  const line = new TextDecoder("latin1").decode(bytes.subarray(magic.length, end)).replace(/\r$/, "");
  const input = options.path === undefined ? "INPUT" : shellWord(options.path);
  const context: ParameterContext = { refuse, input, warnings: [] };
  return { headerBytes: end + 1, ...readParameters(line, options.frameRateOverride ?? false, context) };
}

/** Whether `bytes`, all of them or the first, can be the start of a y4m. */
export function isY4mStart(bytes: Uint8Array): boolean {
  const separator = bytes[magic.length];
  return bytes.subarray(0, magic.length).every((byte, index) => byte === magic[index]) &&
    (separator === undefined || separator === space || separator === newline || separator === carriageReturn);
}

function readParameters(
  line: string,
  frameRateOverride: boolean,
  context: ParameterContext,
): Omit<Y4mHeader, "headerBytes"> {
  const parameters = new Map<string, string>();
  for (const word of line.split(" ")) {
    // X parameters are told apart by what precedes their "=". The last of several wins.
    const key = /^X[^=]*=/.exec(word)?.[0] ?? word.slice(0, 1);
    parameters.set(key, word.slice(key.length));
  }
  const range = parameters.get("XCOLORRANGE=")?.toUpperCase();
  const format: VideoFormat = {
    width: readDimension("width", "W", parameters.get("W"), context),
    height: readDimension("height", "H", parameters.get("H"), context),
    ...readColorspace(parameters.get("C"), parameters.get("XYSCSS="), context),
    sampleAspectRatio: readAspectRatio(parameters.get("A"), context),
    frameRate: frameRateOverride ? assumedFrameRate : readFrameRate(parameters.get("F"), context),
    fullRange: range === "FULL" ? true : range === "LIMITED" ? false : undefined,
  };
  const interlaced = readInterlacing(parameters.get("I"), context);
  const announcedFrames = readFrameCount(parameters.get("XLENGTH="));
  return { format, announcedFrames, interlaced, warnings: context.warnings };
}

/** A promise too large to be a number that counts is one that no file keeps. */
function readFrameCount(text: string | undefined): number | undefined {
  if (text === undefined || !/^[0-9]+$/.test(text)) return undefined;
  return (readNumber(text) ?? Number.MAX_SAFE_INTEGER) || undefined;
}
