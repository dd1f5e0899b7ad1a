// From starting the process to the first frame that goes to the encoder, with the library built: 250 ms at most.
// usage: deno run --allow-all bench/start.ts [RUNS=9] [WIDTH=1280] [HEIGHT=720]

import { numbersOr, withBenchFolder, writeBenchClip } from "./support/bench_clip.ts";
import { measureRun, ownCommand, warmUp } from "./support/measured_run.ts";
import { median, spread, verdict } from "./support/statistics.ts";
import { readTimingReport } from "./support/timing_report.ts";

const [runs, width, height] = numbersOr(9, 1280, 720);

await withBenchFolder(async (folder) => {
  const input = `${folder}/clip.y4m`;
  writeBenchClip(input, 1, width, height);
  const line = ownCommand(
    ...[input, "-o", `${folder}/out.ivf`, "-y", "--speed", "10", "--limit", "8", "--progress", "json"],
  );
  await warmUp(input);
  const milliseconds: number[] = [];
  for (let run = 0; run < runs; run++) {
    const { startedAt, stderr } = await measureRun(line);
    milliseconds.push(readTimingReport(stderr).firstFrameSentAt - startedAt);
  }
  console.log(`start to first frame: ${spread(milliseconds, 0)} ms ${verdict(median(milliseconds), "<=", 250)}`);
});
