// Encodes every case with the stock rav1e command and writes golden.json. A case must show what it is there to show
// (its keyframes, tiles, grain, its difference from another case) or nothing is written: a sum of an encode that
// tests nothing would look like a promise kept. Needs dav1d for the grain.
// usage: deno run --allow-all tests/oracle/make_golden.ts [PART OF A NAME]   (with a part: only looks, writes nothing)

import { cpus } from "node:os";
import { clipLength } from "../support/clips.ts";
import { decodedFrameBytes, decodeIvf, differingFrames, hasDav1d } from "../support/dav1d.ts";
import type { OracleCase } from "./case.ts";
import { cases } from "./cases.ts";
import { type Golden, goldenFile, goldenOf, inputName, prepareCase } from "./golden.ts";
import { encodeWithStock, findOrBuildStock } from "./stock.ts";

const part = Deno.args[0];
const chosen = part === undefined ? cases : cases.filter((one) => one.name.includes(part));
if (!hasDav1d) throw new Error("Cannot make golden sums without dav1d: install it (apt-get install dav1d)");
const stock = await findOrBuildStock(console.error);
const goldens = new Map<string, Golden>();
const faults: string[] = [];

const waiting = [...chosen];
const started = performance.now();
await Promise.all(Array.from({ length: Math.min(2, cpus().length) }, async () => {
  for (let one = waiting.shift(); one; one = waiting.shift()) {
    try {
      goldens.set(one.name, await make(one));
    } catch (error) {
      faults.push(`${one.name}: ${error instanceof Error ? error.message : error}`);
    }
  }
}));
for (const one of chosen) {
  const other = one.differsFrom && goldens.get(one.differsFrom);
  if (other && other.packets === goldens.get(one.name)?.packets) {
    faults.push(`${one.name}: the same packets as ${one.differsFrom}`);
  }
}
console.log(`${goldens.size} cases encoded and decoded in ${Math.round((performance.now() - started) / 1000)} s`);
if (faults.length > 0) {
  console.error(faults.join("\n"));
  Deno.exit(1);
}
if (part === undefined) {
  const sorted = Object.fromEntries(cases.map((one) => [one.name, goldens.get(one.name)]));
  Deno.writeTextFileSync(goldenFile, JSON.stringify(sorted));
  new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", decodeURIComponent(goldenFile.pathname)] }).outputSync();
}

/** Encodes a case and throws where its output does not show what the case says. */
async function make(one: OracleCase): Promise<Golden> {
  const folder = Deno.makeTempDirSync({ prefix: "golden-" });
  try {
    const clip = prepareCase(one, folder);
    const begun = performance.now();
    const args = [...one.args ?? [], ...one.stockArgs ?? []];
    const { ivf, said } = await encodeWithStock(stock, inputName, "stock.ivf", args, folder);
    if (part !== undefined) console.log(`${one.name}: ${Math.round(performance.now() - begun)} ms`);
    const golden = goldenOf(clip, ivf);
    expect("frames", golden.frames, one.frames ?? clipLength(one.clip));
    expect("keyframes", golden.keyframes.join(), one.keyframes.join());
    expect("tiles", tilesSaid(said), one.tiles ?? "1x1");
    const withGrain = await decodeIvf(`${folder}/stock.ivf`);
    const without = await decodeIvf(`${folder}/stock.ivf`, { filmGrain: false });
    const frameBytes = decodedFrameBytes(withGrain, one.clip, golden.frames);
    expect("grain on frames", differingFrames(withGrain, without, frameBytes).join(), (one.grain ?? []).join());
    return golden;
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function expect(what: string, found: number | string, expected: number | string): void {
  if (found !== expected) throw new Error(`${what} ${found}, not ${expected}`);
}

/** Columns and rows in "Using 4 tiles (2x2)". */
function tilesSaid(said: string): string {
  return /Using \d+ tiles \((\d+x\d+)\)/.exec(said)?.[1] ?? "1x1";
}
