// The dav1d command as a second opinion: an independent decoder that must read every packet we write. Tests that need
// it are skipped where it is not installed.

import { clipLength } from "../../lib/media/demo_clip.ts";
import type { Clip } from "../../lib/media/demo_clip.ts";

/** False where there is no dav1d command to run. */
export const hasDav1d: boolean = await works("dav1d", ["--version"]);

async function works(command: string, args: string[]): Promise<boolean> {
  try {
    return (await new Deno.Command(command, { args, stdout: "null", stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}

export interface DecodeOptions {
  /** Whether grain is put on the pictures; true where absent. */
  readonly filmGrain?: boolean;
}

/**
 * The decoded frames of an IVF file, one after the other, in y4m's layout without its header lines.
 * Throws an Error with what dav1d said where it refuses the file.
 */
export async function decodeIvf(path: string, { filmGrain = true }: DecodeOptions = {}): Promise<Uint8Array> {
  const { success, stdout, stderr } = await new Deno.Command("dav1d", {
    args: [
      "--quiet",
      "-i",
      path,
      "--demuxer",
      "ivf",
      "--muxer",
      "yuv",
      "--filmgrain",
      filmGrain ? "1" : "0",
      "-o",
      "-",
    ],
    stdout: "piped",
    stderr: "piped",
  }).output();
  const said = new TextDecoder().decode(stderr).trim();
  if (!success || said !== "") throw new Error(`Cannot decode ${path}: ${said || "dav1d failed without a word"}`);
  return stdout;
}

/** Bytes of one frame of a clip. Throws where `decoded` is not the clip's number of frames. */
export function decodedFrameBytes(decoded: Uint8Array, clip: Clip, frames = clipLength(clip)): number {
  const shiftX = clip.chromaSampling === "4:4:4" ? 0 : 1, shiftY = clip.chromaSampling === "4:2:0" ? 1 : 0;
  const chroma = clip.chromaSampling === "4:0:0"
    ? 0
    : ((clip.width + shiftX) >> shiftX) * ((clip.height + shiftY) >> shiftY);
  const bytes = (clip.width * clip.height + 2 * chroma) * (clip.bitDepth > 8 ? 2 : 1);
  if (decoded.length !== bytes * frames) {
    throw new Error(`Cannot match the decoded video: ${decoded.length} bytes, ${frames} frames of ${bytes} expected`);
  }
  return bytes;
}

/** The frames that differ between two decodings of equal length. */
export function differingFrames(a: Uint8Array, b: Uint8Array, frameBytes: number): number[] {
  const frames: number[] = [];
  for (let at = 0; at < a.length; at += frameBytes) {
    const left = a.subarray(at, at + frameBytes), right = b.subarray(at, at + frameBytes);
    if (left.some((sample, i) => sample !== right[i])) frames.push(at / frameBytes);
  }
  return frames;
}
