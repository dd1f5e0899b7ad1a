import assert from "node:assert/strict";
import { join } from "node:path";
import { type Clip, clip, scenes, writeClip } from "../support/clips.ts";
import { Home } from "./unpacked.ts";

const clips: readonly [name: string, clip: Clip, options: string[]][] = [
  ["8 bits, speed 10", clip(scenes(12, 13), { width: 176, height: 144 }), ["-s", "10"]],
  ["8 bits, speed 6", clip(scenes(12, 13), { width: 176, height: 144 }), ["-s", "6"]],
  ["10 bits, speed 8, grain", clip(scenes(12, 4), { width: 96, height: 80, bitDepth: 10 }), [
    "-s",
    "8",
    "--photon-noise",
    "8",
  ]],
  ["4:4:4, speed 4", clip(scenes(8), { width: 64, height: 64, chromaSampling: "4:4:4" }), ["-s", "4"]],
];

Deno.test("a build that it does not have is refused by name", async () => {
  using home = new Home();
  const { code, stderr } = await home.start(["--version"], { env: { RAV1E_BY_GOP_LIBRARY: "fast" } });
  assert.equal(code, 2);
  assert.match(stderr, /^rav1e-by-gop: RAV1E_BY_GOP_LIBRARY=fast: must be [^\n]*baseline\n$/);
});

for (const [name, video, options] of clips) {
  Deno.test({
    name: `both builds of the library give the same packets: ${name}`,
    ignore: Deno.build.arch !== "x86_64",
    fn: async () => {
      using home = new Home();
      writeClip(join(home.path, "in.y4m"), video);
      const outputs = [];
      for (const build of ["baseline", "x86-64-v3"]) {
        const env = { RAV1E_BY_GOP_LIBRARY: build };
        const { stdout } = await home.start(["--version"], { env });
        assert(stdout.includes(`${build} build\n`));
        const { code, stderr } = await home.start(["in.y4m", "-o", `${build}.ivf`, ...options], { env });
        assert.equal(code, 0, stderr);
        outputs.push(Deno.readFileSync(join(home.path, `${build}.ivf`)));
      }
      assert.deepEqual(outputs[0], outputs[1]);
    },
  });
}
