// The clips tests use: short descriptions of lib/media/demo_clip.ts's generator, with defaults that make a small clip
// whose scenes differ, move and cut where the test says.

import type { Clip, Scene } from "../../lib/media/demo_clip.ts";

export { type Clip, clipFrames, clipLength, type Scene } from "../../lib/media/demo_clip.ts";
export { writeClip, y4mHeader, type Y4mParameters } from "../../lib/media/y4m_writer.ts";

/** 160x96, 8 bit, 4:2:0, unless told otherwise. */
export function clip(scenes: readonly Scene[], format: Partial<Omit<Clip, "scenes">> = {}): Clip {
  return { width: 160, height: 96, bitDepth: 8, chromaSampling: "4:2:0", ...format, scenes };
}

/** One scene for each length, each with a texture and a motion of its own: cuts lie between them. */
export function scenes(...lengths: number[]): Scene[] {
  return lengths.map((frames, i) => ({
    frames,
    seed: 11 + i,
    panX: [6, -9, 0, 14][i % 4]!,
    panY: [1, 4, -7][i % 3]!,
  }));
}
