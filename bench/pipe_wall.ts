// A pipe against the same clip as a file: the promise is at most 1.05 times the wall time. Pairs side by side, in alternating
// order, on a machine that may do other things too; CPU seconds, the producer's included, beside it.
// usage: deno run --allow-all bench/pipe_wall.ts CLIP.y4m [PAIRS=5] [LIMIT=100] [SPEED=10]

import { measureRun, ownCommand, type Run, warmUp } from "./support/measured_run.ts";
import { median, spread, verdict } from "./support/statistics.ts";

const [clip, pairs = "5", limit = "100", speed = "10"] = Deno.args;
if (clip === undefined) throw new TypeError("Cannot measure without a clip: name a y4m file");
const folder = Deno.makeTempDirSync({ prefix: "rav1e-by-gop-bench-" });
const options = ["-o", `${folder}/out.ivf`, "-y", "-s", speed, "--limit", limit, "--progress", "none"];
const file = () => measureRun(ownCommand(clip, ...options));
const pipe = () => measureRun(["sh", "-c", 'input=$0; cat "$input" | "$@"', clip, ...ownCommand("-", ...options)]);

try {
  await warmUp(clip);
  const wall: number[] = [], cpu: number[] = [];
  for (let pair = 0; pair < Number(pairs); pair++) {
    const runs: Run[] = [];
    for (const run of pair % 2 === 0 ? [file, pipe] : [pipe, file]) runs.push(await run());
    const [fromFile, fromPipe] = (pair % 2 === 0 ? runs : runs.toReversed()) as [Run, Run];
    wall.push(fromPipe.wallSeconds / fromFile.wallSeconds);
    cpu.push(fromPipe.cpuSeconds / fromFile.cpuSeconds);
    console.log(
      `${fromFile.wallSeconds.toFixed(2)} s from the file, ${fromPipe.wallSeconds.toFixed(2)} s from the pipe`,
    );
  }
  console.log(`wall time, pipe over file: ${spread(wall, 3)} ${verdict(median(wall), "<=", 1.05)}`);
  console.log(`CPU time, pipe over file: ${spread(cpu, 3)}`);
} finally {
  Deno.removeSync(folder, { recursive: true });
  Deno.removeSync(`${clip}.warm-up.ivf`);
}
