// Numbered images as one video. They are asked for by a pattern, "frames/%04d.png", and only where no file has that very name.
// A missing number would end the film there, without a word from anyone: it is refused by its number.

import { basename, dirname, join } from "node:path";
import { InputError } from "../errors.ts";
import { quotedPath } from "../media/printable.ts";

export interface ImageSequence {
  /** The pattern's path. */
  readonly path: string;
  readonly firstNumber: number;
  /** Files, one for each number from the first on. */
  readonly images: number;
}

const imageName = /\.(png|jpe?g|tiff?|exr|dpx|bmp|tga|webp|jp2|jxl|ppm|pgm|hdr|sgi|qoi)$/i;
/** What ffmpeg finds the first number within, unless it is told. */
const mostDigits = 9;

/** The sequence that `path` is a pattern of; undefined where it is none, or no file fits. Throws InputError for one with holes. */
export function findSequence(path: string): ImageSequence | undefined {
  const pattern = /^((?:[^%]|%%)*)%(?:0(\d))?d((?:[^%]|%%)*)$/.exec(basename(path));
  if (pattern === null) return undefined;
  const [before, after] = [pattern[1]!, pattern[3]!].map((text) => text.replaceAll("%%", "%")) as [string, string];
  const width = Number(pattern[2] ?? 1);
  const numbers = namesIn(dirname(path)).flatMap((name) => {
    if (!name.startsWith(before) || !name.endsWith(after) || name.length <= before.length + after.length) return [];
    const digits = name.slice(before.length, name.length - after.length);
    return isNumber(digits, width) ? [Number(digits)] : [];
  }).sort((a, b) => a - b);
  const [first] = numbers;
  if (first === undefined) return undefined;
  const hole = numbers.findIndex((number, at) => number !== first + at);
  if (hole > 0) {
    const missing = first + hole;
    throw new InputError(
      `Cannot read ${quotedPath(path)}: of its ${numbers.length} images, ${first} to ${numbers.at(-1)}, number ` +
        `${missing} is missing; make it, or move those behind it elsewhere`,
    );
  }
  return { path, firstNumber: first, images: numbers.length };
}

/** How the images in a folder are asked for; undefined where there are none that are numbered. */
export function sequencePattern(folder: string): string | undefined {
  const counts = new Map<string, number>();
  for (const name of namesIn(folder)) {
    const numbered = imageName.test(name) ? /^(.*?)(\d+)(\.[^.]+)$/.exec(name) : null;
    if (numbered === null || numbered[2]!.length > mostDigits) continue;
    const [before, digits, after] = [numbered[1]!, numbered[2]!, numbered[3]!];
    // Without zeros in front a number of any length is meant.
    const width = digits.startsWith("0") && digits.length > 1 ? `0${digits.length}` : "";
    const pattern = `${before.replaceAll("%", "%%")}%${width}d${after}`;
    counts.set(pattern, (counts.get(pattern) ?? 0) + 1);
  }
  const most = [...counts].sort(([, one], [, other]) => other - one)[0];
  return most === undefined ? undefined : join(folder, most[0]);
}

/** As printf writes it: `width` digits, zeros in front, or more digits without. */
function isNumber(digits: string, width: number): boolean {
  if (!/^\d+$/.test(digits) || digits.length > mostDigits) return false;
  return digits === String(Number(digits)).padStart(width, "0");
}

function namesIn(folder: string): string[] {
  try {
    return Array.from(Deno.readDirSync(folder), ({ name }) => name);
  } catch {
    return [];
  }
}
