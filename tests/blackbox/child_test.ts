// The program whose frames we read, when it does what it should not: it dies, it fails after whole frames, it hangs. And when
// we do: however this program ends, none of its children is left.

import assert from "node:assert/strict";
import { allGone, someWith, standIn } from "../support/children.ts";
import { ffmpeg, hasFfmpeg, picture } from "../support/ffmpeg.ts";
import { runProgram } from "../support/program.ts";
import { RunningProgram } from "../support/running_program.ts";
import { WorkFolder } from "../support/work_folder.ts";

const ignore = !hasFfmpeg || Deno.build.os !== "linux";
const args = ["in.mkv", "-o", "out.ivf", "-s", "10", "--keyint", "4", "--min-keyint", "4"];
const frameBytes = 96 * 64 * 3 / 2;
/** The y4m of fifteen frames, and of half a sixteenth, but for the header's few bytes. */
const fifteenFrames = 15 * (frameBytes + 6) + frameBytes / 2;

async function film(folder: WorkFolder, input: readonly string[] = picture): Promise<void> {
  await ffmpeg(folder.path, ...input, "-c:v", "libx264", "-pix_fmt", "yuv420p", "in.mkv");
}

for (
  const [name, script, message] of [
    [
      "dies in a frame",
      `"$@" | head -c ${fifteenFrames}; kill -9 $$`,
      /ffmpeg was ended by SIGKILL after 15 frames/,
    ],
    ["fails after whole frames", '"$@"; exit 3', /ffmpeg ended with exit code 3 after 20 frames/],
    [
      "fails after its output was closed",
      '"$@"; exec >&-; echo "[x @ 0x1] [error] the disk is on fire" >&2; exit 9',
      /ffmpeg ended with exit code 9 after 20 frames: x: the disk is on fire/,
    ],
    [
      "gives other frames than it says",
      `exec 3>&1; "$@" 2>&1 >&3 3>&- | grep -v " n:  15 " >&2; exit 0`,
      /ffmpeg gave 20 frames and time stamps for 15/,
    ],
  ] as const
) {
  Deno.test(`an ffmpeg that ${name} makes no film, and the same command goes on`, { ignore }, async () => {
    using folder = new WorkFolder();
    await film(folder);
    const env = { PATH: standIn(folder, "ffmpeg", script) };
    const { code, stderr } = await runProgram(args, { cwd: folder.path, env });
    assert.equal(code, 1, stderr);
    assert.match(stderr, message);
    assert.match(stderr, /finished segments? (is|are) kept in 'out.ivf.rav1e-by-gop', the same command goes on\n$/);
    assert.ok(!folder.names().includes("out.ivf"));
    const again = await runProgram(args, { cwd: folder.path });
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stderr, /continuing: /);
    const other = await runProgram(["in.mkv", "-o", "other.ivf", ...args.slice(3)], { cwd: folder.path });
    assert.equal(other.code, 0, other.stderr);
    assert.deepEqual(folder.read("out.ivf"), folder.read("other.ivf"));
  });
}

Deno.test("what a child was asked is part of an encode that is gone on with", { ignore }, async () => {
  using folder = new WorkFolder();
  await film(folder);
  const env = { PATH: standIn(folder, "ffmpeg", `"$@"; exit 3`) };
  assert.equal((await runProgram(args, { cwd: folder.path, env })).code, 1);
  const filtered = await runProgram([...args, "--video-filter", "hflip"], { cwd: folder.path });
  assert.equal(filtered.code, 2);
  assert.match(filtered.stderr, /video-filter is hflip, was none/);
  const deeper = await runProgram([...args, "--bit-depth", "10"], { cwd: folder.path });
  assert.match(deeper.stderr, /bit depth is 10, was 8/);
  await ffmpeg(
    folder.path,
    "-f",
    "lavfi",
    "-i",
    "testsrc=s=96x64:d=0.8",
    "-c:v",
    "libx264",
    "-pix_fmt",
    "yuv420p",
    "in.mkv",
  );
  const other = await runProgram(args, { cwd: folder.path });
  assert.equal(other.code, 2);
  assert.match(other.stderr, /the input (has \d+ bytes, had \d+|'s content is another one)/);
});

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"] as const) {
  Deno.test(`${signal} leaves no ffmpeg behind`, { ignore }, async () => {
    using folder = new WorkFolder();
    await film(folder, ["-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=20"]);
    const path = folder.file("in.mkv");
    const running = new RunningProgram([path, ...args.slice(1), "-s", "6"], { cwd: folder.path });
    await running.encoding();
    await someWith(`file:${path}`);
    running.process.kill(signal);
    const { code, signal: by } = await running.ended();
    assert.ok(code !== 0 || by !== null);
    await allGone(`file:${path}`);
  });
}

for (const [name, script] of [["ffprobe", "*)"], ["ffmpeg", "*yuv4mpegpipe*)"]] as const) {
  for (const command of ["encode", "scenes"]) {
    Deno.test(
      `SIGTERM leaves no ${name} behind that hangs before the first frame: ${command}`,
      { ignore },
      async () => {
        using folder = new WorkFolder();
        await film(folder);
        const path = folder.file("in.mkv"), began = folder.file("began");
        const real = new TextDecoder().decode(new Deno.Command("which", { args: [name] }).outputSync().stdout).trim();
        Deno.mkdirSync(folder.file("bin"));
        const hang = `trap '' INT TERM HUP; touch ${began}; exec sh -c 'while :; do sleep 1; done' "$@"`;
        const text = `#!/bin/sh\ncase "$*" in\n${script} ${hang} ;;\n*) exec ${real} "$@" ;;\nesac\n`;
        Deno.writeTextFileSync(folder.file(`bin/${name}`), text, { mode: 0o755 });
        const env = { PATH: `${folder.file("bin")}:${Deno.env.get("PATH")}` };
        const words = command === "scenes" ? ["scenes", path, "-o", "list.json"] : [path, ...args.slice(1)];
        const running = new RunningProgram(words, { cwd: folder.path, env });
        while (!folder.names().includes("began")) await new Promise((resolve) => setTimeout(resolve, 20));
        await someWith(`file:${path}`);
        running.process.kill("SIGTERM");
        const { code } = await running.ended();
        assert.equal(code, 143);
        await allGone(`file:${path}`);
        assert.deepEqual(folder.names(), ["began", "bin", "in.mkv"]);
      },
    );
  }
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`${signal} ends an ffmpeg that hangs and ignores everything`, { ignore }, async () => {
    using folder = new WorkFolder();
    await film(folder);
    const path = folder.file("in.mkv");
    const env = {
      PATH: standIn(
        folder,
        "ffmpeg",
        `trap '' PIPE INT TERM HUP; "$@" -frames:v 15; exec sh -c 'while :; do sleep 1; done' "$@"`,
      ),
    };
    const running = new RunningProgram([path, ...args.slice(1)], { cwd: folder.path, env });
    await running.until(({ type }) => type === "segment");
    await someWith(`file:${path}`);
    running.process.kill(signal);
    await running.ended();
    await allGone(`file:${path}`);
  });
}

Deno.test(
  "no more frames than --limit are waited for, and the rest of ffmpeg's work is ended",
  { ignore },
  async () => {
    using folder = new WorkFolder();
    const path = folder.file("in.mkv");
    await film(folder, ["-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=60"]);
    const { code, stderr } = await runProgram([path, ...args.slice(1), "--limit", "9"], { cwd: folder.path });
    assert.equal(code, 0, stderr);
    await allGone(`file:${path}`);
  },
);

Deno.test("a file that grows while it is read makes no film, although its end looks like one", { ignore }, async () => {
  using folder = new WorkFolder();
  await ffmpeg(folder.path, ...picture, "-c:v", "mpeg2video", "-f", "mpegts", "in.ts");
  const whole = folder.read("in.ts");
  folder.write("rest.ts", whole);
  const env = { PATH: standIn(folder, "ffmpeg", '"$@"; code=$?; cat rest.ts >> in.ts; exit $code') };
  const words = ["in.ts", "-o", "out.ivf", "-s", "10"];
  const { code, stderr } = await runProgram(words, { cwd: folder.path, env });
  assert.equal(code, 1, stderr);
  const [was, is] = [whole.length, 2 * whole.length];
  assert.match(
    stderr,
    new RegExp(`it had ${was} bytes when ffmpeg began and ${is} after \\d+ frames: it is being written`),
  );
  assert.ok(!folder.names().includes("out.ivf"));
  const later = await runProgram([...words, "--restart"], { cwd: folder.path });
  assert.equal(later.code, 0, later.stderr);
});

Deno.test("pictures that change their size are scaled to the first one's, and that is said", { ignore }, async () => {
  using folder = new WorkFolder();
  for (const [name, size] of [["one", "96x64"], ["two", "128x96"]]) {
    const source = ["-f", "lavfi", "-i", `testsrc2=s=${size}:r=25:d=0.4`];
    await ffmpeg(folder.path, ...source, "-c:v", "mpeg2video", "-f", "mpegts", `${name}.ts`);
  }
  folder.write("in.ts", new Uint8Array([...folder.read("one.ts"), ...folder.read("two.ts")]));
  const { code, stderr } = await runProgram(["in.ts", "-o", "out.ivf", "-s", "10"], { cwd: folder.path });
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^'in\.ts': .*pictures are 128x96 from frame \d+ on and are scaled to the 96x64 before$/m);
});
