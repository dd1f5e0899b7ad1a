// Two slots against one: the promise is 1.9 times as fast on two cores over a clip of at least 20 segments, with the
// slots' idle time at the end within 5 % of what no schedule can beat.
// usage: deno run --allow-all bench/slots.ts [PAIRS=3] [SEGMENTS=24] [WIDTH=320] [HEIGHT=180] [SPEED=6]

import { numbersOr, withBenchFolder, writeBenchClip } from "./support/bench_clip.ts";
import { measureRun, ownCommand, warmUp } from "./support/measured_run.ts";
import { median, spread, verdict } from "./support/statistics.ts";
import { readTimingReport, scheduleOf } from "./support/timing_report.ts";

const [pairs, segments, width, height, speed] = numbersOr(3, 24, 320, 180, 6);

await withBenchFolder(async (folder) => {
  const input = `${folder}/clip.y4m`;
  const frames = writeBenchClip(input, segments, width, height);
  await warmUp(input);
  console.log(`${frames} frames of ${width}x${height} in ${segments} segments, speed ${speed}, ${pairs} pairs`);
  const run = (slots: number) =>
    measureRun(ownCommand(
      ...[input, "-o", `${folder}/out.ivf`, "-y", "--threads", `${slots}`, "--speed", `${speed}`],
      ...["--memory", "unlimited", "--progress", "json"],
    ));
  const gains: number[] = [], excesses: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    // Which goes first alternates, so that a machine that slows down slows both.
    const order = pair % 2 === 0 ? [1, 2] : [2, 1];
    const wall = new Map<number, number>();
    for (const slots of order) {
      const { wallSeconds, stderr } = await run(slots);
      wall.set(slots, wallSeconds);
      if (slots !== 2) continue;
      const { length, lowerBound, idleAtEnd } = scheduleOf(readTimingReport(stderr));
      excesses.push(length / lowerBound);
      const seconds = [length, lowerBound, idleAtEnd].map((value) => value.toFixed(2));
      console.log(`  two slots: encoded in ${seconds[0]} s, bound ${seconds[1]} s, idle at the end ${seconds[2]} s`);
    }
    gains.push(wall.get(1)! / wall.get(2)!);
    console.log(`  one slot ${wall.get(1)!.toFixed(2)} s, two slots ${wall.get(2)!.toFixed(2)} s`);
  }
  console.log(`two slots over one: ${spread(gains)} ${verdict(median(gains), ">=", 1.9)}`);
  console.log(`schedule over its lower bound: ${spread(excesses, 3)} ${verdict(median(excesses), "<=", 1.05)}`);
});
