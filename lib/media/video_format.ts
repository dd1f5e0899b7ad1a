// What raw video looks like, whatever file it came from: the shape of one frame and what its samples mean. A frame is
// its planes one after the other (Y, then Cb and Cr unless 4:0:0), rows without padding, one byte a sample at 8 bits,
// two bytes little-endian above.

import type { FrameShape } from "../../ffi/packs.ts";

/** An exact ratio of whole numbers, as y4m and AV1 carry them. */
export interface Ratio {
  readonly num: number;
  readonly den: number;
}

export type ChromaSampling = "4:0:0" | "4:2:0" | "4:2:2" | "4:4:4";

/** chroma_sample_position of the AV1 specification, section 6.4.2. */
export type ChromaSamplePosition = "unknown" | "vertical" | "colocated";

export interface VideoFormat {
  /** Luma samples a row, at least 1. */
  readonly width: number;
  /** Luma rows, at least 1. */
  readonly height: number;
  readonly bitDepth: 8 | 10 | 12;
  readonly chromaSampling: ChromaSampling;
  readonly chromaSamplePosition: ChromaSamplePosition;
  /** Width of a sample over its height; 1:1 where the input does not say. */
  readonly sampleAspectRatio: Ratio;
  /** Frames per second. */
  readonly frameRate: Ratio;
  /** True or false where the input says so; undefined where it is silent (limited range is assumed). */
  readonly fullRange: boolean | undefined;
}

/** Samples a row and rows of one chroma plane; 0 by 0 for 4:0:0. Odd sizes round up. */
export function chromaSize(
  format: Pick<VideoFormat, "width" | "height" | "chromaSampling">,
): { width: number; height: number } {
  const { width, height } = format;
  switch (format.chromaSampling) {
    case "4:0:0":
      return { width: 0, height: 0 };
    case "4:2:0":
      return { width: Math.ceil(width / 2), height: Math.ceil(height / 2) };
    case "4:2:2":
      return { width: Math.ceil(width / 2), height };
    case "4:4:4":
      return { width, height };
  }
}

/** Planes of a frame as packs are made of them. */
export function frameShape(
  format: Pick<VideoFormat, "width" | "height" | "chromaSampling" | "bitDepth">,
): FrameShape {
  const sampleBytes = format.bitDepth > 8 ? 2 : 1, chroma = chromaSize(format);
  const planes = [format, chroma, chroma].filter(({ width }) => width > 0);
  return { sampleBytes, planes: planes.map(({ width, height }) => ({ rowBytes: width * sampleBytes, rows: height })) };
}

/** Bytes of one frame, all planes, without any file's framing around it. */
export function frameBytes(format: VideoFormat): number {
  const chroma = chromaSize(format);
  const samples = format.width * format.height + 2 * chroma.width * chroma.height;
  return samples * (format.bitDepth > 8 ? 2 : 1);
}
