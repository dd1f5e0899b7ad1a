// The last line of a complete encode, and the same as data for --progress json:
//
// {"type":"summary", ...}  once, after the output has its name
//   output         the output's name              frames, segments, slots   whole numbers
//   packetBytes    bytes of the packets           fileBytes   with the container's own
//   kbps           thousands of bits a second of video
//   seconds        from the beginning of encoding to the last segment's end
//   keptFrames     frames of them that earlier runs had finished
//   fps            frames that this run has encoded / seconds
//   efficiency     useful slot-seconds / (slots x seconds), 0 to 1
//   usefulSeconds, withheldSeconds   slot-seconds: of finished segments; withheld for memory
//   firstFrameSentAt   milliseconds since 1970 when the first frame went to an encoder; null where none had to
//   boundSeconds   the least that any schedule of these segments on these slots could have taken

import { count } from "../resume/describe.ts";
import type { EncodeSummary } from "../encode/encode_job.ts";
import { quotedPath } from "../media/printable.ts";

export interface SummaryFacts {
  readonly output: string;
  readonly frames: number;
  readonly keptFrames: number;
  readonly segments: number;
  readonly slots: number;
  readonly packetBytes: number;
  readonly fileBytes: number;
  readonly kbps: number;
  readonly seconds: number;
  readonly fps: number;
  readonly efficiency: number;
  readonly usefulSeconds: number;
  readonly withheldSeconds: number;
  readonly boundSeconds: number;
  readonly firstFrameSentAt: number | null;
}

/** `frameRate` is the video's, frames a second. */
export function summaryFacts(
  output: string,
  summary: EncodeSummary,
  fileBytes: number,
  frameRate: number,
): SummaryFacts {
  const { frames, keptFrames, bytes, wallSeconds, firstFrameSentAt } = summary;
  return {
    output,
    frames,
    keptFrames,
    segments: summary.segments,
    slots: summary.slots,
    packetBytes: bytes,
    fileBytes,
    kbps: bytes * 8 * frameRate / frames / 1000,
    seconds: wallSeconds,
    fps: wallSeconds > 0 ? (frames - keptFrames) / wallSeconds : 0,
    efficiency: summary.efficiency,
    usefulSeconds: summary.usefulSeconds,
    withheldSeconds: summary.withheldSeconds,
    boundSeconds: summary.boundSeconds,
    firstFrameSentAt: Number.isFinite(firstFrameSentAt) ? firstFrameSentAt : null,
  };
}

export function summaryText(facts: SummaryFacts): string {
  const { output, frames, keptFrames, fileBytes, kbps, fps, segments, slots, efficiency, withheldSeconds } = facts;
  const name = output === "-" ? "standard output" : quotedPath(output);
  return `${name}: ${count(frames, "frame")}${
    keptFrames > 0 ? ` (${keptFrames} of them before)` : ""
  }, ${fileBytes} bytes, ${kbps.toFixed(1)} kbit/s, ` +
    (keptFrames < frames ? `${fps.toFixed(2)} fps, ` : "") +
    `${count(segments, "segment")}, ${count(slots, "slot")} ${(efficiency * 100).toFixed(0)} % efficient` +
    (withheldSeconds >= 1 ? ` (${withheldSeconds.toFixed(0)} slot-seconds withheld for memory)` : "");
}
