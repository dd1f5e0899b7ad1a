// `scenes` against the encodes of this program and the keyframes of the stock rav1e command, which the cases of the
// oracle name.

import assert from "node:assert/strict";
import { parseSceneList, type SceneList } from "../../lib/encode/scene_list.ts";
import { parseCommandLine } from "../../lib/cli/parse.ts";
import type { OracleCase } from "../oracle/case.ts";
import { formatCases } from "../oracle/cases/format.ts";
import { gopCases } from "../oracle/cases/gop.ts";
import { keyframePositions } from "../support/av1_headers.ts";
import { clip, scenes } from "../support/clips.ts";
import { readIvfPackets } from "../support/ivf_packets.ts";
import { ffmpeg, hasFfmpeg } from "../support/ffmpeg.ts";
import { runProgram, startProgram } from "../support/program.ts";
import { shell } from "../support/shell.ts";
import { smallClip, smallClipEncoded, smallClipFrames, smallClipStride, WorkFolder } from "../support/work_folder.ts";

async function listOf(folder: WorkFolder, ...options: string[]): Promise<SceneList> {
  const { code, stdout, stderr } = await runProgram(["scenes", "in.y4m", ...options], { cwd: folder.path });
  assert.equal(code, 0, stderr);
  return parseSceneList(new TextDecoder().decode(stdout), "stdout");
}

/** Whether its options are those of `scenes`, and the video can be cut. */
function isComparable({ name, args = [] }: OracleCase): boolean {
  if (/^\d+ frames/.test(name) || args.includes("--high-bitdepth")) return false;
  try {
    return parseCommandLine(["scenes", "in.y4m", ...args]).command === "scenes";
  } catch {
    return false;
  }
}
const gop = gopCases.filter(isComparable);
const formats = formatCases.filter(isComparable);

assert(gop.length > 50 && formats.length > 50);

for (const [subject, cases] of [["placement", gop], ["formats", formats]] as const) {
  Deno.test(`scenes finds the keyframes of the stock command: ${subject}, ${cases.length} cases`, async (t) => {
    for (const one of cases) {
      await t.step(one.name, async () => {
        using folder = new WorkFolder();
        folder.clip("in.y4m", one.y4m, one.clip);
        const list = await listOf(folder, ...one.args ?? []);
        assert.deepEqual(list.keyframes, one.keyframes);
      });
    }
  });
}

Deno.test("scenes finds the keyframes that an encode with the same options writes", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m", {}, clip(scenes(14, 25, 31), { width: 64, height: 48 }));
  const sets = [["-s", "10"], ["-s", "9", "-I", "9", "-i", "4"], [
    "-s",
    "9",
    "--skip",
    "7",
    "-l",
    "50",
    "--low-latency",
  ]];
  for (const options of sets) {
    const { code, stderr } = await runProgram(["in.y4m", "-o", "out.ivf", "-y", ...options], { cwd: folder.path });
    assert.equal(code, 0, stderr);
    const written = keyframePositions(readIvfPackets(folder.read("out.ivf")).packets);
    const list = await listOf(folder, ...options);
    assert.deepEqual(list.keyframes, written, options.join(" "));
  }
});

Deno.test("scenes takes what an encode takes, and gives the same list and one that the encode takes", async (t) => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  const { width, height } = smallClip;
  const expected = await listOf(folder, "-s", "10");
  const encoded = await smallClipEncoded();
  const ways: [string, string, boolean][] = [
    ["a pipe", "cat in.y4m | run - ", true],
    ["a redirected file", "run - < in.y4m", true],
    ["a named pipe", "mkfifo p; cat in.y4m > p & run p", true],
    ["a file that is read once", "run in.y4m --one-reader", true],
    ["ffmpeg", "run in.y4m --input-via ffmpeg", hasFfmpeg],
    ["a container", "run in.mkv", hasFfmpeg],
  ];
  if (hasFfmpeg) await ffmpeg(folder.path, "-i", "in.y4m", "-c:v", "ffv1", "in.mkv");
  for (const [name, line, isPossible] of ways) {
    await t.step({
      name,
      ignore: !isPossible,
      fn: async () => {
        const found = await shell(folder, `run() { program scenes "$@" -s 10 -o list.json -y --quiet; }; ${line}`);
        assert.deepEqual([found.code, found.stderr], [0, ""]);
        const text = new TextDecoder().decode(folder.read("list.json"));
        assert.deepEqual(parseSceneList(text, "list.json"), expected);
        const encoding = line.replace("run", "program").replace(/ <|$/, " -s 10 --scenes list.json -o out.ivf -y$&");
        const { code, stderr } = await shell(folder, encoding.replace("mkfifo p; ", ""));
        assert.equal(code, 0, stderr);
        if (name !== "a container") assert.deepEqual(folder.read("out.ivf"), encoded);
      },
    });
  }
  await t.step({
    name: "a filter and another depth are part of what is looked at",
    ignore: !hasFfmpeg,
    fn: async () => {
      const words = ["--video-filter", "trim=start_frame=12", "--bit-depth", "10", "-s", "10"];
      const { code, stdout, stderr } = await runProgram(["scenes", "in.y4m", ...words], { cwd: folder.path });
      assert.equal(code, 0, stderr);
      const list = parseSceneList(new TextDecoder().decode(stdout), "stdout");
      assert.deepEqual([list.keyframes, list.frames, list.bitDepth], [[0, 13], 25, 10]);
      assert.deepEqual([list.width, list.height], [width, height]);
    },
  });
});

Deno.test("a list of more frames than are encoded is refused, of a pipe as of a file", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  // A cut in the last five frames of what is encoded is none.
  await shell(folder, "program scenes in.y4m -s 10 -o list.json --quiet");
  for (const line of ["program in.y4m", "cat in.y4m | program -", "program in.y4m --one-reader"]) {
    const { code, stderr } = await shell(folder, `${line} -o out.ivf -s 10 --scenes list.json --limit 27`);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /Cannot use 'list\.json' for this encode: frames: 37 in the list, 27 here; make it again/);
  }
  const { code, stderr } = await shell(
    folder,
    "program scenes - -s 10 -l 27 -o list.json -y --quiet < in.y4m && " +
      "program - -s 10 -l 27 --scenes list.json -o a.ivf < in.y4m && program in.y4m -s 10 -l 27 -o b.ivf",
  );
  assert.equal(code, 0, stderr);
  assert.deepEqual(folder.read("a.ivf"), folder.read("b.ivf"));
});

Deno.test("scenes of an input that ends too early lists nothing", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m", { others: ["XLENGTH=50"] });
  const args = ["scenes", "-", "-s", "10", "-o", "out.json"];
  const short = await runProgram(args, { cwd: folder.path, stdin: folder.read("in.y4m") });
  assert.equal(short.code, 1);
  assert.match(short.stderr, /its header promises 50 frames \(XLENGTH\), but it has 37/);
  const forced = await runProgram([...args, "-l", "37", "--force-keyframes", "5,37"], {
    cwd: folder.path,
    stdin: folder.read("in.y4m"),
  });
  assert.equal(forced.code, 2, forced.stderr);
  assert.match(forced.stderr, /--force-keyframes 37: there are 37 frames/);
  assert.deepEqual(folder.names(), ["in.y4m"]);
});

Deno.test("scenes writes the list to a file that appears whole, and says so", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  const run = (...options: string[]) =>
    runProgram(["scenes", "in.y4m", "-s", "10", "-o", "out.json", ...options], { cwd: folder.path });
  const first = await run();
  assert.deepEqual([first.code, first.stdout.length], [0, 0]);
  assert.match(first.stderr, /'out\.json': 3 keyframes in 37 frames, \d+ fps\n$/);
  const list = parseSceneList(new TextDecoder().decode(folder.read("out.json")), "out.json");
  assert.deepEqual(list.keyframes, [0, 12, 25]);
  assert.deepEqual([list.frames, list.width, list.sceneDetection, list.keyint], [37, 64, "fast", 240]);
  const second = await run();
  assert.equal(second.code, 2);
  assert.match(second.stderr, /Cannot write 'out\.json': it exists; add -y to replace it/);
  const forced = await run("-y", "--force-keyframes", "0,20,36", "--quiet");
  assert.deepEqual([forced.code, forced.stderr], [0, ""]);
  const other = parseSceneList(new TextDecoder().decode(folder.read("out.json")), "out.json");
  assert.deepEqual([other.keyframes, other.forcedKeyframes], [[0, 12, 20, 36], [0, 20, 36]]);
  assert.deepEqual(folder.names(), ["in.y4m", "out.json"]);
});

Deno.test("scenes refuses what an encode would refuse, and writes nothing", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  const whole = folder.read("in.y4m");
  folder.write("short.y4m", whole.subarray(0, whole.length - 100));
  folder.write("damaged.y4m", whole.with(whole.length - 3 * smallClipStride, 0x58));
  const refused: [string[], number, RegExp][] = [
    [["none.y4m"], 2, /Cannot read none\.y4m: no such file/],
    [["short.y4m"], 2, /it has 36 whole frames, then/],
    [["in.y4m", "--expect-frames", "38"], 1, /it has 37 frames, not the 38/],
    [["in.y4m", "--force-keyframes", `5,${smallClipFrames}`], 2, /--force-keyframes 37: there are 37 frames/],
    [["in.y4m", "--high-bitdepth"], 2, /one piece/],
    [["in.y4m", "-q", "50"], 2, /scenes takes no --quantizer/],
    [["damaged.y4m"], 1, /./],
  ];
  for (const [words, expected, message] of refused) {
    const { code, stderr, stdout } = await runProgram(["scenes", ...words, "-o", "out.json"], { cwd: folder.path });
    assert.equal(stdout.length, 0);
    assert(!folder.names().includes("out.json"), words.join(" "));
    assert.match(stderr, message);
    if (words[0] !== "damaged.y4m") assert.equal(code, expected, stderr);
    else assert(code === 1 || code === 2, stderr);
  }
});

Deno.test("scenes that is told to stop leaves by the signal's code and writes nothing", async () => {
  using folder = new WorkFolder();
  writeBlackClip(folder.file("in.y4m"), 3000);
  const child = startProgram(["scenes", "in.y4m", "-o", "out.json", "--progress", "json", "-s", "6"], {
    cwd: folder.path,
  });
  const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes('"type":"progress"')) {
    const { value, done } = await reader.read();
    assert(!done, `ended before: ${text}`);
    text += value;
  }
  child.kill("SIGINT");
  for (let next = await reader.read(); !next.done; next = await reader.read()) text += next.value;
  const { code } = await child.status;
  await child.stdout.cancel();
  assert.equal(code, 130, text);
  assert.match(text, /stopped after \d+ of 3000 frames; no list is written/);
  assert.deepEqual(folder.names(), ["in.y4m"]);
});

/** 720p that takes seconds to look at and no room: a file with holes where the samples are. */
function writeBlackClip(path: string, frames: number): void {
  using file = Deno.openSync(path, { write: true, createNew: true });
  const encoder = new TextEncoder();
  const [header, line] = [encoder.encode("YUV4MPEG2 W1280 H720 F25:1 C420\n"), encoder.encode("FRAME\n")];
  file.writeSync(header);
  const stride = line.length + 1280 * 720 * 3 / 2;
  for (let frame = 0; frame < frames; frame++) {
    file.seekSync(header.length + frame * stride, Deno.SeekMode.Start);
    file.writeSync(line);
  }
  file.truncateSync(header.length + frames * stride);
}
