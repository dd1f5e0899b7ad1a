// How large the pictures of a proxy are. A side is scaled to the nearest even number of pixels, so that chroma samples lie
// on whole pixels; 100 percent is the source's own size, whatever that is. A size below what rav1e encodes is refused.

import { InputError } from "../errors.ts";

export interface PictureSize {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

export interface ProxySize extends PictureSize {
  /** Of the source's width and height, 1 to 100. */
  readonly percent: number;
}

/** What is made where nothing is asked for. */
export const defaultPercents: readonly number[] = [25, 50, 75, 100];

/** rav1e's least width and height. */
const leastSide = 16;

/** Sizes of the proxies of a source called `name`, largest first. Throws InputError. */
export function proxySizes(name: string, source: PictureSize, percents: readonly number[]): ProxySize[] {
  return percents.toSorted((a, b) => b - a).map((percent) => {
    const size = { percent, width: scaledSide(source.width, percent), height: scaledSide(source.height, percent) };
    if (Math.min(size.width, size.height) < leastSide) {
      throw new InputError(
        `Cannot make a ${percent} % proxy of ${name}: ${size.width}x${size.height} pixels of ` +
          `${source.width}x${source.height}, and no side may be below ${leastSide}; leave ${percent} out of --sizes`,
      );
    }
    return size;
  });
}

function scaledSide(side: number, percent: number): number {
  return percent === 100 ? side : 2 * Math.round((side * percent) / 200);
}
