// Keyframes at scene cuts are found once, in the largest size, and are the same in every size: whatever happens on the way,
// whoever encodes, and however little memory there is.

import assert from "node:assert/strict";
import { keyframePositions } from "../support/av1_headers.ts";
import { readIvfPackets } from "../support/ivf_packets.ts";
import { runProgram } from "../support/program.ts";
import { ProxyFolder, proxyTestsAreIgnored as ignore } from "../support/proxy_folder.ts";
import { RunningWorker, workerPassword } from "../support/running_worker.ts";

const percents = [25, 50, 75, 100];
const [frames, cuts] = [70, [17, 23, 51, 60]];
const scenes = ["--scene-detection", "--keyint", "20"];

/** Of each size that is there. */
function keyframesIn(folder: ProxyFolder, sizes: readonly number[] = percents): number[][] {
  return sizes.map((percent) => keyframePositions(readIvfPackets(folder.read(`out/cuts_${percent}.ivf`)).packets));
}

function proxiesOf(folder: ProxyFolder, sizes: readonly number[] = percents): Uint8Array[] {
  return sizes.map((percent) => folder.read(`out/cuts_${percent}.ivf`));
}

async function run(folder: ProxyFolder, words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const ended = await folder.proxies(words, env);
  assert.equal(ended.code, 0, ended.errors.join("\n"));
  return ended;
}

/** What an undisturbed run makes; nothing is left of it. */
async function undisturbed(folder: ProxyFolder, words: readonly string[]): Promise<Uint8Array[]> {
  await run(folder, words);
  const made = proxiesOf(folder);
  for (const percent of percents) Deno.removeSync(folder.file(`out/cuts_${percent}.ivf`));
  folder.forget();
  return made;
}

Deno.test({
  name: "keyframes at cuts are those that the video's own encode has, in every size",
  ignore,
  fn: async () => {
    using folder = new ProxyFolder();
    const source = await folder.cuts(frames, cuts);
    await run(folder, [source, ...scenes]);
    const own = ["-s", "10", "--low-latency", "-I", "20", "-i", "1", "-o", folder.file("own.ivf"), "--quiet"];
    assert.equal((await runProgram([source, ...own])).code, 0);
    const expected = readIvfPackets(folder.read("own.ivf"));
    assert.deepEqual(readIvfPackets(folder.read("out/cuts_100.ivf")).packets, expected.packets);
    const keyframes = keyframePositions(expected.packets);
    assert.ok(cuts.every((cut) => keyframes.includes(cut)), `${keyframes}`);
    for (const found of keyframesIn(folder)) assert.deepEqual(found, keyframes);
  },
});

Deno.test({
  name: "a size's packets are those of its own encode with the largest one's keyframes",
  ignore,
  fn: async () => {
    using folder = new ProxyFolder();
    const source = await folder.cuts(frames, cuts);
    await run(folder, [source, ...scenes, "--sizes", "50,100"]);
    const [keyframes] = keyframesIn(folder, [50]);
    const scale = "scale=w=64:h=48:in_range=tv:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int+bitexact";
    const words = ["--video-filter", scale, "-s", "10", "--low-latency", "--no-scene-detection", "-I", "20", "--quiet"];
    const forced = ["--force-keyframes", keyframes!.slice(1).join(","), "-o", folder.file("own.ivf")];
    const { code, stderr } = await runProgram([source, ...words, ...forced]);
    assert.equal(code, 0, stderr);
    const [made, own] = ["out/cuts_50.ivf", "own.ivf"].map((name) => readIvfPackets(folder.read(name)).packets);
    assert.deepEqual(made, own);
  },
});

Deno.test({
  name: "without scene detection keyframes stay at even distances, and what is about it is refused",
  ignore,
  fn: async () => {
    using folder = new ProxyFolder();
    const source = await folder.cuts(frames, cuts);
    await run(folder, [source, "--sizes", "50"]);
    assert.deepEqual(keyframesIn(folder, [50]), [[0, 15, 30, 45, 60]]);
    for (const word of ["--min-keyint", "--scd-speed"]) {
      const { code, stderr } = await runProgram(["proxies", source, "-o", folder.file("out"), word, "1"]);
      assert.deepEqual([code, /needs --scene-detection/.test(stderr)], [2, true], stderr);
    }
    const both = await runProgram([
      "proxies",
      source,
      "-o",
      folder.file("out"),
      "--scene-detection",
      "--every-frame-key",
    ]);
    assert.deepEqual([both.code, /exclude each other/.test(both.stderr)], [2, true], both.stderr);
  },
});

for (const point of ["segment-kept:3", "segment-kept:9", "marked-final", "renamed:2", "store-removed:2"]) {
  Deno.test({
    name: `proxies with keyframes at cuts, killed at ${point}, are gone on with: the same bytes`,
    ignore,
    fn: async () => {
      using folder = new ProxyFolder();
      const source = await folder.cuts(frames, cuts);
      const expected = await undisturbed(folder, [source, ...scenes]);
      const { signal } = await folder.proxies([source, ...scenes], { RAV1E_BY_GOP_FAULTS: `kill:${point}` });
      assert.equal(signal, "SIGKILL");
      await run(folder, [source, ...scenes]);
      assert.deepEqual(proxiesOf(folder), expected);
    },
  });
}

Deno.test({
  name: "an unfinished set with keyframes at cuts is not gone on with by the keyframes of a larger size",
  ignore,
  fn: async () => {
    using folder = new ProxyFolder();
    const source = await folder.cuts(frames, cuts);
    const small = [source, ...scenes, "--sizes", "25,50"];
    assert.equal((await folder.proxies(small, { RAV1E_BY_GOP_FAULTS: "kill:marked-final" })).signal, "SIGKILL");
    // All of its keyframes are known by then: they are the new size's, too.
    await run(folder, [source, ...scenes, "--sizes", "25,50,100"]);
    const [first, ...others] = keyframesIn(folder, [25, 50, 100]);
    for (const other of others) assert.deepEqual(other, first);
  },
});

for (const [threads, keyint] of [["1", "20"], ["2", "20"], ["1", "200"], ["2", "200"]] as const) {
  Deno.test({
    name: `proxies with keyframes at cuts end with the least memory: ${threads} slots, GOPs of ${keyint} at most`,
    ignore,
    fn: async () => {
      using folder = new ProxyFolder();
      const source = await folder.cuts(240, [7, 31, 32, 90, 170]);
      const words = [source, "--scene-detection", "--keyint", keyint, "--threads", threads];
      await run(folder, words, { RAV1E_BY_GOP_FAULTS: "packs:1" });
      const [first, ...others] = keyframesIn(folder);
      assert.ok([7, 90, 170].every((cut) => first!.includes(cut)), `${first}`);
      for (const other of others) assert.deepEqual(other, first);
    },
  });
}

Deno.test({
  name: "workers make the same proxies with keyframes at cuts",
  ignore,
  fn: async () => {
    using folder = new ProxyFolder();
    const source = await folder.cuts(frames, cuts);
    const expected = await undisturbed(folder, [source, ...scenes]);
    await using worker = await RunningWorker.start(["--threads", "2"]);
    const table = `[[workers]]\nhost = "127.0.0.1"\nport = ${worker.port}\npassword = "${workerPassword}"\n`;
    folder.write("workers.toml", table);
    Deno.chmodSync(folder.file("workers.toml"), 0o600);
    const { lines } = await run(folder, [source, ...scenes, "--no-local", "--workers", folder.file("workers.toml")]);
    assert.deepEqual(proxiesOf(folder), expected);
    const { slots, efficiency } = lines.findLast(({ type, proxies }) => type === "summary" && proxies !== undefined)!;
    assert.equal(slots, 2, "the worker's, though each size counts on one");
    assert.ok((efficiency as number) > 0 && (efficiency as number) <= 1, `${efficiency}`);
  },
});

Deno.test({
  name: "a largest size that cannot be written ends the others that follow it",
  ignore: ignore || Deno.build.os !== "linux",
  fn: async () => {
    using folder = new ProxyFolder();
    const source = await folder.cuts(400, [17, 60]);
    Deno.symlinkSync("/dev/full", folder.file("out/cuts_100.ivf"));
    const { code, errors } = await folder.proxies([source, "--scene-detection"], { RAV1E_BY_GOP_FAULTS: "packs:1" });
    assert.equal(code, 1, errors.join("\n"));
    assert.match(errors.join("\n"), /^Cannot write .*cuts_100\.ivf: no space is left[^\n]*$/);
    assert.doesNotMatch(errors.join("\n"), /another size/);
  },
});
