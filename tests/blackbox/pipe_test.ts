// Videos that come through a pipe: the same packets as from the file, encoded as they come, and an end that comes too early
// is never taken for the video's.

import assert from "node:assert/strict";
import { clip, scenes, type Y4mParameters } from "../support/clips.ts";
import { runProgram } from "../support/program.ts";
import { messages, RunningProgram } from "../support/running_program.ts";
import { shell } from "../support/shell.ts";
import { smallClipEncoded, smallClipStride, WorkFolder } from "../support/work_folder.ts";

const store = "out.ivf.rav1e-by-gop";
const encode = ["-", "-o", "out.ivf", "-s", "10"];

function clipBytes(folder: WorkFolder, parameters: Y4mParameters = {}): Uint8Array {
  folder.clip("in.y4m", parameters);
  return folder.read("in.y4m");
}

const ways: [string, string][] = [
  ["cat's pipe", "cat in.y4m | program - -o out.ivf -s 10"],
  ["a redirected file", "program - -o out.ivf -s 10 < in.y4m"],
  ["a process substitution", "program <(cat in.y4m) -o out.ivf -s 10"],
  ["a named pipe", "mkfifo p; cat in.y4m > p & program p -o out.ivf -s 10; code=$?; rm p; exit $code"],
  ["/dev/stdin", "cat in.y4m | program /dev/stdin -o out.ivf -s 10"],
  ["a file with --one-reader", "program in.y4m --one-reader -o out.ivf -s 10"],
  ["a pipe with --tmp-input", "cat in.y4m | program - --tmp-input -o out.ivf -s 10"],
  [
    "a pipe that sends a byte at a time",
    "dd if=in.y4m bs=1 status=none | head -c 999999999 | program - -o out.ivf -s 10",
  ],
];
for (const [name, line] of ways) {
  Deno.test(`the video through ${name} becomes what the file becomes`, async () => {
    using folder = new WorkFolder();
    folder.clip("in.y4m");
    const { code, stderr } = await shell(folder, line);
    assert.equal(code, 0, stderr);
    assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded());
    assert.deepEqual(folder.names(), ["in.y4m", "out.ivf"]);
  });
}

Deno.test("encoding begins long before the pipe ends", async () => {
  using folder = new WorkFolder();
  const bytes = clipBytes(folder);
  const running = new RunningProgram(encode, { cwd: folder.path, stdin: "piped" });
  const writer = running.process.stdin.getWriter();
  const header = bytes.indexOf(0x0a) + 1;
  // The first segment and what detection needs to see of the second; then nothing until the first is finished.
  await writer.write(bytes.subarray(0, header + 24 * smallClipStride));
  const { segment } = await running.until(({ type }) => type === "segment");
  assert.equal(segment, 0);
  await writer.write(bytes.subarray(header + 24 * smallClipStride));
  await writer.close();
  assert.equal((await running.ended()).code, 0);
  assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded());
});

const earlyEnds: [string, number, Y4mParameters, string[], RegExp][] = [
  ["inside a frame", 30 * smallClipStride + 90, {}, [], /it ends 90 bytes into frame 30/],
  [
    "on a frame boundary, against XLENGTH",
    30 * smallClipStride,
    { others: ["XLENGTH=37"] },
    [],
    /37 frames \(XLENGTH\).*30/,
  ],
  [
    "on a frame boundary, against --expect-frames",
    30 * smallClipStride,
    {},
    ["--expect-frames", "37"],
    /30 frames.*37/,
  ],
];
for (const [name, length, parameters, args, reason] of earlyEnds) {
  Deno.test(`a pipe that ends early, ${name}, is exit 1 with what is finished kept`, async () => {
    using folder = new WorkFolder();
    const bytes = clipBytes(folder, parameters);
    const header = bytes.indexOf(0x0a) + 1;
    const { code, stderr } = await runProgram([...encode, ...args], {
      cwd: folder.path,
      stdin: bytes.subarray(0, header + length),
    });
    assert.equal(code, 1);
    assert.match(stderr, reason);
    assert.deepEqual(folder.names(), ["in.y4m", store]);
    assert.doesNotMatch(stderr, /--restart/);
    if (stderr.includes("--limit 30")) {
      // As the message says, and back: what both have in common is not encoded twice.
      const stdin = bytes.subarray(0, header + length);
      const limited = await runProgram([...encode, ...args, "--limit", "30"], { cwd: folder.path, stdin });
      assert.equal(limited.code, 0, limited.stderr);
      assert.match(limited.stderr, /continuing: 12 frames \(1 segment\) were finished/);
      const other = await runProgram(["in.y4m", "-o", "30.ivf", "-s", "10", "-l", "30"], { cwd: folder.path });
      assert.equal(other.code, 0, other.stderr);
      assert.deepEqual(folder.read("out.ivf"), folder.read("30.ivf"));
      for (const name of ["out.ivf", "30.ivf"]) Deno.removeSync(folder.file(name));
      await runProgram([...encode, ...args], { cwd: folder.path, stdin });
    }
    // The whole video continues it.
    const whole = await runProgram([...encode, ...args, "--progress", "json"], { cwd: folder.path, stdin: bytes });
    assert.equal(whole.code, 0, whole.stderr);
    const segments = whole.stderr.split("\n").filter((line) => line.startsWith('{"type":"segment"'));
    assert.ok(segments.length < 3, whole.stderr);
    assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded());
  });
}

for (const frames of [20, 25]) {
  Deno.test(`a pipe that ends after ${frames} frames, where an earlier run had finished more, is exit 1 too`, async () => {
    using folder = new WorkFolder();
    const bytes = clipBytes(folder);
    const faults = { RAV1E_BY_GOP_FAULTS: "kill:segment-kept:3" };
    await runProgram(encode, { cwd: folder.path, stdin: bytes, env: faults });
    const part = bytes.subarray(0, bytes.indexOf(0x0a) + 1 + frames * smallClipStride);
    const { code, stderr } = await runProgram([...encode, "--expect-frames", "37"], { cwd: folder.path, stdin: part });
    assert.equal(code, 1, stderr);
    assert.match(stderr, new RegExp(`it has ${frames} frames, not the 37`));
    const whole = await runProgram(encode, { cwd: folder.path, stdin: bytes });
    assert.equal(whole.code, 0, whole.stderr);
    assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded());
  });
}

Deno.test("a pipe is read again from its start after a kill, and another one is refused", async () => {
  using folder = new WorkFolder();
  const bytes = clipBytes(folder);
  const { signal } = await runProgram(encode, {
    cwd: folder.path,
    stdin: bytes,
    env: { RAV1E_BY_GOP_FAULTS: "kill:segment-kept:2" },
  });
  assert.equal(signal, "SIGKILL");
  // A frame in each segment, since any two of the three may have been kept.
  const other = bytes.slice();
  for (const frame of [5, 15, 30]) other[bytes.indexOf(0x0a) + 1 + frame * smallClipStride + 1000]! ^= 1;
  const refused = await runProgram(encode, { cwd: folder.path, stdin: other });
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /frames \d+-\d+ .*--restart/);
  const again = await runProgram([...encode, "--progress", "json"], { cwd: folder.path, stdin: bytes });
  assert.equal(again.code, 0, again.stderr);
  assert.equal(
    messages(again.stderr.trimEnd().split("\n"), "note").filter((text) => text.startsWith("continuing")).length,
    1,
  );
  assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded());
});

Deno.test("what a file began a pipe continues, and the other way round", async () => {
  using folder = new WorkFolder();
  const bytes = clipBytes(folder);
  const fromFile = ["in.y4m", ...encode.slice(1)];
  for (const [first, second] of [[fromFile, encode], [encode, fromFile]]) {
    await runProgram(first!, { cwd: folder.path, stdin: bytes, env: { RAV1E_BY_GOP_FAULTS: "kill:segment-kept" } });
    const { code, stderr } = await runProgram([...second!, "--progress", "json"], { cwd: folder.path, stdin: bytes });
    assert.equal(code, 0, stderr);
    assert.ok(stderr.split("\n").filter((line) => line.startsWith('{"type":"segment"')).length < 3, stderr);
    assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded());
    Deno.removeSync(folder.file("out.ivf"));
  }
});

const empties: [string, string | Uint8Array, RegExp][] = [
  ["nothing", "", /standard input.*empty/],
  ["a header alone", "YUV4MPEG2 W64 H48 F25:1 C420jpeg\n", /standard input.*no whole frame/],
  ["no y4m", "\x1aE\xdf\xa3 and so on, and so on", /standard input/],
];
for (const [name, text, message] of empties) {
  Deno.test(`a pipe that holds ${name} is exit 2 with one line and nothing left`, async () => {
    using folder = new WorkFolder();
    const stdin = typeof text === "string" ? new TextEncoder().encode(text) : text;
    const { code, stderr } = await runProgram(encode, { cwd: folder.path, stdin });
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
    assert.deepEqual(folder.names(), []);
  });
}

Deno.test("--skip and --limit mean the same frames of a pipe, and what follows them is not read", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  const args = "--skip 5 --limit 20 -s 10";
  assert.equal((await shell(folder, `program in.y4m -o file.ivf ${args}`)).code, 0);
  const { code, stderr } = await shell(folder, `(cat in.y4m; cat /dev/zero) | program - -o pipe.ivf ${args}`);
  assert.equal(code, 0, stderr);
  assert.deepEqual(folder.read("pipe.ivf"), folder.read("file.ivf"));
});

Deno.test("standard input is left alone when the input is a file", async () => {
  using folder = new WorkFolder();
  folder.clip("a.y4m");
  folder.clip("b.y4m");
  const { code, stderr } = await shell(
    folder,
    `printf 'a\\nb\\n' > list; while read -r name; do program "$name.y4m" -o "$name.ivf" -s 10; done < list`,
  );
  assert.equal(code, 0, stderr);
  for (const name of ["a.ivf", "b.ivf"]) assert.deepEqual(folder.read(name), await smallClipEncoded());
});

Deno.test("a pipe's memory is bounded: a small budget streams a long segment through", async () => {
  using folder = new WorkFolder();
  // One segment far larger than the least memory for waiting frames.
  folder.clip("in.y4m", {}, clip(scenes(400), { width: 320, height: 176 }));
  const args = ["-s", "10", "--keyint", "0"];
  const file = await runProgram(["in.y4m", "-o", "file.ivf", ...args], { cwd: folder.path });
  assert.equal(file.code, 0, file.stderr);
  const env = { RAV1E_BY_GOP_FAULTS: "packs:1" };
  const pipe = await runProgram(["-", "-o", "pipe.ivf", ...args], {
    cwd: folder.path,
    stdin: folder.read("in.y4m"),
    env,
  });
  assert.equal(pipe.code, 0, pipe.stderr);
  assert.deepEqual(folder.read("pipe.ivf"), folder.read("file.ivf"));
});

Deno.test("a segment of a pipe that was set aside holds up nothing, however little memory there is", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m", {}, clip(scenes(12, 150), { width: 64, height: 48 }));
  const stdin = folder.read("in.y4m");
  const env = { RAV1E_BY_GOP_FAULTS: "segment:1:abort:9,packs:1" };
  for (let death = 1; death <= 3; death++) {
    assert.equal((await runProgram(encode, { cwd: folder.path, stdin, env })).signal, "SIGABRT");
  }
  const { code, stderr } = await runProgram(encode, { cwd: folder.path, stdin, env });
  assert.equal(code, 1);
  assert.match(stderr, /missing: frames 12-161 /);
});

for (const more of [[], ["--tmp-input"]]) {
  Deno.test(`one slot takes segment after segment from the smallest budget${more.map((word) => `, ${word}`)}`, async () => {
    using folder = new WorkFolder();
    // Noise packs badly: each segment is larger than the budget, or most of it.
    const noisy = scenes(75, 75, 75, 75).map((scene) => ({ ...scene, noise: 32 }));
    folder.clip("in.y4m", {}, clip(noisy, { width: 32, height: 32 }));
    const args = ["-s", "10", "--threads", "1"];
    const file = await runProgram(["in.y4m", "-o", "file.ivf", ...args], { cwd: folder.path });
    assert.equal(file.code, 0, file.stderr);
    const pipe = await runProgram(["-", "-o", "pipe.ivf", ...args, ...more], {
      cwd: folder.path,
      stdin: folder.read("in.y4m"),
      env: { RAV1E_BY_GOP_FAULTS: "packs:1" },
    });
    assert.equal(pipe.code, 0, pipe.stderr);
    assert.deepEqual(folder.read("pipe.ivf"), folder.read("file.ivf"));
  });
}
