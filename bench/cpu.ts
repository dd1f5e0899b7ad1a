// CPU seconds against the stock rav1e command on one thread, for the same packets: the promise is 0.96 or less, the
// median of pairs that run one after the other in alternating order.
// usage: deno run --allow-all bench/cpu.ts [PAIRS=5] [SEGMENTS=8] [WIDTH=480] [HEIGHT=270] [SPEED=6] [SLOTS=1]

import { packetsDigest } from "../tests/support/ivf_packets.ts";
import { findOrBuildStock } from "../tests/oracle/stock.ts";
import { numbersOr, withBenchFolder, writeBenchClip } from "./support/bench_clip.ts";
import { type CommandLine, measureRun, ownCommand, warmUp } from "./support/measured_run.ts";
import { median, spread, verdict } from "./support/statistics.ts";

const [pairs, segments, width, height, speed, slots] = numbersOr(5, 8, 480, 270, 6, 1);
const stock = await findOrBuildStock(console.error);

await withBenchFolder(async (folder) => {
  const input = `${folder}/clip.y4m`, theirs = `${folder}/stock.ivf`, ours = `${folder}/own.ivf`;
  const frames = writeBenchClip(input, segments, width, height);
  await warmUp(input);
  console.log(`${frames} frames of ${width}x${height}, speed ${speed}, ${slots} slot(s), ${pairs} pairs`);
  const shared = ["-y", "--speed", `${speed}`];
  const stockLine: CommandLine = [stock, input, "-o", theirs, "--threads", "1", "--quiet", ...shared];
  const ownLine = ownCommand(input, "-o", ours, "--threads", `${slots}`, "--no-progress", ...shared);
  const cpu: number[] = [], wall: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const lines = pair % 2 === 0 ? [stockLine, ownLine] : [ownLine, stockLine];
    const runs = [await measureRun(lines[0]!), await measureRun(lines[1]!)];
    const [stockRun, ownRun] = pair % 2 === 0 ? [runs[0]!, runs[1]!] : [runs[1]!, runs[0]!];
    if (packetsDigest(Deno.readFileSync(theirs)) !== packetsDigest(Deno.readFileSync(ours))) {
      throw new Error("Cannot compare: the packets differ");
    }
    cpu.push(ownRun.cpuSeconds / stockRun.cpuSeconds);
    wall.push(ownRun.wallSeconds / stockRun.wallSeconds);
    console.log(`  stock ${stockRun.cpuSeconds.toFixed(2)} s of CPU, ours ${ownRun.cpuSeconds.toFixed(2)} s`);
  }
  console.log(`CPU over stock's: ${spread(cpu, 3)} ${verdict(median(cpu), "<=", 0.96)}`);
  console.log(`wall time over stock's: ${spread(wall, 3)}`);
});
