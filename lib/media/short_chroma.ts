// One broken y4m that is common enough to know by sight: ffmpeg's writer (libavformat/yuv4mpegenc.c, seen in 5.1) doubles
// the width for samples of two bytes before it halves it for chroma, so that with an odd width each row of chroma
// misses its last byte. The frames cannot be repaired, and neither ffmpeg nor rav1e reads them.

import { bareFrameLine } from "./frame_layout.ts";
import { readAt } from "./positional_read.ts";
import { chromaSize, type VideoFormat } from "./video_format.ts";
import type { ScanInput } from "./y4m_scan.ts";

/** What to say of such a file, a clause and advice; undefined for any other. For files where no frames line up. */
export function describeShortChroma(input: ScanInput, format: VideoFormat): string | undefined {
  const chroma = chromaSize(format);
  const isHalved = chroma.width > 0 && chroma.width < format.width;
  if (format.bitDepth === 8 || !isHalved || format.width % 2 === 0) return undefined;
  const missing = 2 * chroma.height;
  const end = input.headerBytes + bareFrameLine.length + input.frameBytes - missing;
  const next = new Uint8Array(bareFrameLine.length);
  const follows = readAt(input.file, next, end) === next.length &&
    next.every((byte, index) => byte === bareFrameLine[index]);
  if (!follows && input.fileBytes !== end) return undefined;
  return `its frames are ${missing} bytes short: ffmpeg leaves out the last byte of every chroma row where the width ` +
    `(${format.width}) is odd and samples have more than 8 bits; make it again with an even width ` +
    `(for ffmpeg: -vf crop=${Math.max(2, format.width - 1)}:${format.height})`;
}
