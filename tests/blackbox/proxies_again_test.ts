// The same command for proxies that were complete makes what is missing, says so, and touches nothing else.

import assert from "node:assert/strict";
import { keyframePositions } from "../support/av1_headers.ts";
import { readIvfPackets } from "../support/ivf_packets.ts";
import { ProxyFolder, type ProxyRun, proxyTestsAreIgnored as ignore } from "../support/proxy_folder.ts";

const names = [25, 50, 100].map((percent) => `cuts_${percent}.ivf`);
const words = ["--sizes", "25,50,100"];

interface Made {
  readonly source: string;
  readonly bytes: ReadonlyMap<string, Uint8Array>;
}

/** Complete proxies of a video with a cut. */
async function made(folder: ProxyFolder, args: readonly string[] = words): Promise<Made> {
  const source = await folder.cuts(40, [9]);
  const { code, errors } = await folder.proxies([source, ...args]);
  assert.equal(code, 0, errors.join("\n"));
  return { source, bytes: new Map(names.map((name) => [name, folder.read(`out/${name}`)])) };
}

function assertSame(folder: ProxyFolder, { bytes }: Made): void {
  for (const [name, expected] of bytes) assert.deepEqual(folder.read(`out/${name}`), expected, name);
}

function encodedAgain(folder: ProxyFolder, { lines }: ProxyRun): string[] {
  const outputs = lines.filter(({ type }) => type === "segment").map(({ output }) => `${output}`);
  return [...new Set(outputs)].map((output) => output.slice(folder.file("out/").length)).sort();
}

for (const scenes of [[], ["--scene-detection"]]) {
  Deno.test({
    name: `a proxy that was removed is made again, alone, without -y ${scenes.join("")}`,
    ignore,
    fn: async () => {
      using folder = new ProxyFolder();
      const before = await made(folder, [...words, ...scenes]);
      for (const name of names) {
        Deno.removeSync(folder.file(`out/${name}`));
        const times = names.filter((other) => other !== name).map((other) =>
          Deno.statSync(folder.file(`out/${other}`)).mtime
        );
        const again = await folder.proxies([before.source, ...words, ...scenes]);
        assert.equal(again.code, 0, again.errors.join("\n"));
        assert.deepEqual(encodedAgain(folder, again), [name]);
        assert.ok(again.notes.some((note) => note.includes(name) && /not there any more: it is made again/.test(note)));
        assertSame(folder, before);
        assert.deepEqual(
          names.filter((other) => other !== name).map((other) => Deno.statSync(folder.file(`out/${other}`)).mtime),
          times,
        );
      }
    },
  });
}

Deno.test({
  name: "a proxy that has lost its end is made again, and what there was is kept aside",
  ignore,
  fn: async () => {
    using folder = new ProxyFolder();
    const before = await made(folder);
    for (const aside of ["cuts_50.ivf.damaged", "cuts_50.ivf.damaged-2"]) {
      Deno.truncateSync(folder.file("out/cuts_50.ivf"), 400);
      const again = await folder.proxies([before.source, ...words]);
      assert.equal(again.code, 0, again.errors.join("\n"));
      assert.deepEqual(encodedAgain(folder, again), ["cuts_50.ivf"]);
      assert.ok(again.warnings.some((text) => /cuts_50\.ivf' has lost its end: it is made again/.test(text)));
      assertSame(folder, before);
      assert.deepEqual(folder.read(`out/${aside}`), before.bytes.get("cuts_50.ivf")!.subarray(0, 400));
    }
  },
});

Deno.test({
  name: "a run that makes one proxy again and is killed is gone on with, and the others stay",
  ignore,
  fn: async () => {
    using folder = new ProxyFolder();
    const before = await made(folder, [...words, "--scene-detection"]);
    Deno.removeSync(folder.file("out/cuts_25.ivf"));
    const command = [before.source, ...words, "--scene-detection"];
    for (const point of ["segment-kept", "marked-final"]) {
      const killed = await folder.proxies(command, { RAV1E_BY_GOP_FAULTS: `kill:${point}` });
      assert.equal(killed.signal, "SIGKILL");
    }
    const again = await folder.proxies(command);
    assert.equal(again.code, 0, again.errors.join("\n"));
    assertSame(folder, before);
    assert.deepEqual(folder.namesIn("out"), [...names].sort());
  },
});

Deno.test({
  name: "complete proxies are left alone, and nothing is demanded",
  ignore,
  fn: async () => {
    using folder = new ProxyFolder();
    const before = await made(folder);
    const again = await folder.proxies([before.source, ...words]);
    assert.equal(again.code, 0, again.errors.join("\n"));
    assert.deepEqual(encodedAgain(folder, again), []);
    assert.match(again.notes.join("\n"), /3 proxies of .* are complete already; nothing was left to do/);
    assertSame(folder, before);
  },
});

Deno.test({
  name: "a size that comes later has the keyframes of those that are there",
  ignore,
  fn: async () => {
    using folder = new ProxyFolder();
    const source = await folder.cuts(60, [9, 31]);
    const scenes = ["--scene-detection", "--keyint", "30"];
    assert.equal((await folder.proxies([source, "--sizes", "25", ...scenes])).code, 0);
    const again = await folder.proxies([source, ...words, ...scenes]);
    assert.equal(again.code, 0, again.errors.join("\n"));
    assert.deepEqual(encodedAgain(folder, again), ["cuts_100.ivf", "cuts_50.ivf"]);
    const [first, ...others] = names.map((name) =>
      keyframePositions(readIvfPackets(folder.read(`out/${name}`)).packets)
    );
    for (const other of others) assert.deepEqual(other, first);
  },
});

Deno.test({
  name: "other options, another source, and a file of somebody else's are refused without -y, and stay",
  ignore,
  fn: async () => {
    using folder = new ProxyFolder();
    const before = await made(folder);
    Deno.removeSync(folder.file("out/cuts_25.ivf"));
    const other = await folder.proxies([before.source, ...words, "-q", "50"]);
    assert.equal(other.code, 2);
    assert.match(
      other.errors.join("\n"),
      /cuts_100\.ivf': it exists and was made otherwise \(quantizer is 50, was 100\)/,
    );
    await folder.cuts(40, [20]);
    const changed = await folder.proxies([before.source, ...words]);
    assert.equal(changed.code, 2);
    assert.match(changed.errors.join("\n"), /made otherwise \(the input/);
    await folder.cuts(40, [9]);
    folder.write("out/cuts_50.ivf", "mine, and longer than it was: " + "x".repeat(100_000));
    const foreign = await folder.proxies([before.source, ...words]);
    assert.equal(foreign.code, 2);
    assert.match(foreign.errors.join("\n"), /cuts_50\.ivf: it exists; add -y to replace it/);
    assert.deepEqual(folder.namesIn("out"), ["cuts_100.ivf", "cuts_50.ivf"]);
    assert.deepEqual(folder.read("out/cuts_100.ivf"), before.bytes.get("cuts_100.ivf"));
    const anew = await folder.proxies([before.source, ...words, "-y"]);
    assert.equal(anew.code, 0, anew.errors.join("\n"));
    assert.deepEqual(encodedAgain(folder, anew), [...names].sort());
    assertSame(folder, before);
  },
});

Deno.test({
  name: "what is replaced with -y is not taken for complete when that was interrupted",
  ignore,
  fn: async () => {
    using folder = new ProxyFolder();
    const { source } = await made(folder);
    const anew = [source, ...words, "-q", "50", "-y"];
    assert.equal((await folder.proxies(anew, { RAV1E_BY_GOP_FAULTS: "kill:segment-kept" })).signal, "SIGKILL");
    const { code, errors } = await folder.proxies(anew);
    assert.equal(code, 0, errors.join("\n"));
    const again = await folder.proxies([source, ...words, "-q", "50"]);
    assert.deepEqual([again.code, encodedAgain(folder, again)], [0, []]);
  },
});

Deno.test({
  name: "a record that is damaged costs nothing but what it knew",
  ignore,
  fn: async () => {
    using folder = new ProxyFolder();
    const { source } = await made(folder);
    for (
      const text of ["", "\0\xff{", '{"output":"cuts_50.ivf","percent":-1}\n[]\n{}', `{"output":"../x","identity":{}}`]
    ) {
      folder.write("out/.rav1e-by-gop.proxies", text);
      const { code, errors } = await folder.proxies([source, ...words]);
      assert.equal(code, 2, text);
      assert.match(errors.join("\n"), /cuts_100\.ivf: it exists; add -y to replace it/);
    }
  },
});
