// Peak memory against the stock command: the promise is no more than 110 MB above it with one slot and no more than
// the stock command's for each further slot; and the main thread's share of the CPU, 2 % at most.
// usage: deno run --allow-all bench/peak_memory.ts [ROUNDS=3] [WIDTH=1280] [HEIGHT=720] [SPEED=8] [SEGMENTS=5]

import { findOrBuildStock } from "../tests/oracle/stock.ts";
import { numbersOr, withBenchFolder, writeBenchClip } from "./support/bench_clip.ts";
import { type Footprint, ownCommand, warmUp, watchRun } from "./support/measured_run.ts";
import { median, spread, verdict } from "./support/statistics.ts";

const [rounds, width, height, speed, segments] = numbersOr(3, 1280, 720, 8, 5);
const stock = await findOrBuildStock(console.error);

await withBenchFolder(async (folder) => {
  const input = `${folder}/clip.y4m`, output = `${folder}/out.ivf`;
  const frames = writeBenchClip(input, segments, width, height);
  await warmUp(input);
  console.log(`${frames} frames of ${width}x${height}, speed ${speed}, ${rounds} rounds; megabytes are 10^6 bytes`);
  const options = ["-y", "--speed", `${speed}`];
  const own = (slots: number) =>
    watchRun(
      ownCommand(input, "-o", output, ...options, "--threads", `${slots}`, "--memory", "unlimited", "--no-progress"),
    );
  const stocks: Footprint[] = [], ones: Footprint[] = [], twos: Footprint[] = [];
  for (let round = 0; round < rounds; round++) {
    stocks.push(await watchRun([stock, input, "-o", output, ...options, "--threads", "1", "--quiet"]));
    ones.push(await own(1));
    twos.push(await own(2));
  }
  const megabytes = (runs: Footprint[]) => runs.map(({ peakBytes }) => peakBytes / 1e6);
  const share = (runs: Footprint[]) => runs.map(({ mainThreadShare }) => mainThreadShare * 100);
  const base = median(megabytes(stocks));
  const first = median(megabytes(ones)) - base, further = median(megabytes(twos)) - median(megabytes(ones));
  console.log(`stock ${spread(megabytes(stocks), 0)} MB`);
  console.log(`one slot ${spread(megabytes(ones), 0)} MB: stock + ${first.toFixed(0)} ${verdict(first, "<=", 110)}`);
  console.log(
    `two slots ${spread(megabytes(twos), 0)} MB: the second ${further.toFixed(0)} ${
      verdict(further, "<=", Math.round(base))
    }`,
  );
  console.log(`main thread, one slot: ${spread(share(ones))} % of the CPU ${verdict(median(share(ones)), "<=", 2)}`);
  console.log(`main thread, two slots: ${spread(share(twos))} % of the CPU ${verdict(median(share(twos)), "<=", 2)}`);
  console.log(`threads at most: ${Math.max(...twos.map(({ threads }) => threads))} with two slots`);
});
