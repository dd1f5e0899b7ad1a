// A worker on this machine against this machine's own slots: the promise is at most 1.05 times the wall time with as many
// slots, and slots of the worker that are idle for at most 1 % of the time between their first segment and their last. Pairs
// side by side, in alternating order.
// usage: deno run --allow-all bench/loopback.ts [PAIRS=5] [SEGMENTS=24] [WIDTH=320] [HEIGHT=180] [SPEED=8] [SLOTS=2] [CLIP.y4m]
// A clip is encoded as it is, with keyframes far enough apart for so many segments; without one the clip is made by code, with
// noise in it, and packs of it are large.

import { openY4mFile } from "../lib/media/y4m_file.ts";
import { numbersOr, withBenchFolder, writeBenchClip } from "./support/bench_clip.ts";
import { measureRun, ownCommand, warmUp } from "./support/measured_run.ts";
import { median, spread, verdict } from "./support/statistics.ts";
import { type LogLine, RunningWorker, workerPassword } from "../tests/support/running_worker.ts";

const [pairs, segments, width, height, speed, slots] = numbersOr(5, 24, 320, 180, 8, 2);
const given = Deno.args[6];

await withBenchFolder(async (folder) => {
  const clip = given ?? `${folder}/in.y4m`;
  const made = given === undefined ? writeBenchClip(clip, segments, width, height) : undefined;
  const { header, frames } = openY4mFile(clip);
  const keyint = made === undefined ? ["--keyint", `${Math.floor(frames / segments)}`] : [];
  await warmUp(clip, `${folder}/warm-up.ivf`);
  await using worker = await RunningWorker.start(["--ip", "127.0.0.1", "--threads", `${slots}`]);
  const table = `[[workers]]\nhost = "127.0.0.1"\nport = ${worker.port}\npassword = "${workerPassword}"\n`;
  Deno.writeTextFileSync(`${folder}/workers.toml`, table, { mode: 0o600 });
  const common = [clip, "-y", "-s", `${speed}`, "--progress", "none", ...keyint];
  const here = ownCommand(...common, "-o", `${folder}/here.ivf`, "--threads", `${slots}`, "--no-workers");
  const there = ownCommand(...common, "-o", `${folder}/there.ivf`, "--no-local", "--workers", `${folder}/workers.toml`);

  const wall: number[] = [], cpu: number[] = [], idle: number[] = [];
  const size = `${header.format.width}x${header.format.height}`;
  console.log(`${segments} segments, ${frames} frames of ${size}, speed ${speed}, ${slots} slots`);
  for (let pair = 0; pair < pairs; pair++) {
    const seen = worker.lines.length;
    const order = pair % 2 === 0 ? [here, there] : [there, here];
    const runs = [await measureRun(order[0]!), await measureRun(order[1]!)];
    const [own, remote] = pair % 2 === 0 ? runs : runs.toReversed();
    await worker.said("closed", (line) => worker.lines.indexOf(line) >= seen);
    wall.push(remote!.wallSeconds / own!.wallSeconds);
    cpu.push(remote!.cpuSeconds);
    idle.push(idleShare(worker.lines.slice(seen)));
    console.log(`${own!.wallSeconds.toFixed(2)} s here, ${remote!.wallSeconds.toFixed(2)} s with the worker`);
    if (!same(`${folder}/here.ivf`, `${folder}/there.ivf`)) throw new Error("The worker gave other bytes");
  }
  console.log(`wall time, worker over own slots: ${spread(wall, 3)} ${verdict(median(wall), "<=", 1.05)}`);
  console.log(`the worker's slots between segments, idle: ${spread(idle, 4)} ${verdict(median(idle), "<=", 0.01)}`);
  console.log(`the client's CPU seconds: ${spread(cpu)}`);
});

/** Of the time that slots had, from their first segment's begin to their last one's end. */
function idleShare(lines: readonly LogLine[]): number {
  const begun = new Map<number, number>(), ended = new Map<number, number>();
  let busy = 0, had = 0;
  for (const { event, slot, seconds, time } of lines) {
    if (event !== "encoded" || typeof slot !== "number" || typeof seconds !== "number") continue;
    const end = Date.parse(time) / 1000;
    if (!begun.has(slot)) begun.set(slot, end - seconds);
    ended.set(slot, end);
    busy += seconds;
  }
  for (const [slot, begin] of begun) had += ended.get(slot)! - begin;
  return 1 - busy / had;
}

function same(one: string, other: string): boolean {
  const [a, b] = [Deno.readFileSync(one), Deno.readFileSync(other)];
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
