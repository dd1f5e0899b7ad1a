// What goes wrong while proxies are made costs nothing that is finished, hangs nothing, leaves nothing behind, and is never taken
// for an end.

import assert from "node:assert/strict";
import { runProgram } from "../support/program.ts";
import { RunningWorker, workerPassword } from "../support/running_worker.ts";
import { messages, RunningProgram } from "../support/running_program.ts";
import { makeSource, ProxyFolder, proxyTestsAreIgnored as ignore, sourceFrames } from "../support/proxy_folder.ts";
import { readIvfPackets } from "../support/ivf_packets.ts";

const names = [25, 50, 75, 100].map((percent) => `film_${percent}.ivf`);

async function withSource(frames = sourceFrames): Promise<{ folder: ProxyFolder; source: string }> {
  const folder = new ProxyFolder();
  return { folder, source: await makeSource(folder, "film.mkv", "-i", await folder.raw({ frames }), "-c:v", "ffv1") };
}

/** The proxies of an undisturbed run, by name. */
async function undisturbed(folder: ProxyFolder, args: readonly string[]): Promise<Map<string, Uint8Array>> {
  const { code, errors } = await folder.proxies(args);
  assert.equal(code, 0, errors.join("\n"));
  const made = new Map(names.map((name) => [name, folder.read(`out/${name}`)]));
  for (const name of names) Deno.removeSync(folder.file(`out/${name}`));
  folder.forget();
  assert.deepEqual(folder.namesIn("out"), []);
  return made;
}

function assertSame(folder: ProxyFolder, expected: ReadonlyMap<string, Uint8Array>): void {
  assert.deepEqual(folder.namesIn("out"), [...expected.keys()].sort());
  for (const [name, bytes] of expected) assert.deepEqual(folder.read(`out/${name}`), bytes, name);
}

/** A PATH on which ffmpeg is a script; $FFMPEG is the real one. */
function withFfmpeg(folder: ProxyFolder, script: string): Record<string, string> {
  const bin = folder.file("bin");
  Deno.mkdirSync(bin);
  const real = new TextDecoder().decode(
    new Deno.Command("sh", { args: ["-c", "command -v ffmpeg"] }).outputSync().stdout,
  ).trim();
  folder.write("bin/ffmpeg", `#!/bin/sh\nFFMPEG='${real}'\n[ "$1" = -version ] && exec "$FFMPEG" "$@"\n${script}\n`);
  Deno.chmodSync(`${bin}/ffmpeg`, 0o755);
  return { PATH: `${bin}:${Deno.env.get("PATH")}` };
}

for (
  const [what, script, said] of [
    ["fails behind its last frame", '"$FFMPEG" "$@"; exit 3', /exit code 3 after 40 frames/],
    ["fails half way", '"$FFMPEG" -t 0.8 "$@"; exit 1', /exit code 1 after 20 frames/],
    ["is killed", '"$FFMPEG" -t 0.8 "$@"; kill -9 $$', /SIGKILL after 20 frames/],
  ] as const
) {
  Deno.test({
    name: `an ffmpeg that ${what} is exit code 1 with the frame, and what was finished is gone on with`,
    ignore,
    fn: async () => {
      const { folder, source } = await withSource();
      using _folder = folder;
      const expected = await undisturbed(folder, [source]);
      const { code, errors } = await folder.proxies([source], withFfmpeg(folder, script));
      assert.equal(code, 1, errors.join("\n"));
      assert.match(errors.join("\n"), said);
      assert.ok(names.every((name) => !folder.namesIn("out").includes(name)));
      assert.ok(names.every((name) => folder.namesIn("out").includes(`${name}.rav1e-by-gop`)));
      const { code: again, errors: none, lines } = await folder.proxies([source]);
      assert.equal(again, 0, none.join("\n"));
      assert.ok(lines.filter(({ type }) => type === "segment").length <= 4 * 3 - 4);
      assertSame(folder, expected);
    },
  });
}

Deno.test({
  name: "an ffmpeg that gives nothing, and a source that is none, are refused with the reason",
  ignore,
  fn: async () => {
    const { folder, source } = await withSource();
    using _folder = folder;
    const { code, errors } = await folder.proxies(
      [source],
      withFfmpeg(folder, 'echo "[error] no luck today" >&2; exit 1'),
    );
    assert.equal(code, 2);
    assert.match(errors.join("\n"), /no luck today/);
    folder.write("text.mkv", "no video at all\n".repeat(100));
    const { code: refused, errors: said } = await folder.proxies([folder.file("text.mkv")]);
    assert.equal(refused, 2);
    assert.match(said.join("\n"), /Cannot read '.*text\.mkv'/);
    assert.deepEqual(folder.namesIn("out"), []);
  },
});

for (
  const point of [
    "segment-kept:3",
    "marked-final",
    "renamed",
    "renamed:3",
    "renamed:4",
    "store-removed:2",
  ]
) {
  Deno.test({
    name: `proxies killed at ${point} are gone on with: the same bytes, complete sizes left alone`,
    ignore,
    fn: async () => {
      const { folder, source } = await withSource();
      using _folder = folder;
      const expected = await undisturbed(folder, [source]);
      const { signal, errors } = await folder.proxies([source], { RAV1E_BY_GOP_FAULTS: `kill:${point}` });
      assert.equal(signal, "SIGKILL", errors.join("\n"));
      const complete = folder.namesIn("out").filter((name) => name.endsWith(".ivf"));
      const before = complete.map((name) => Deno.statSync(folder.file(`out/${name}`)).mtime?.getTime());
      const { code, errors: none, lines } = await folder.proxies([source]);
      assert.equal(code, 0, none.join("\n"));
      assertSame(folder, expected);
      const again = new Set(lines.filter(({ type }) => type === "segment").map(({ output }) => output));
      for (const [at, name] of complete.entries()) {
        assert.ok(!again.has(folder.file(`out/${name}`)), `${name} was encoded again`);
        assert.equal(Deno.statSync(folder.file(`out/${name}`)).mtime?.getTime(), before[at]);
      }
    },
  });
}

Deno.test({
  name: "complete sizes of other settings are not taken for these",
  ignore,
  fn: async () => {
    const { folder, source } = await withSource();
    using _folder = folder;
    await folder.proxies([source], { RAV1E_BY_GOP_FAULTS: "kill:renamed" });
    const { code, errors } = await folder.proxies([source, "-q", "50"]);
    assert.equal(code, 2, errors.join("\n"));
    assert.match(errors.join("\n"), /quantizer is 50, was 100/);
    const restarted = await folder.proxies([source, "-q", "50", "--restart", "-y"]);
    assert.equal(restarted.code, 0, restarted.errors.join("\n"));
    assert.deepEqual(folder.namesIn("out"), [...names].sort());
  },
});

for (const [threads, keyint] of [["1", "15"], ["2", "15"], ["1", "100"], ["2", "100"], ["1", "1"]] as const) {
  Deno.test({
    name: `proxies with the least memory for waiting frames end: ${threads} slots, GOPs of ${keyint}`,
    ignore,
    fn: async () => {
      const { folder, source } = await withSource(240);
      using _folder = folder;
      const words = [source, "--threads", threads, "--keyint", keyint];
      const { code, errors } = await folder.proxies(words, { RAV1E_BY_GOP_FAULTS: "packs:1" });
      assert.equal(code, 0, errors.join("\n"));
      for (const name of names) assert.equal(readIvfPackets(folder.read(`out/${name}`)).packets.length, 240);
    },
  });
}

Deno.test({
  name: "a size that cannot be written ends all of them, at once or not, and what they have finished is kept",
  ignore: ignore || Deno.build.os !== "linux",
  fn: async () => {
    const { folder, source } = await withSource(600);
    using _folder = folder;
    Deno.symlinkSync("/dev/full", folder.file("out/film_75.ivf"));
    const { code, errors } = await folder.proxies([source], { RAV1E_BY_GOP_FAULTS: "packs:1" });
    assert.equal(code, 1, errors.join("\n"));
    assert.equal(errors.length, 1);
    assert.match(errors[0]!, /^Cannot write .*film_75\.ivf: no space is left/);
    assert.doesNotMatch(errors[0]!, /ffmpeg|another size/);
    assert.ok(!folder.namesIn("out").includes("film_100.ivf"));
  },
});

Deno.test({
  name: "proxies made by a worker alone are those that are made here, also when the worker is killed on the way",
  ignore,
  fn: async () => {
    const { folder, source } = await withSource();
    using _folder = folder;
    const expected = await undisturbed(folder, [source]);
    const first = await RunningWorker.start(["--threads", "2"]);
    folder.write(
      "workers.toml",
      `[[workers]]\nhost = "127.0.0.1"\nport = ${first.port}\npassword = "${workerPassword}"\n`,
    );
    Deno.chmodSync(folder.file("workers.toml"), 0o600);
    const made = folder.proxies([source, "--no-local", "--workers", folder.file("workers.toml")]);
    await first.said("started");
    first.process.kill("SIGKILL");
    await first.ended();
    await using _second = await RunningWorker.start(["--threads", "2", "--port", `${first.port}`]);
    const { code, errors } = await made;
    assert.equal(code, 0, errors.join("\n"));
    assertSame(folder, expected);
  },
});

/** Children of a process. */
function childrenOf(pid: number): number[] {
  return [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter((other) => {
    try {
      const stat = Deno.readTextFileSync(`/proc/${other}/stat`);
      return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === pid;
    } catch {
      return false;
    }
  });
}

async function waitUntilGone(pid: number): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    try {
      const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
      // A child that init has yet to bury has ended.
      if (stat.slice(stat.lastIndexOf(")") + 2)[0] === "Z") return;
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Process ${pid} is still there`);
}

for (const signal of ["SIGKILL", "SIGINT"] as const) {
  Deno.test({
    name: `${signal} leaves no child and nothing but what the same command goes on from`,
    ignore: ignore || Deno.build.os !== "linux",
    fn: async () => {
      // More than fits into all buffers: ffmpeg is held back, and there.
      const { folder, source } = await withSource(3000);
      using _folder = folder;
      const words = ["proxies", source, "--container", "ivf", "-o", folder.file("out"), "--threads", "1"];
      const program = new RunningProgram(words, { env: { RAV1E_BY_GOP_FAULTS: "packs:1" } });
      await program.until(({ type }) => type === "segment");
      const children = childrenOf(program.process.pid);
      assert.equal(children.length, 1, "the decoder is at work");
      program.process.kill(signal);
      const { code, rest } = await program.ended();
      for (const child of children) await waitUntilGone(child);
      if (signal === "SIGINT") {
        assert.equal(code, 130);
        assert.match(messages(rest, "error").join("\n"), /interrupted after .* frames of all sizes; .*go on with: /);
      }
      const left = folder.namesIn("out").filter((name) => !/\.ivf(\.part|\.rav1e-by-gop(-journal)?)$/.test(name));
      assert.deepEqual(left, []);
    },
  });
}

Deno.test({
  name: "a file where Blender's folder should be is one line, exit code 2, and stays",
  ignore,
  fn: async () => {
    const { folder, source } = await withSource(2);
    using _folder = folder;
    folder.write("out/BL_proxy", "mine");
    const { code, errors } = await folder.proxies([source, "--layout", "blender"]);
    assert.equal(code, 2, errors.join("\n"));
    assert.match(
      errors.join("\n"),
      /^Cannot make the folder '.*BL_proxy\/film\.mkv' for the proxies: a part of its path /,
    );
    assert.equal(new TextDecoder().decode(folder.read("out/BL_proxy")), "mine");
  },
});

Deno.test({
  name: "what status says of an unfinished size is a command that goes on with it",
  ignore,
  fn: async () => {
    const { folder, source } = await withSource();
    using _folder = folder;
    const killed = { RAV1E_BY_GOP_FAULTS: "kill:segment-kept:2" };
    const words = [source, "--sizes", "50", "--layout", "blender"];
    assert.equal((await folder.proxies(words, killed)).signal, "SIGKILL");
    const output = folder.file("out/BL_proxy/film.mkv/proxy_50.ivf");
    const { stdout } = await runProgram(["status", output, "--json"]);
    const told = JSON.parse(typeof stdout === "string" ? stdout : new TextDecoder().decode(stdout));
    const { code, stderr } = await runProgram([...told.command.split(" ").slice(1), "--progress", "plain"]);
    assert.equal(code, 0, `${told.command}: ${stderr}`);
    assert.match(stderr, /proxy_50\.ivf: continuing: /);
    assert.deepEqual(folder.namesIn("out/BL_proxy/film.mkv"), ["proxy_50.ivf"]);
  },
});
