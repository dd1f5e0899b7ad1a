// What status says of a folder of proxies, at each stage of their making.

import assert from "node:assert/strict";
import { runProgram } from "../support/program.ts";
import { ProxyFolder, proxyTestsAreIgnored as ignore } from "../support/proxy_folder.ts";

const words = ["--sizes", "50,100"];

interface Told {
  readonly output: string;
  readonly proxyPercent: number | null;
  readonly state: string;
}

async function told(folder: ProxyFolder, ...options: string[]): Promise<{ text: string; outputs: Told[] }> {
  const say = async (...more: string[]) => {
    const { code, stdout, stderr } = await runProgram(["status", folder.file("out"), ...options, ...more]);
    assert.equal(code, 0, stderr);
    return new TextDecoder().decode(stdout);
  };
  return { text: await say(), outputs: JSON.parse(await say("--json")).outputs };
}

function states({ outputs }: { outputs: Told[] }): [number | null, string][] {
  return outputs.map(({ proxyPercent, state }) => [proxyPercent, state]);
}

Deno.test({
  name: "status of a folder tells of each size: interrupted, complete, missing, cut off",
  ignore,
  fn: async () => {
    using folder = new ProxyFolder();
    const source = await folder.cuts(40, [9]);
    await folder.proxies([source, ...words], { RAV1E_BY_GOP_FAULTS: "kill:segment-kept:2" });
    const begun = await told(folder);
    assert.deepEqual(states(begun), [[50, "interrupted"], [100, "interrupted"]]);
    assert.match(begun.text, /cuts_50\.ivf: interrupted; the same command goes on\n +frames/);
    assert.match(begun.text, /cuts_100\.ivf: interrupted; the same command goes on\n +frames/);
    await folder.proxies([source, ...words], { RAV1E_BY_GOP_FAULTS: "kill:renamed" });
    const named = await told(folder);
    assert.equal(states(named).filter(([, state]) => state === "complete").length, 1);
    assert.match(named.text, /: complete; kept until all of its set are/);
    assert.equal((await folder.proxies([source, ...words])).code, 0);
    const complete = await told(folder);
    assert.deepEqual(states(complete), [[50, "complete"], [100, "complete"]]);
    assert.match(
      complete.text,
      /cuts_50\.ivf: complete, 40 frames, 50 % of the sides, .*\n.*cuts_100\.ivf: complete, 40 frames/,
    );
    Deno.removeSync(folder.file("out/cuts_50.ivf"));
    Deno.truncateSync(folder.file("out/cuts_100.ivf"), 100);
    const damaged = await told(folder);
    assert.deepEqual(states(damaged), [[50, "missing"], [100, "cut off"]]);
    assert.match(damaged.text, /cuts_50\.ivf: missing, .*the same command makes it again\n/);
  },
});

Deno.test({
  name: "status finds Blender's proxies below the folder that was named, and those of --state-dir",
  ignore,
  fn: async () => {
    using folder = new ProxyFolder();
    const source = await folder.cuts(20, [9]);
    assert.equal((await folder.proxies([source, ...words, "--layout", "blender"])).code, 0);
    const blender = await told(folder);
    assert.deepEqual(states(blender), [[50, "complete"], [100, "complete"]]);
    assert.ok(blender.outputs.every(({ output }) => output.includes("/BL_proxy/cuts.mkv/proxy_")));
    Deno.mkdirSync(folder.file("state"));
    const kept = ["--state-dir", folder.file("state")];
    await folder.proxies([source, ...words, ...kept], { RAV1E_BY_GOP_FAULTS: "kill:segment-kept:2" });
    assert.deepEqual(states(await told(folder, ...kept)), [[50, "interrupted"], [100, "interrupted"]]);
  },
});

Deno.test("status of a folder in which nothing was begun is one line and exit 1", async () => {
  using folder = new ProxyFolder();
  folder.write("out/notes.txt", "mine");
  const { code, stdout, stderr } = await runProgram(["status", folder.file("out")]);
  assert.deepEqual([code, stdout.length], [1, 0]);
  assert.match(
    stderr,
    /^rav1e-by-gop: There is no resume file in '.*out', and no record of proxies: nothing was begun\n$/,
  );
});
