// One broken y4m that is common enough to know by sight: ffmpeg's writer (libavformat/yuv4mpegenc.c, seen in 5.1) doubles
// the width for samples of two bytes before it halves it for chroma, so that with an odd width each row of chroma
// misses its last byte. The frames cannot be repaired, and neither ffmpeg nor rav1e reads them.

import { bareFrameLine } from "./frame_layout.ts";
import { chromaSize, frameBytes, type VideoFormat } from "./video_format.ts";

/** Where such a writer's frame 0 ends. */
export interface ShortFrame {
  /** Byte of the input at which frame 1's line starts, or the input ends. */
  readonly end: number;
  /** Bytes that a frame lacks. */
  readonly missing: number;
}

/** Undefined for the formats that it writes correctly. */
export function shortFrame(format: VideoFormat, headerBytes: number): ShortFrame | undefined {
  const chroma = chromaSize(format);
  const isHalved = chroma.width > 0 && chroma.width < format.width;
  if (format.bitDepth === 8 || !isHalved || format.width % 2 === 0) return undefined;
  const missing = 2 * chroma.height;
  return { end: headerBytes + bareFrameLine.length + frameBytes(format) - missing, missing };
}

/**
 * What to say where an input's frames do not line up and `next` (six bytes, or fewer at the input's end) stands at
 * `short.end`: a clause and advice; undefined where it is not this writer's work.
 */
export function describeShortChroma(
  { missing }: ShortFrame,
  format: VideoFormat,
  next: Uint8Array,
): string | undefined {
  const follows = next.length === bareFrameLine.length && next.every((byte, index) => byte === bareFrameLine[index]);
  if (!follows && next.length > 0) return undefined;
  return `its frames are ${missing} bytes short: ffmpeg leaves out the last byte of every chroma row where the width ` +
    `(${format.width}) is odd and samples have more than 8 bits; make it again with an even width ` +
    `(for ffmpeg: -vf crop=${Math.max(2, format.width - 1)}:${format.height})`;
}
