// What a proxy must show, made apart from the program: ffmpeg decodes a source in one pass and scales it with the same filter.
// And how near two pictures are, which tells a frame from its neighbours even where it was encoded coarsely.

import { ffmpeg as ffmpegIn } from "./ffmpeg.ts";

export { hasFfmpeg } from "./ffmpeg.ts";

/** Runs ffmpeg; gives its standard output. Throws with what it said. */
export async function ffmpeg(...args: string[]): Promise<Uint8Array> {
  return await ffmpegIn(Deno.cwd(), ...args);
}

/** 8-bit 4:2:0 frames of the source at that size, one after the other. */
export async function scaledFrames(source: string, width: number, height: number): Promise<Uint8Array> {
  const scale = `scale=${width}:${height}:flags=bicubic+accurate_rnd+full_chroma_int+bitexact,format=yuv420p`;
  return await ffmpeg("-i", source, "-vf", scale, "-fps_mode", "passthrough", "-f", "rawvideo", "pipe:1");
}

/** Peak signal-to-noise ratio of two pictures of equal size, in decibels; Infinity where they are the same. */
export function psnr(a: Uint8Array, b: Uint8Array): number {
  let squares = 0;
  for (let at = 0; at < a.length; at++) squares += (a[at]! - b[at]!) ** 2;
  return squares === 0 ? Infinity : 10 * Math.log10(255 ** 2 * a.length / squares);
}
