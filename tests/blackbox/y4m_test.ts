// y4m files as they are found, through the command line: what is encoded all the same, with which packets, and what is
// refused before there is any output.

import assert from "node:assert/strict";
import { clip, scenes, type Y4mParameters } from "../support/clips.ts";
import { packetsDigest, readIvfPackets } from "../support/ivf_packets.ts";
import { runProgram, type RunResult } from "../support/program.ts";
import { messages, RunningProgram } from "../support/running_program.ts";
import { smallClip, smallClipEncoded, smallClipFrames, smallClipStride, WorkFolder } from "../support/work_folder.ts";

/** Encodes in.y4m of the folder at speed 10 into out.ivf. */
function encode(folder: WorkFolder, ...args: string[]): Promise<RunResult> {
  return runProgram(["in.y4m", "-o", "out.ivf", "-s", "10", "--no-progress", ...args], { cwd: folder.path });
}

/** One line, this exit code, and nothing made. */
function assertRefused(folder: WorkFolder, { code, stdout, stderr }: RunResult, expected: number, text: RegExp): void {
  assert.match(stderr, text);
  assert.match(stderr, /^rav1e-by-gop: [^\n]+\n$/);
  assert.equal(code, expected);
  assert.equal(stdout.length, 0);
  assert.deepEqual(folder.names().filter((name) => name.startsWith("out")), []);
}

const harmless: [string, Y4mParameters, RegExp][] = [
  ["parameters that nobody knows", { others: ["XFOO=bar", "Qx", "A0:0", "XYSCSS=420JPEG"] }, /^'out\.ivf': /],
  ["interlaced frames, with a warning", { others: ["It"] }, /^The input is interlaced \(It, top field first\)/],
  ["parameters on every FRAME line", { frameParameters: (n) => n % 3 === 0 ? " Ip XFOO" : " Ip" }, /^'out\.ivf': /],
  ["more frames than XLENGTH promises, with a warning", { others: ["XLENGTH=30"] }, /^'in\.y4m' has 37 frames, more/],
];
for (const [name, parameters, text] of harmless) {
  Deno.test(`the packets of a plain file come from ${name}`, async () => {
    using folder = new WorkFolder();
    folder.clip("in.y4m", parameters);
    const { code, stderr } = await encode(folder);
    assert.match(stderr, text);
    assert.equal(code, 0);
    assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded());
  });
}

/** 47 frames, where frames are small enough for the parameters of two to fill one. */
const longClip = clip(scenes(12, 13, 22), { width: 64, height: 48 });

Deno.test("FRAME parameters deep in the file change no packet", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m", {}, longClip);
  assert.equal((await encode(folder)).code, 0);
  const plain = packetsDigest(folder.read("out.ivf"));
  for (const odd of [20, 41]) {
    folder.clip("in.y4m", { frameParameters: (n) => n === odd ? " Ip" : n === odd + 1 ? " XA" : "" }, longClip);
    assert.equal((await encode(folder, "-y")).code, 0);
    assert.equal(packetsDigest(folder.read("out.ivf")), plain, `parameters at frame ${odd}`);
  }
});

for (const range of [["--limit", "44"], ["--skip", "5", "--limit", "40"]]) {
  Deno.test(`FRAME parameters that no probe sees are found on the way (${range.join(" ")})`, async () => {
    using folder = new WorkFolder();
    folder.clip("in.y4m", {}, longClip);
    assert.equal((await encode(folder, ...range)).code, 0);
    const plain = packetsDigest(folder.read("out.ivf"));
    // Together as long as a frame: from the outside this is a plain file of 48 frames. Only where frames 22 to 24 of
    // that one would be, between two of the lines that are looked at beforehand, there are no FRAME lines.
    const parameters = " X" + "y".repeat(smallClipStride / 2 - 2);
    folder.clip("in.y4m", { frameParameters: (n) => n === 22 || n === 23 ? parameters : "" }, longClip);
    assert.equal(folder.read("in.y4m").length, readHeaderBytes(folder) + 48 * smallClipStride);
    const { code, stderr } = await encode(folder, "-y", ...range);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^'out\.ivf': [^\n]*\n$/);
    assert.equal(packetsDigest(folder.read("out.ivf")), plain);
  });
}

Deno.test("XCOLORRANGE=FULL is what --range Full says, and -v prints it in the equal command", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m", { others: ["XCOLORRANGE=FULL"] });
  const { code, stderr } = await encode(folder, "-v");
  assert.equal(code, 0);
  assert.match(stderr, /^same packets: rav1e .*--range Full/m);
  folder.clip("in.y4m");
  assert.equal((await encode(folder, "-y", "--range", "Full")).code, 0);
  const full = folder.read("out.ivf");
  folder.clip("in.y4m", { others: ["XCOLORRANGE=FULL"] });
  assert.equal((await encode(folder, "-y")).code, 0);
  assert.deepEqual(folder.read("out.ivf"), full);
  assert.notDeepEqual(full, await smallClipEncoded());
});

/** Bytes of the header line of in.y4m. */
function readHeaderBytes(folder: WorkFolder): number {
  return folder.read("in.y4m").indexOf(10) + 1;
}

Deno.test("a file that is cut inside a frame is refused before any output, and --limit encodes its whole frames", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  assert.equal((await encode(folder, "--limit", "30")).code, 0);
  const first30 = folder.read("out.ivf");
  Deno.removeSync(folder.file("out.ivf"));
  folder.write("in.y4m", folder.read("in.y4m").subarray(0, readHeaderBytes(folder) + 30 * smallClipStride + 100));
  const text = /it has 30 whole frames, then the file ends 100 bytes into frame 30; --limit 30 encodes those/;
  assertRefused(folder, await encode(folder), 2, text);
  assertRefused(folder, await encode(folder, "--limit", "31"), 2, text);
  const { code, stderr } = await encode(folder, "--limit", "30");
  assert.equal(code, 0, stderr);
  assert.deepEqual(folder.read("out.ivf"), first30);
});

// Of 37 frames, 31 is one whose FRAME line is looked at beforehand; 30 is found by the detector.
for (const [frame, exitCode] of [[31, 2], [30, 1]] as const) {
  Deno.test(`a damaged FRAME line at frame ${frame} is exit ${exitCode}, and --limit encodes what is before it`, async () => {
    using folder = new WorkFolder();
    folder.clip("in.y4m");
    const bytes = folder.read("in.y4m");
    const at = readHeaderBytes(folder) + frame * smallClipStride;
    bytes.fill(88, at, at + 6);
    folder.write("in.y4m", bytes);
    const text = new RegExp(
      `it has ${frame} whole frames, then at byte ${at}, where the FRAME line of frame ${frame} should be, there is ` +
        `something else; --limit ${frame} encodes those`,
    );
    assertRefused(folder, await encode(folder), exitCode, text);
    const { code, stderr } = await encode(folder, "--limit", `${frame}`);
    assert.equal(code, 0, stderr);
    assert.equal(readIvfPackets(folder.read("out.ivf")).packets.length, frame);
  });
}

Deno.test("fewer frames than XLENGTH promises is exit 1 before any output, and --limit takes what there is", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m", { others: ["XLENGTH=40"] });
  const text = /its header promises 40 frames \(XLENGTH\), but it has 37; --limit 37 encodes those/;
  assertRefused(folder, await encode(folder), 1, text);
  assert.equal((await encode(folder, "--limit", "37")).code, 0);
  assert.deepEqual(folder.read("out.ivf"), await smallClipEncoded());
});

Deno.test("--expect-frames refuses any other number with exit 1", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  assertRefused(
    folder,
    await encode(folder, "--expect-frames", "36"),
    1,
    /it has 37 frames, not the 36 of --expect-frames/,
  );
  assertRefused(folder, await encode(folder, "--expect-frames", "38"), 1, /it has 37 frames, not the 38/);
  assert.equal((await encode(folder, "--expect-frames", "37")).code, 0);
});

const notY4m: [string, string | Uint8Array, RegExp][] = [
  ["an empty file", "", /it is empty/],
  ["text", "hello\n", /it looks like text, not y4m: it starts with 'hello'/],
  [
    "a Matroska file",
    "\x1a\x45\xdf\xa3\0\0\0\0",
    /it looks like a Matroska or WebM file, not y4m; convert it/,
  ],
  ["an IVF file", "DKIF\0\0\x20\0AV01", /it looks like an IVF file \(already encoded\), not y4m/],
  ["a file of raw samples", new Uint8Array(5000).fill(1), /it is not a y4m file: it starts with the bytes 01 01/],
  ["a header without an end", "YUV4MPEG2 W64 H48", /it ends after 17 bytes, inside its y4m header/],
  ["a header without frames", "YUV4MPEG2 W64 H48 F25:1\n", /it holds no whole frame/],
  ["a header without a width", "YUV4MPEG2 H48 F25:1\nFRAME\n", /its y4m header has no width/],
  ["a header of 16-bit samples", "YUV4MPEG2 W2 H2 F25:1 C420p16\nFRAME\n", /its colour space 'C420p16' is /],
];
for (const [name, content, text] of notY4m) {
  Deno.test(`${name} is refused with what it looks like and what to do`, async () => {
    using folder = new WorkFolder();
    const bytes = typeof content === "string" ? Uint8Array.from(content, (c) => c.charCodeAt(0)) : content;
    folder.write("in.y4m", bytes);
    assertRefused(folder, await encode(folder), 2, text);
  });
}

Deno.test("a missing input and a directory are refused by name", async () => {
  using folder = new WorkFolder();
  assertRefused(folder, await encode(folder), 2, /Cannot read in\.y4m: no such file or directory/);
  Deno.mkdirSync(folder.file("in.y4m"));
  assertRefused(folder, await encode(folder), 2, /Cannot read in\.y4m: it is a directory/);
});

Deno.test({
  name: "an input that may not be read is refused",
  ignore: Deno.uid() === 0,
  fn: async () => {
    using folder = new WorkFolder();
    folder.clip("in.y4m");
    Deno.chmodSync(folder.file("in.y4m"), 0o000);
    assertRefused(folder, await encode(folder), 2, /Cannot read in\.y4m: permission denied/);
  },
});

Deno.test("a 10-bit sample above 1023 is exit 1 and names the frame and the sample", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m", {}, { ...smallClip, bitDepth: 10 });
  const bytes = folder.read("in.y4m");
  const stride = 6 + 2 * (smallClipStride - 6);
  bytes[readHeaderBytes(folder) + 20 * stride + 6 + 1001] = 0x10;
  folder.write("in.y4m", bytes);
  const text = /Cannot encode frame 20 of 'in\.y4m': a sample is 4\d\d\d, above the bit depth's 1023/;
  assertRefused(folder, await encode(folder), 1, text);
  assertRefused(folder, await encode(folder, "--skip", "7"), 1, text);
});

Deno.test("a file that is shortened while it is encoded ends the run with one line and no output", async () => {
  using folder = new WorkFolder();
  // One slot and twenty segments, most of them not read yet when the first is being encoded.
  folder.clip("in.y4m", {}, clip(scenes(...Array(20).fill(13)), { width: 160, height: 96 }));
  const args = ["in.y4m", "-o", "out.ivf", "-s", "2", "--threads", "1"];
  const running = new RunningProgram(args, { cwd: folder.path });
  await running.encoding();
  Deno.truncateSync(folder.file("in.y4m"), 100_000);
  const { code, rest } = await running.ended();
  assert.equal(code, 1);
  const errors = messages(rest, "error");
  assert.equal(errors.length, 1);
  assert.match(
    errors[0]!,
    /^Cannot read frame \d+ of 'in\.y4m': the file ends \d+ bytes early, at byte \d+; it was shortened/,
  );
  assert.deepEqual(messages(rest, "warning"), []);
  assert.deepEqual(folder.names(), ["in.y4m"]);
});

Deno.test("--skip and --limit beyond the end take what is left, and skipping everything is refused", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  assert.equal((await encode(folder, "--skip", "30", "--limit", "20")).code, 0);
  const { packets, announcedFrames } = readIvfPackets(folder.read("out.ivf"));
  assert.deepEqual([packets.length, announcedFrames], [7, 7]);
  assert.deepEqual(packets.map(({ timestamp }) => timestamp), [0, 1, 2, 3, 4, 5, 6]);
  Deno.removeSync(folder.file("out.ivf"));
  assertRefused(
    folder,
    await encode(folder, "--skip", `${smallClipFrames}`),
    2,
    /Cannot skip 37 frames: 'in\.y4m' has 37/,
  );
});

Deno.test("a still picture takes the first frame and warns about the others", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  const { code, stderr } = await encode(folder, "--still-picture");
  assert.equal(code, 0);
  assert.match(stderr, /^a still picture has one frame: the other 36 of 'in\.y4m' are left out, as rav1e does\n/);
  assert.equal(readIvfPackets(folder.read("out.ivf")).packets.length, 1);
});

Deno.test("a clip of one frame becomes one packet", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m", {}, clip(scenes(1), { width: 64, height: 48 }));
  const { code, stderr } = await encode(folder);
  assert.equal(code, 0);
  assert.match(stderr, /^'out\.ivf': 1 frame, \d+ bytes, .*, 1 segment, /);
  assert.equal(readIvfPackets(folder.read("out.ivf")).packets.length, 1);
});

Deno.test("keyint 0 without scene detection is one segment", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  const { code, stderr } = await encode(folder, "--keyint", "0", "--no-scene-detection");
  assert.equal(code, 0);
  assert.match(stderr, / 37 frames, .* 1 segment, /);
});

Deno.test("a file that grows while it is encoded is exit 1, with its first frames in the part", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  const first = folder.read("in.y4m"), args = ["in.y4m", "-o", "out.ivf", "-s", "2"];
  const running = new RunningProgram(args, { cwd: folder.path });
  await running.encoding();
  Deno.writeFileSync(folder.file("in.y4m"), first.subarray(-smallClipStride), { append: true });
  const { code, rest } = await running.ended();
  assert.equal(code, 1);
  assert.deepEqual(messages(rest, "error"), [
    `Cannot complete 'out.ivf': 'in.y4m' has grown from ${first.length} to ${first.length + smallClipStride} bytes ` +
    "since its 37 frames were counted; those are in 'out.ivf.part'; when it is whole, encode it anew with --restart",
  ]);
  assert.ok(!folder.names().includes("out.ivf"));
  assert.equal(readIvfPackets(folder.read("out.ivf.part")).packets.length, smallClipFrames);
  const again = new RunningProgram([...args, "--restart"], { cwd: folder.path });
  assert.equal((await again.ended()).code, 0);
  assert.equal(readIvfPackets(folder.read("out.ivf")).packets.length, smallClipFrames + 1);
});

Deno.test("a file that grows while frames are encoded that --limit took is encoded", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  const running = new RunningProgram(["in.y4m", "-o", "out.ivf", "-s", "2", "--limit", "37"], { cwd: folder.path });
  await running.encoding();
  Deno.writeFileSync(folder.file("in.y4m"), folder.read("in.y4m").subarray(-smallClipStride), { append: true });
  const { code, rest } = await running.ended();
  assert.deepEqual([code, messages(rest, "warning")], [0, []]);
});

Deno.test("a file that is replaced by one of its size while it is encoded is warned about", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  folder.clip("other.y4m");
  Deno.utimeSync(folder.file("other.y4m"), 1e9, 1e9);
  const running = new RunningProgram(["in.y4m", "-o", "out.ivf", "-s", "2"], { cwd: folder.path });
  await running.encoding();
  Deno.renameSync(folder.file("other.y4m"), folder.file("in.y4m"));
  const { code, rest } = await running.ended();
  assert.deepEqual(messages(rest, "warning"), [
    "'in.y4m' was written or replaced while it was encoded: if its frames are others now, encode it anew",
  ]);
  assert.equal(code, 0);
});
