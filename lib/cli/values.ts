// How the text after an option becomes a value: each function takes the option's name and the text, returns the value
// or throws a UsageError of one line that names the option, the text and what would have been right. Nothing is
// rounded, trimmed to a range or guessed.

import { UsageError } from "../errors.ts";
import { isForeignName } from "./foreign_name.ts";

/** Text of the user's in a message: kept on one line and short, whatever it holds. */
export function shown(text: string): string {
  // Format characters too: some turn the direction of what follows them.
  const oneLine = text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?");
  return oneLine === "" ? "''" : oneLine.length > 80 ? `${oneLine.slice(0, 77)}...` : oneLine;
}

/** The error for a value that cannot be served: "--speed 11: must be 0 to 10". */
export function usage(name: string, text: string, what: string): UsageError {
  return new UsageError(`${name} ${shown(text)}: ${what}`);
}

/** The error for an option that means one thing, an output where nothing else is said, and was given two. */
export function twice(name: string, first: string, second: string, what = "output"): UsageError {
  return new UsageError(`${name} given twice, ${shown(first)} and ${shown(second)}: one ${what} at a time`);
}

/** A whole number in decimal digits, `least` to `most`. Signs, exponents, other bases and spaces are refused. */
export function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = /^[0-9]+$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`;
  if (value > Number.MAX_SAFE_INTEGER) throw usage(name, text, "too large a number");
  if (Number.isNaN(value)) throw usage(name, text, `must be a whole number, ${range}`);
  throw usage(name, text, `must be ${range}`);
}

/** Whole numbers up to `most` with commas between them, each greater than the one before; spaces around them are dropped. */
export function ascendingNumbers(name: string, text: string, most: number): number[] {
  const numbers = text.split(",").map((part) => wholeNumber(name, part.replace(/^ +| +$/g, ""), 0, most));
  for (const [at, number] of numbers.entries()) {
    const before = numbers[at - 1] ?? -1;
    if (number <= before) throw usage(name, `${number}`, `must be greater than ${before}, which stands before it`);
  }
  return numbers;
}

/** 0, or a power of two up to `most`. */
export function powerOfTwo(name: string, text: string, most: number): number {
  const value = wholeNumber(name, text, 0, most);
  if ((value & (value - 1)) !== 0) throw usage(name, text, `must be a power of two, up to ${most}`);
  return value;
}

/** One of `choices` in its own spelling; upper and lower case are the same, as rav1e takes them. */
export function oneOf<T extends string>(name: string, text: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice.toLowerCase() === text.toLowerCase());
  if (found === undefined) throw usage(name, text, `must be one of ${choices.join(", ")}`);
  return found;
}

/** A level AV1 defines (AV1 specification, annex A.3), or how none is named. */
export const levels = [
  ...["auto", "unconstrained", "2.0", "2.1", "3.0", "3.1", "4.0", "4.1"],
  ...["5.0", "5.1", "5.2", "5.3", "6.0", "6.1", "6.2", "6.3"],
] as const;

/** "cll,fall" in candelas per square metre, 16 bits each; spaces are dropped. */
export function contentLight(name: string, text: string): string {
  const light = text.replaceAll(" ", "");
  const match = /^([0-9]+),([0-9]+)$/.exec(light);
  if (!match) {
    throw usage(name, text, "must be two whole numbers, MAXCLL,MAXFALL, for instance 1000,400");
  }
  for (const number of match.slice(1)) wholeNumber(name, number, 0, 65535);
  return light;
}

/**
 * "G(x,y)B(x,y)R(x,y)WP(x,y)L(max,min)": chromaticities 0 to 1, luminances in candelas per square metre; spaces are
 * dropped. Or the same ten in the whole numbers that x265 takes, 50000ths and 10000ths, which become these. rav1e clips
 * what does not fit its fixed point fields (AV1 specification, section 6.7.4); here it is refused.
 */
export function masteringDisplay(name: string, text: string): string {
  const display = text.replaceAll(" ", "");
  const number = String.raw`([0-9]+(?:\.[0-9]+)?)`;
  const pair = String.raw`\(${number},${number}\)`;
  const match = new RegExp(`^G${pair}B${pair}R${pair}WP${pair}L${pair}$`).exec(display);
  if (!match) {
    throw usage(
      name,
      text,
      "must be G(x,y)B(x,y)R(x,y)WP(x,y)L(max,min), " +
        "for instance G(0.265,0.69)B(0.15,0.06)R(0.68,0.32)WP(0.3127,0.329)L(1000,0.0001)",
    );
  }
  const numbers = match.slice(1).map(Number);
  if (numbers.slice(0, 8).some((chromaticity) => chromaticity > 1)) {
    if (!display.includes(".")) return wholeMasteringDisplay(name, text, numbers);
    throw usage(name, text, "x and y must be 0 to 1, or all ten whole numbers, in units of 0.00002 and 0.0001");
  }
  const [maxLuminance = 0, minLuminance = 0] = numbers.slice(8);
  // 24.8 and 18.14 fixed point in 32 bits.
  if (Math.round(maxLuminance * 256) > 0xffffffff || Math.round(minLuminance * 16384) > 0xffffffff) {
    throw usage(name, text, "L must be at most 16777215 and 262143");
  }
  return display;
}

/** x265's notation in rav1e's. */
function wholeMasteringDisplay(name: string, text: string, numbers: readonly number[]): string {
  if (numbers.slice(0, 8).some((chromaticity) => chromaticity > 50_000)) {
    throw usage(name, text, "in whole numbers x and y must be 0 to 50000");
  }
  const decimal = (value: number) => value.toFixed(8).replace(/\.?0+$/, "");
  const [gx, gy, bx, by, rx, ry, wx, wy] = numbers.slice(0, 8).map((value) => decimal(value / 50_000));
  const [most, least] = numbers.slice(8).map((value) => decimal(value / 10_000));
  return masteringDisplay(name, `G(${gx},${gy})B(${bx},${by})R(${rx},${ry})WP(${wx},${wy})L(${most},${least})`);
}

/** Links of an ffmpeg filter chain: one word of its command, which ffmpeg itself will judge. */
export function filterChain(name: string, text: string): string {
  const chain = text.trim();
  if (chain === "" || /^,|,$/.test(chain)) {
    throw usage(name, text, "must be a chain of filters, for instance hflip,bwdif");
  }
  if (chain.includes("\0")) throw usage(name, text, "must be text");
  return chain;
}

/** A file name: anything but nothing, and what is not UTF-8. */
export function fileName(name: string, text: string): string {
  if (text === "") throw usage(name, text, "must be a file name");
  if (isForeignName(text)) throw usage(name, text, "must be UTF-8; rename it, or make a link to it");
  return text;
}
