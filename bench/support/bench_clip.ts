// The clips of the benchmarks: many uneven segments, sizes and counts from the command line of each script.

import { writeClip } from "../../lib/media/y4m_writer.ts";

/** Lengths of segments as films have them: short and long, none a multiple of another's. */
const lengths = [31, 14, 57, 22, 43, 16, 38, 27, 61, 19, 34, 47];

/** Writes a clip of `segments` scenes, each a GOP of its own, and returns its frames. */
export function writeBenchClip(path: string, segments: number, width: number, height: number): number {
  const scenes = Array.from({ length: segments }, (_, i) => ({
    frames: lengths[i % lengths.length]!,
    seed: 100 + i,
    panX: [5, -11, 2, 8][i % 4]!,
    panY: [1, 3, -6][i % 3]!,
  }));
  writeClip(path, { width, height, bitDepth: 8, chromaSampling: "4:2:0", scenes });
  return scenes.reduce((sum, scene) => sum + scene.frames, 0);
}

/** Runs with a folder for clips and outputs that is gone afterwards. */
export async function withBenchFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync({ prefix: "rav1e-by-gop-bench-" });
  try {
    await work(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Whole numbers from the script's arguments, in order, else the defaults. */
export function numbersOr<T extends readonly number[]>(...defaults: T): { [Place in keyof T]: number } {
  return defaults.map((value, i) => {
    const given = Deno.args[i];
    if (given === undefined) return value;
    if (!/^[1-9]\d*$/.test(given)) throw new RangeError(`Cannot use ${given}: a whole number is wanted`);
    return Number(given);
  }) as { [Place in keyof T]: number };
}
