// Packets that look like AV1's as far as containers look: temporal units with a delimiter, keyframes with a sequence header
// before them, and bytes of one's choice.

import type { PacketRun, VideoDescription } from "../../../lib/containers/container.ts";
import type { FrameTimes } from "../../../lib/media/frame_times.ts";

/** Of an encode by rav1e 0.8.1: 320x180, 8 bit, 4:2:0, no colours; the whole OBU. */
export const sequenceHeader = Uint8Array.fromHex("0a0b000000fa1e7f66210a80a0");

export const video: VideoDescription = {
  width: 320,
  height: 180,
  frameRate: { num: 24000, den: 1001 },
  frames: null,
  sampleAspectRatio: { num: 1, den: 1 },
  masteringDisplay: null,
  contentLight: null,
  turn: 0,
};

/** What is in a container: a packet without its delimiter. */
export function madeSample(isKey: boolean, content: readonly number[]): Uint8Array<ArrayBuffer> {
  // OBU_FRAME with show_existing_frame 0, frame_type key or inter, show_frame 1.
  const frame = [isKey ? 0x10 : 0x30, ...content];
  const size = frame.length < 128 ? [frame.length] : [frame.length % 128 | 0x80, frame.length >> 7];
  return Uint8Array.from([...(isKey ? sequenceHeader : []), 0x32, ...size, ...frame]);
}

export interface MadeFrame {
  readonly isKey: boolean;
  readonly content: readonly number[];
}

/** Runs of these frames, one for each number of `lengths`. */
export async function runsOf(frames: readonly MadeFrame[], lengths: readonly number[], times: FrameTimes) {
  const runs: PacketRun[] = [];
  for (let first = 0, run = 0; first < frames.length; run++) {
    const some = frames.slice(first, first + (lengths[run] ?? frames.length));
    const packets = some.map(({ isKey, content }) => [0x12, 0x00, ...madeSample(isKey, content)]);
    const shown = await Promise.all(some.map((_, n) => times.of(first + n)));
    const last = shown.at(-1)!;
    runs.push({
      first,
      sizes: Uint32Array.from(packets, (packet) => packet.length),
      data: Uint8Array.from(packets.flat()),
      seconds: [...shown.map(({ seconds }) => seconds), last.seconds + last.duration],
    });
    first += some.length;
  }
  return runs;
}

/** Times of frames that last so many seconds each. */
export function listedTimes(durations: readonly number[]): FrameTimes {
  const starts = [0];
  for (const duration of durations) starts.push(starts.at(-1)! + duration);
  return {
    frameRate: { num: 25, den: 1 },
    isConstant: false,
    startSeconds: 0,
    of: (frame) => Promise.resolve({ seconds: starts[frame]!, duration: durations[frame]! }),
  };
}
