// Proxies of what is no plain file: of a video behind the user's filters, and of a script, whose frames another program gives.

import assert from "node:assert/strict";
import { isFound } from "../support/found_program.ts";
import { readIvfPackets } from "../support/ivf_packets.ts";
import { allGone, someWith } from "../support/children.ts";
import { messages, RunningProgram } from "../support/running_program.ts";
import { ProxyFolder, proxyTestsAreIgnored as ignore, sourceFrames } from "../support/proxy_folder.ts";
import { ffmpeg } from "../support/scaled_frames.ts";

const sizes = [50, 100];
const words = ["--sizes", sizes.join(",")];
const frameBytes = 6 + 128 * 96 * 3 / 2;

function made(folder: ProxyFolder, stem: string): Uint8Array[] {
  return sizes.map((percent) => folder.read(`out/${stem}_${percent}.ivf`));
}

/** A y4m of `sourceFrames` frames that says how many it has, and its header's length. */
async function y4m(folder: ProxyFolder): Promise<{ path: string; headerBytes: number }> {
  const path = folder.file("film.y4m");
  await ffmpeg("-i", await folder.raw(), path);
  const bytes = Deno.readFileSync(path), end = bytes.indexOf(10);
  const header = new TextDecoder().decode(bytes.subarray(0, end)).replace(/ XYSCSS=\S+/, "") +
    ` XLENGTH=${sourceFrames}\n`;
  Deno.writeFileSync(path, new Uint8Array([...new TextEncoder().encode(header), ...bytes.subarray(end + 1)]));
  return { path, headerBytes: header.length };
}

/** A PATH on which vspipe is this shell script. */
function withVspipe(folder: ProxyFolder, script: string): Record<string, string> {
  const bin = folder.file("bin");
  Deno.mkdirSync(bin, { recursive: true });
  Deno.writeTextFileSync(`${bin}/vspipe`, `#!/bin/sh\n[ "$1" = --version ] && exit 0\n${script}\n`, { mode: 0o755 });
  return { PATH: `${bin}:${Deno.env.get("PATH")}` };
}

Deno.test({
  name: "a filter comes before the sizes, which are parts of what it makes",
  ignore,
  fn: async () => {
    using folder = new ProxyFolder();
    const raw = await folder.raw();
    const { code, errors } = await folder.proxies([raw, ...words, "--video-filter", "crop=96:64:8:16,hflip"]);
    assert.equal(code, 0, errors.join("\n"));
    const filtered = folder.file("filtered.mkv");
    await ffmpeg("-i", raw, "-vf", "crop=96:64:8:16,hflip", "-c:v", "ffv1", filtered);
    assert.equal((await folder.proxies([filtered, ...words])).code, 0);
    assert.deepEqual(made(folder, "raw"), made(folder, "filtered"));
    const { width, height, packets } = readIvfPackets(folder.read("out/raw_50.ivf"));
    assert.deepEqual([width, height, packets.length], [48, 32, sourceFrames]);
  },
});

Deno.test({
  name: "a filter may leave frames out, and one that ffmpeg does not know is refused with its reason",
  ignore,
  fn: async () => {
    using folder = new ProxyFolder();
    const raw = await folder.raw();
    const { code, errors } = await folder.proxies([raw, ...words, "--video-filter", "fps=25/2"]);
    assert.equal(code, 0, errors.join("\n"));
    for (const percent of sizes) {
      assert.equal(readIvfPackets(folder.read(`out/raw_${percent}.ivf`)).packets.length, sourceFrames / 2);
    }
    const unknown = await folder.proxies([raw, ...words, "--video-filter", "nosuchfilter=3", "-y"]);
    assert.equal(unknown.code, 2);
    assert.match(unknown.errors.join("\n"), /^Cannot read '.*raw\.nut': ffmpeg ended with exit code 1 .*nosuchfilter/);
    const other = await folder.proxies([raw, ...words, "--video-filter", "hflip"]);
    assert.equal(other.code, 2);
    assert.match(other.errors.join("\n"), /made otherwise \(.*video-filter is hflip, was fps=25\/2/);
  },
});

Deno.test({
  name: "proxies of a script are those of the frames that it gives, filtered or not",
  ignore,
  fn: async () => {
    using folder = new ProxyFolder();
    const { path } = await y4m(folder);
    const env = withVspipe(folder, `exec cat '${path}'`);
    folder.write("script.vpy", "frames");
    for (const filter of [[], ["--video-filter", "crop=64:64"], ["--limit", "17"], ["--bit-depth", "10"]]) {
      for (const input of [path, folder.file("script.vpy")]) {
        const { code, errors } = await folder.proxies([input, ...words, ...filter, "-y"], env);
        assert.equal(code, 0, errors.join("\n"));
      }
      assert.deepEqual(made(folder, "script"), made(folder, "film"), `${filter}`);
    }
  },
});

for (
  const [what, script, said] of [
    [
      "fails after whole frames",
      "head -c $1 film.y4m; echo 'no luck today' >&2; exit 3",
      /vspipe ended with exit code 3 after 20 frames: no luck today/,
    ],
    ["is killed", "head -c $1 film.y4m; kill -9 $$", /vspipe was ended by SIGKILL after 20 frames/],
    ["stops early as if all were well", "head -c $1 film.y4m", /vspipe gave 20 of the 40 frames that it had promised/],
  ] as const
) {
  Deno.test({
    name: `a script whose program ${what} is exit code 1, and the same command goes on`,
    ignore,
    fn: async () => {
      using folder = new ProxyFolder();
      const { path, headerBytes } = await y4m(folder);
      folder.write("script.vpy", "frames");
      const bytes = headerBytes + 20 * frameBytes;
      const bad = withVspipe(folder, `cd '${folder.path}'; set -- ${bytes}; ${script}`);
      const { code, errors } = await folder.proxies([folder.file("script.vpy"), ...words], bad);
      assert.equal(code, 1, errors.join("\n"));
      assert.match(errors.join("\n"), said);
      assert.equal(errors.length, 1);
      assert.match(errors[0]!, /finished segments? (is|are) kept of 2 proxies, the same command goes on$/);
      const good = withVspipe(folder, `exec cat '${path}'`);
      const again = await folder.proxies([folder.file("script.vpy"), ...words], good);
      assert.equal(again.code, 0, again.errors.join("\n"));
      assert.equal((await folder.proxies([path, ...words])).code, 0);
      assert.deepEqual(made(folder, "script"), made(folder, "film"));
    },
  });
}

Deno.test({
  name: "a script that cannot be run is refused in its program's words, and nothing is left running",
  ignore: ignore || Deno.build.os !== "linux",
  fn: async () => {
    using folder = new ProxyFolder();
    folder.write("script.vpy", "frames");
    const env = withVspipe(folder, "echo 'line 3: no such plugin' >&2; exit 1");
    const { code, errors } = await folder.proxies([folder.file("script.vpy"), ...words], env);
    assert.equal(code, 2);
    assert.match(errors.join("\n"), /vspipe ended with exit code 1 after 0 frames: line 3: no such plugin/);
    const { path, headerBytes } = await y4m(folder);
    // It gives its frames and hangs, in a program of its own.
    const hangs = withVspipe(folder, `head -c ${headerBytes + frameBytes} '${path}'; sleep 1000.0625; exit`);
    const limited = await folder.proxies([folder.file("script.vpy"), ...words, "--limit", "1"], hangs);
    assert.equal(limited.code, 0, limited.errors.join("\n"));
    await allGone("1000.0625");
  },
});

for (
  const [what, script] of [["nothing at all", "sleep 1000.125; exit"], [
    "one frame",
    "head -c $1 film.y4m; sleep 1000.125; exit",
  ]]
) {
  Deno.test({
    name: `a script that gives ${what} and hangs is left at once by a signal, and is not left running`,
    ignore: ignore || Deno.build.os !== "linux",
    fn: async () => {
      using folder = new ProxyFolder();
      const { headerBytes } = await y4m(folder);
      folder.write("script.vpy", "frames");
      const hangs = withVspipe(folder, `cd '${folder.path}'; set -- ${headerBytes + frameBytes}; ${script}`);
      const args = ["proxies", folder.file("script.vpy"), "-o", folder.file("out"), ...words];
      const program = new RunningProgram(args, { env: hangs });
      await someWith("1000.125");
      program.process.kill("SIGINT");
      const { code, rest } = await program.ended();
      assert.equal(code, 130, JSON.stringify(rest));
      assert.match(messages(rest, "error").join("\n"), /^interrupted (before encoding began|after 0 frames)/);
      await allGone("1000.125");
    },
  });
}

Deno.test({
  name: "a real script's frames are its proxies' frames",
  ignore: ignore || !isFound("vspipe"),
  fn: async () => {
    using folder = new ProxyFolder();
    folder.write(
      "script.vpy",
      [
        "import vapoursynth as vs",
        "of = lambda i: vs.core.std.BlankClip(width=128, height=96, format=vs.YUV420P10, length=10, color=[200+90*i,400,600])",
        "vs.core.std.Splice([of(i) for i in range(5)]).set_output()",
      ].join("\n"),
    );
    const { code, errors, notes } = await folder.proxies([folder.file("script.vpy"), ...words, "--scene-detection"]);
    assert.equal(code, 0, errors.join("\n"));
    assert.match(notes.join("\n"), /read through vspipe and ffmpeg/);
    for (const percent of sizes) {
      assert.equal(readIvfPackets(folder.read(`out/script_${percent}.ivf`)).packets.length, 50);
    }
  },
});
