// What the one file costs beside Deno running the same program: a warm start, a first start, its size on disk, and memory
// while it encodes. Runs take turns, so that a busy machine is busy for all. At most 25 ms may be added to a warm
// start, and 40 MB be on disk as one file.
// usage: deno run --allow-all bench/executable.ts [RUNS=25]    after: deno task compile --shape self-extracting

import { join } from "node:path";
import { executable, Home } from "../tests/executable/unpacked.ts";
import { isolationFlags, permissionFlags } from "../ship/permissions.ts";
import { numbersOr, writeBenchClip } from "./support/bench_clip.ts";
import { ownCommand, watchRun } from "./support/measured_run.ts";
import { median, spread, verdict } from "./support/statistics.ts";

const [runs] = numbersOr(25);
/** First starts are slow and much alike. */
const firstRuns = Math.min(runs, 7);

using home = new Home();
const folder = await home.unpack();
const deno = join(folder, "rav1e-by-gop");
const bare = [deno, "run", ...isolationFlags, ...permissionFlags, join(folder, "main.js")];
const env = { HOME: home.path, DENO_DIR: join(folder, "runtime"), DENO_NO_UPDATE_CHECK: "1" };
const checkout = ownCommand();

const times = { bare: [] as number[], warm: [] as number[], checkout: [] as number[] };
for (let run = -1; run < runs; run++) {
  const found = {
    bare: await milliseconds([...bare, "--version"], env),
    warm: await milliseconds([executable, "--version"], { HOME: home.path }),
    checkout: await milliseconds([...checkout, "--version"], Deno.env.toObject()),
  };
  // The first round fills caches.
  if (run < 0) continue;
  for (const name of ["bare", "warm", "checkout"] as const) times[name].push(found[name]);
}
const first: number[] = [];
for (let run = 0; run < firstRuns; run++) {
  using empty = new Home();
  first.push(await milliseconds([executable, "--version"], { HOME: empty.path }));
}
const added = median(times.warm) - median(times.bare);
const megabytes = Deno.statSync(executable).size / 1e6;
console.log(`--version, Deno with the same bundle: ${spread(times.bare, 0)} ms`);
console.log(`--version, executable, warm: ${spread(times.warm, 0)} ms`);
console.log(`--version, checkout: ${spread(times.checkout, 0)} ms`);
console.log(`added to a warm start: ${added.toFixed(1)} ms ${verdict(added, "<=", 25)}`);
console.log(`--version, executable, first start: ${spread(first, 0)} ms`);
console.log(`size: ${megabytes.toFixed(1)} MB ${verdict(megabytes, "<=", 40)}`);

const input = join(home.path, "clip.y4m");
writeBenchClip(input, 1, 480, 270);
const encode = [input, "-o", join(home.path, "out.ivf"), "-y", "--quiet", "--threads", "1", "--limit", "12"];
const peak = async (command: readonly string[]) =>
  (await watchRun([command[0]!, ...command.slice(1), ...encode])).peakBytes;
// The same environment for both: watchRun hands this process's on.
Deno.env.set("RAV1E_BY_GOP_CACHE", home.cache);
Deno.env.set("DENO_DIR", env.DENO_DIR);
const [own, plain] = [await peak([executable]), await peak(bare)];
console.log(`peak memory of a small encode: ${(own / 1e6).toFixed(0)} MB, Deno alone ${(plain / 1e6).toFixed(0)} MB`);

async function milliseconds([command, ...args]: readonly string[], env: Record<string, string>): Promise<number> {
  const started = performance.now();
  const { success } = await new Deno.Command(command!, {
    args,
    env,
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
  if (!success) throw new Error(`Cannot measure ${command}: it failed`);
  return performance.now() - started;
}
