// Peak memory on a pipe does not grow with the video: the promise is at most 5 % more on FRAMES frames than on SHORT, with
// the producer held back by the encoder, with --tmp-input and without; and never above what was printed for waiting frames
// and the slots' own. Both slots being at their most in the same moment is chance, so medians of ROUNDS are compared.
// NOISE is the height of the noise in the pictures: 0 packs very small, 32 hardly at all.
// usage: deno run --allow-all bench/pipe_memory.ts [FRAMES=10000] [SHORT=1000] [WIDTH=1280] [HEIGHT=720] [NOISE=2] [ROUNDS=3]

import { numbersOr, withBenchFolder } from "./support/bench_clip.ts";
import { ClipPipe } from "./support/clip_pipe.ts";
import { type Footprint, ownCommand, watchRun } from "./support/measured_run.ts";
import { median, verdict } from "./support/statistics.ts";

const [frames, short, width, height, noise, rounds] = numbersOr(10_000, 1_000, 1280, 720, 2, 3);
/** As fast as it gets, and hundreds of times slower than the producer. */
const fastest = ["-s", "10", "-q", "255", "--low-latency", "--rdo-lookahead-frames", "1"];

/** Bytes that the program printed for waiting frames. */
function printed({ stderr }: Footprint): number {
  const [, value, unit] = /up to ([\d.]+) (MB|GB) of memory for waiting frames/.exec(stderr)!;
  return Number(value) * (unit === "GB" ? 1e9 : 1e6);
}

await withBenchFolder(async (folder) => {
  const scenes = Array.from(
    { length: 4 },
    (_, i) => ({ frames: 25, seed: 5 + i, panX: 9 - 5 * i, panY: 2 - i, noise }),
  );
  const pipe = new ClipPipe(folder, { width, height, bitDepth: 8, chromaSampling: "4:2:0", scenes });
  const run = async (count: number, ...more: string[]) => {
    const sent = pipe.send(count);
    const args = [pipe.path, "-o", `${folder}/out.ivf`, "-y", "--progress", "none", ...fastest, ...more];
    const print = await watchRun(ownCommand(...args));
    console.log(
      `${more.join(" ") || "plain"}, ${sent} frames: peak ${(print.peakBytes / 1e6).toFixed(0)} MB, ` +
        `printed for waiting frames ${(printed(print) / 1e6).toFixed(0)} MB`,
    );
    return print;
  };
  // What the program holds with next to nothing waiting: its slots' own, and its threads.
  const base = await run(100);
  for (const more of [[], [`--tmp-input=${folder}`]]) {
    const few: number[] = [], many: number[] = [];
    let most = Infinity;
    for (let round = 0; round < rounds; round++) {
      few.push((await run(short, ...more)).peakBytes);
      const print = await run(frames, ...more);
      many.push(print.peakBytes);
      most = Math.min(most, Math.round(printed(print) / 1e6));
    }
    const growth = median(many) / median(few);
    console.log(`${more.length > 0 ? "--tmp-input" : "plain"}: ${growth.toFixed(3)} ${verdict(growth, "<=", 1.05)}`);
    const beside = (Math.max(...many) - base.peakBytes) / 1e6;
    console.log(`more than on 100 frames: ${beside.toFixed(0)} MB ${verdict(beside, "<=", most)}`);
  }
});
