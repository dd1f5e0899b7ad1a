// What the values of y4m's parameters mean, one function each. A value that leaves the encode well defined passes, if
// need be with a warning; one that does not is refused with what was found and what would do. Values come from
// outside: none gets into a message except through `shown`.

import type { InputError } from "../errors.ts";
import { printable } from "./printable.ts";
import type { Ratio } from "./video_format.ts";
import { type Colorspace, lookUpColorspace } from "./y4m_colorspace.ts";

export interface ParameterContext {
  /** Makes the error of a clause that goes on after "Cannot read the input: ". */
  readonly refuse: (what: string) => InputError;
  /** The input's name as a word of a shell command. */
  readonly input: string;
  /** Lines for the user, added to. */
  readonly warnings: string[];
}

/** frame_width_minus_1 of AV1 and the fields of an IVF header have 16 bits. */
const maxDimension = 65_535;
/** What rav1e encodes at least; it refuses what is below by itself. */
const minDimension = 16;
/** What rav1e accepts for either part of a time base. */
const maxFrameRatePart = 2 ** 32 - 1;
/** What the y4m crate assumes where F is missing. */
export const assumedFrameRate: Ratio = { num: 25, den: 1 };

/** Values of I that mean two fields a frame; "p" is progressive, "?" unknown. */
const fieldOrders: ReadonlyMap<string, string> = new Map([
  ["t", "top field first"],
  ["b", "bottom field first"],
  ["m", "mixed"],
]);

/** Whether frames hold two fields, with a warning where they do. */
export function readInterlacing(value: string | undefined, { input, warnings }: ParameterContext): boolean {
  const order = fieldOrders.get(value ?? "");
  if (order === undefined) return false;
  warnings.push(
    `The input is interlaced (I${value}, ${order}); its frames are encoded as they are, both fields in one, as rav1e ` +
      `does; to deinterlace it first: ffmpeg -i ${input} -vf bwdif out.y4m`,
  );
  return true;
}

/** Digits alone, up to the largest exact integer; undefined for anything else. */
export function readNumber(text: string | undefined): number | undefined {
  if (text === undefined || !/^[0-9]+$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

function readRatio(text: string): Ratio | undefined {
  const [first, second, ...rest] = text.split(":");
  const [num, den] = [readNumber(first), readNumber(second)];
  return num === undefined || den === undefined || rest.length > 0 ? undefined : { num, den };
}

export function readDimension(
  what: string,
  letter: string,
  value: string | undefined,
  { refuse }: ParameterContext,
): number {
  if (value === undefined) throw refuse(`its y4m header has no ${what} (${letter}); the file is damaged`);
  const size = readNumber(value);
  if (size === undefined || size < 1 || size > maxDimension) {
    throw refuse(
      `its y4m header gives the ${what} as '${shown(value)}'; ${minDimension} to ${maxDimension} can be encoded`,
    );
  }
  return size;
}

export function readFrameRate(value: string | undefined, { refuse, warnings }: ParameterContext): Ratio {
  if (value === undefined) {
    warnings.push("The y4m header gives no frame rate (F); 25 frames a second are assumed, as rav1e does");
    return assumedFrameRate;
  }
  const rate = readRatio(value);
  if (rate === undefined || [rate.num, rate.den].some((part) => part < 1 || part > maxFrameRatePart)) {
    throw refuse(
      `its y4m header gives no usable frame rate (F${shown(value)}; both parts must be 1 to ${maxFrameRatePart}); ` +
        "say it with --frame-rate and --time-scale",
    );
  }
  return rate;
}

export function readAspectRatio(value: string | undefined, { warnings }: ParameterContext): Ratio {
  const square: Ratio = { num: 1, den: 1 };
  if (value === undefined) return square;
  const ratio = readRatio(value);
  if (ratio !== undefined && ratio.num > 0 && ratio.den > 0) return ratio;
  if (ratio === undefined || ratio.num !== ratio.den) {
    warnings.push(`The y4m header gives no usable pixel aspect ratio (A${shown(value)}); 1:1 is assumed`);
  }
  return square;
}

/** `subsampling` is XYSCSS, the older way to say what C says; it counts only where C is missing. */
export function readColorspace(
  value: string | undefined,
  subsampling: string | undefined,
  { refuse, input, warnings }: ParameterContext,
): Colorspace {
  const parameter = value !== undefined ? `C${value}` : subsampling !== undefined ? `XYSCSS=${subsampling}` : "C420";
  const found = lookUpColorspace(value ?? subsampling ?? "420");
  if (found === undefined && value === undefined) {
    warnings.push(`The y4m header gives no known colour space (${shown(parameter)}); 4:2:0 with 8 bits is assumed`);
    return lookUpColorspace("420") as Colorspace;
  }
  const served = "8, 10 or 12 bits of 4:0:0, 4:2:0, 4:2:2 or 4:4:4 can be encoded";
  if (found === undefined) throw refuse(`its colour space '${shown(parameter)}' is unknown; ${served}`);
  if ("unserved" in found) {
    const strict = found.nearestPixelFormat.endsWith("le") ? " -strict -1" : "";
    throw refuse(
      `its colour space '${shown(parameter)}' is ${found.unserved}; ${served}; ` +
        `convert it: ffmpeg -i ${input} -pix_fmt ${found.nearestPixelFormat}${strict} out.y4m`,
    );
  }
  // rav1e does not read X parameters and takes the positions of a missing C for those of C420.
  const isGuess = value === undefined && found.chromaSampling === "4:2:0";
  return isGuess ? { ...found, chromaSamplePosition: "colocated" } : found;
}

function shown(value: string): string {
  return printable(value, 32);
}
