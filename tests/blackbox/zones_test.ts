// Zones: each part of the video is encoded as a whole encode with its settings encodes that part, whoever encodes it and
// wherever the frames come from; all parts have one sequence header; and zones that do not fit the video are refused.

import assert from "node:assert/strict";
import { keyframePositions, splitObus } from "../support/av1_headers.ts";
import { decodedFrameBytes, decodeIvf, differingFrames, hasDav1d } from "../support/dav1d.ts";
import { ffmpeg, hasFfmpeg, picture } from "../support/ffmpeg.ts";
import { type Ivf, readIvfPackets } from "../support/ivf_packets.ts";
import { runProgram } from "../support/program.ts";
import { messages } from "../support/running_program.ts";
import { RunningWorker, workerPassword } from "../support/running_worker.ts";
import { smallClip, smallClipFrames, WorkFolder } from "../support/work_folder.ts";

const store = "out.ivf.rav1e-by-gop";
/** One detector for all, whatever the speed of what it is compared with; and cuts may follow soon after a zone's start. */
const detection = ["--scd-speed", "1", "--min-keyint", "4"];

interface Part {
  readonly first: number;
  readonly speed: number;
  readonly quantizer: number;
  readonly noise: number;
}

const parts: readonly Part[] = [
  { first: 0, speed: 10, quantizer: 100, noise: 0 },
  { first: 6, speed: 10, quantizer: 40, noise: 0 },
  { first: 20, speed: 9, quantizer: 200, noise: 0 },
];
/** Of the small clip with these parts: its cuts, and where they begin. */
const keyframes = [0, 6, 12, 20, 25];

function toml(zones: readonly Part[], end?: number): string {
  return zones.map(({ first, speed, quantizer, noise }, at) => {
    const next = zones[at + 1]?.first ?? end;
    return `[[zones]]\nfirst = ${first}\n${next === undefined ? "" : `last = ${next - 1}\n`}` +
      `speed = ${speed}\nquantizer = ${quantizer}\nphoton-noise = ${noise}\n`;
  }).join("\n");
}

function folderWith(zones: string): WorkFolder {
  const folder = new WorkFolder();
  folder.clip("in.y4m");
  folder.write("zones.toml", zones);
  return folder;
}

async function encoded(folder: WorkFolder, output: string, args: readonly string[], stdin?: Uint8Array): Promise<Ivf> {
  const input = stdin === undefined ? "in.y4m" : "-";
  const { code, stderr } = await runProgram([input, "-o", output, ...detection, ...args], { cwd: folder.path, stdin });
  assert.equal(code, 0, stderr);
  return readIvfPackets(folder.read(output));
}

/** The whole clip with one part's settings and all parts' keyframes. */
function whole(folder: WorkFolder, { speed, quantizer, noise }: Part, zones: readonly Part[]): Promise<Ivf> {
  const starts = zones.map(({ first }) => first).join(",");
  const settings = ["-s", `${speed}`, "-q", `${quantizer}`, "--photon-noise", `${noise}`];
  return encoded(folder, `whole-${speed}-${quantizer}-${noise}.ivf`, [...settings, "--force-keyframes", starts]);
}

/** Frames of a part, ends included. */
function rangeOf(zones: readonly Part[], at: number): [number, number] {
  return [zones[at]!.first, (zones[at + 1]?.first ?? smallClipFrames) - 1];
}

function packetsOf({ packets }: Ivf, [first, last]: [number, number]): Uint8Array[] {
  return packets.slice(first, last + 1).map(({ data }) => data);
}

/** Each sequence header that the packets have, in hexadecimal. */
function sequenceHeaders({ packets }: Ivf): string[] {
  const headers = packets.flatMap(({ data }) => splitObus(data).filter(({ type }) => type === 1));
  return [...new Set(headers.map(({ payload }) => payload.toHex()))];
}

Deno.test("each zone has the packets of a whole encode with its settings; zones begin with keyframes", async () => {
  using folder = folderWith(toml(parts));
  const zoned = await encoded(folder, "out.ivf", ["-s", "10", "--zones", "zones.toml"]);
  assert.deepEqual(keyframePositions(zoned.packets), keyframes);
  for (const [at, part] of parts.entries()) {
    const range = rangeOf(parts, at);
    assert.deepEqual(packetsOf(zoned, range), packetsOf(await whole(folder, part, parts), range), `zone ${at + 1}`);
  }
});

const mixed: readonly Part[] = [
  { first: 0, speed: 6, quantizer: 100, noise: 9 },
  { first: 9, speed: 10, quantizer: 60, noise: 0 },
  { first: 25, speed: 7, quantizer: 80, noise: 20 },
];

Deno.test("zones of any speeds and with noise or without have one sequence header", async () => {
  using folder = folderWith(toml(mixed));
  const zoned = await encoded(folder, "out.ivf", ["-s", "10", "--zones", "zones.toml"]);
  assert.equal(sequenceHeaders(zoned).length, 1);
  // What a zone alone would have is not changed where it has what the header says.
  for (const at of [0, 2]) {
    const range = rangeOf(mixed, at);
    assert.deepEqual(packetsOf(zoned, range), packetsOf(await whole(folder, mixed[at]!, mixed), range));
  }
  assert.equal(sequenceHeaders(await whole(folder, mixed[1]!, mixed)).length, 1);
});

Deno.test({
  name: "noise in one zone changes no picture of the others",
  ignore: !hasDav1d,
  fn: async () => {
    const noisy = parts.map((part, at) => ({ ...part, noise: at === 1 ? 12 : 0 }));
    using folder = folderWith(toml(noisy));
    folder.write("plain.toml", toml(parts));
    await encoded(folder, "out.ivf", ["-s", "10", "--zones", "zones.toml"]);
    await encoded(folder, "plain.ivf", ["-s", "10", "--zones", "plain.toml"]);
    const [zoned, plain] = [await decodeIvf(folder.file("out.ivf")), await decodeIvf(folder.file("plain.ivf"))];
    const differing = differingFrames(zoned, plain, decodedFrameBytes(plain, smallClip));
    assert.deepEqual(differing, Array.from({ length: 14 }, (_, at) => 6 + at));
    const options = { filmGrain: false };
    assert.deepEqual(
      await decodeIvf(folder.file("out.ivf"), options),
      await decodeIvf(folder.file("plain.ivf"), options),
    );
  },
});

Deno.test("what a zone does not say is as on the command line; times are as good as frames", async () => {
  using folder = folderWith(`
    [[zones]]
    from = "0"
    to = "0:00.24"
    quantizer = 100
    [[zones]]
    from = 00:00:00.240
    to = 00:00:00.800
    [[zones]]
    from = "0:00:00.8"
    quantizer = 200
    speed = 9
  `);
  folder.write("frames.toml", toml(parts));
  const byTime = await encoded(folder, "out.ivf", ["-s", "10", "-q", "40", "--zones", "zones.toml"]);
  assert.deepEqual(byTime, await encoded(folder, "frames.ivf", ["--zones", "frames.toml"]));
});

Deno.test("a pipe with zones becomes what the file becomes", async () => {
  using folder = folderWith(toml(parts));
  const options = ["-s", "10", "--zones", "zones.toml"];
  const file = await encoded(folder, "file.ivf", options);
  assert.deepEqual(await encoded(folder, "pipe.ivf", options, folder.read("in.y4m")), file);
  assert.deepEqual(await encoded(folder, "one.ivf", [...options, "--one-reader"]), file);
});

Deno.test("zones are those of the input, whatever part of it is encoded", async () => {
  using folder = folderWith(toml(parts));
  const range = ["-s", "10", "--skip", "8", "-l", "20"];
  const cut = await encoded(folder, "out.ivf", [...range, "--zones", "zones.toml"]);
  // The zone that the part begins in, and the one that begins at frame 20.
  const { packets } = await encoded(folder, "q40.ivf", [...range, "-q", "40", "--force-keyframes", "12"]);
  const { packets: others } = await encoded(folder, "q200.ivf", [
    ...range,
    "-s",
    "9",
    "-q",
    "200",
    "--force-keyframes",
    "12",
  ]);
  assert.deepEqual(cut.packets, [...packets.slice(0, 12), ...others.slice(12)]);
});

Deno.test("a scene list and forced keyframes go with zones: theirs are added", async () => {
  using folder = folderWith(toml(parts));
  const list = await runProgram(["scenes", "in.y4m", ...detection, "-o", "scenes.json"], { cwd: folder.path });
  assert.equal(list.code, 0, list.stderr);
  const zones = ["-s", "10", "--zones", "zones.toml"];
  const listed = await encoded(folder, "list.ivf", [...zones, "--scenes", "scenes.json"]);
  assert.deepEqual(keyframePositions(listed.packets), keyframes);
  const forced = await encoded(folder, "forced.ivf", [...zones, "--force-keyframes", "20,33"]);
  assert.deepEqual(keyframePositions(forced.packets), [...keyframes, 33]);
  const byPipe = await encoded(folder, "pipe.ivf", [...zones, "--scenes", "scenes.json"], folder.read("in.y4m"));
  assert.deepEqual(byPipe, listed);
});

Deno.test("a worker encodes zones as this machine does", async () => {
  using folder = folderWith(toml(mixed));
  await using worker = await RunningWorker.start(["--threads", "2"]);
  folder.write(
    "workers.toml",
    `[[workers]]\nhost = "127.0.0.1"\nport = ${worker.port}\npassword = "${workerPassword}"\n`,
  );
  Deno.chmodSync(folder.file("workers.toml"), 0o600);
  const options = ["-s", "10", "--zones", "zones.toml"];
  const there = await encoded(folder, "there.ivf", [...options, "--no-local"]);
  assert.deepEqual(there, await encoded(folder, "here.ivf", [...options, "--no-workers"]));
  assert.match((await worker.said("closed")).text, /3 segments, 37 frames/);
});

Deno.test("zones that do not fit the video are refused in one line, before anything is created", async () => {
  const two = (first: string, second: string) => `[[zones]]\n${first}\n[[zones]]\n${second}\n`;
  const refused: [string, RegExp, ...string[]][] = [
    [two("first = 0\nlast = 5", "first = 8"), /\[\[zones\]\] 1: frames 6 to 7 after it are in no zone; set last = 7/],
    [two("first = 0\nlast = 5", "first = 7"), /\[\[zones\]\] 1: frame 6 after it is in no zone/],
    [
      two("first = 0\nlast = 8", "first = 8"),
      /\[\[zones\]\] 2: it begins with frame 8, and \[\[zones\]\] 1 reaches to frame 8/,
    ],
    [two("first = 9", "first = 0"), /\[\[zones\]\] 2: it begins with frame 0, and comes after \[\[zones\]\] 1/],
    [two("first = 0", "first = 0"), /\[\[zones\]\] 2: it begins with frame 0, as does \[\[zones\]\] 1; drop one/],
    ["[[zones]]\nfirst = 3\n", /\[\[zones\]\] 1: frames 0 to 2 before it are in no zone; add one with first = 0/],
    [two("first = 0", "first = 37"), /\[\[zones\]\] 2: it begins with frame 37, and the input has 37 frames, 0 to 36/],
    [two("first = 0", "first = 3\nlast = 37"), /\[\[zones\]\] 2: it reaches to frame 37, and the input has 37 frames/],
    [two("first = 0", "first = 3\nlast = 35"), /\[\[zones\]\] 2: frame 36 after it is in no zone; leave its end out/],
    ["[[zones]]\nfirst = 0\nqp = 3\n", /\[\[zones\]\] 1: unknown key qp; there are first, last, from, to, quantizer/],
    ["[[zones]]\nfirst = 0\nquantizer = 0\n", /\[\[zones\]\] 1, quantizer: expected a whole number, 1 to 255, found 0/],
    ["zones = 3", /zones is written \[\[zones\]\], once for each zone/],
    ["[[zones]]\nfirst = 0\n", /zones need a video that can be cut/, "--rdo-lookahead-frames", "2"],
    ["[[zones]]\nfirst = 0\n", /zones need a video that can be cut/, "--high-bitdepth", "-s", "6"],
  ];
  for (const [text, message, ...args] of refused) {
    using folder = folderWith(text);
    const { code, stderr } = await runProgram(
      ["in.y4m", "-o", "out.ivf", "-s", "10", "--zones", "zones.toml", ...args],
      {
        cwd: folder.path,
      },
    );
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
    assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
    assert.deepEqual(folder.names(), ["in.y4m", "zones.toml"]);
  }
});

Deno.test("a pipe that has other frames than its zones fails at its end; with them corrected it is gone on with", async () => {
  const beyond = { first: 40, speed: 9, quantizer: 7, noise: 0 };
  for (
    const [zones, message] of [
      [
        toml([...parts, beyond]),
        /it has 37 frames, 0 to 36, and zones\.toml, \[\[zones\]\] 4 begins with frame 40; drop it/,
      ],
      [
        toml(parts, 40),
        /it has 37 frames, 0 to 36, and zones\.toml, \[\[zones\]\] 3 reaches to frame 39; leave its end out/,
      ],
      [
        toml(parts, 30),
        /it has more than the 30 frames that are in zones of 'zones\.toml'; let the last zone reach to the end/,
      ],
    ] as const
  ) {
    using folder = folderWith(zones);
    const stdin = folder.read("in.y4m");
    const args = ["-", "-o", "out.ivf", ...detection, "-s", "10", "--zones", "zones.toml", "--progress", "json"];
    const short = await runProgram(args, { cwd: folder.path, stdin });
    assert.equal(short.code, 1, short.stderr);
    const errors = messages(short.stderr.trimEnd().split("\n"), "error");
    assert.match(errors.join("\n"), message);
    assert.ok(folder.names().includes(store));
    folder.write("zones.toml", toml(parts));
    const again = await runProgram(args, { cwd: folder.path, stdin });
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stderr, /continuing: /);
    const file = await encoded(folder, "file.ivf", ["-s", "10", "--zones", "zones.toml"]);
    assert.deepEqual(readIvfPackets(folder.read("out.ivf")).packets, file.packets);
  }
});

Deno.test("a promised length is held against the zones before a pipe is read", async () => {
  using folder = folderWith(toml(parts, 40));
  const args = ["-", "-o", "out.ivf", "-s", "10", "--zones", "zones.toml", "--expect-frames", "37"];
  const { code, stderr } = await runProgram(args, { cwd: folder.path, stdin: folder.read("in.y4m") });
  assert.equal(code, 2, stderr);
  assert.match(stderr, /\[\[zones\]\] 3: it reaches to frame 39, and the input has 37 frames/);
});

Deno.test("a zone's times are said to be wrong where frames are not shown at the rate that was claimed", {
  ignore: !hasFfmpeg,
}, async () => {
  using folder = folderWith('[[zones]]\nfrom = "0"\n\n[[zones]]\nfrom = "0.4"\nquantizer = 50\n');
  // ffprobe takes it for a constant rate: that it is none shows when its frames come.
  const select = ["-vf", "select='not(eq(mod(n,7),3))'", "-vsync", "vfr"];
  await ffmpeg(folder.path, ...picture, ...select, "-c:v", "ffv1", "in.mkv");
  const run = (zones: string) =>
    runProgram(["in.mkv", "-o", "out.mkv", "-y", "-s", "10", "--zones", zones], { cwd: folder.path });
  const timed = await run("zones.toml");
  assert.equal(timed.code, 0, timed.stderr);
  assert.match(
    timed.stderr,
    /frame 3 is shown at 0\.160 s, not 0\.120; times in 'zones\.toml' behind it are those of other frames: give first/,
  );
  folder.write("frames.toml", "[[zones]]\nfirst = 0\n\n[[zones]]\nfirst = 8\nquantizer = 50\n");
  const framed = await run("frames.toml");
  assert.equal(framed.code, 0, framed.stderr);
  assert.match(framed.stderr, /not 0\.120$/m);
});

Deno.test("an encode is gone on with by its zones alone; status shows them", async () => {
  using folder = folderWith(toml(parts));
  const args = ["in.y4m", "-o", "out.ivf", ...detection, "-s", "10", "--zones", "zones.toml"];
  const killed = await runProgram(args, { cwd: folder.path, env: { RAV1E_BY_GOP_FAULTS: "kill:segment-kept:2" } });
  assert.equal(killed.signal, "SIGKILL");
  const status = await runProgram(["status", "out.ivf"], { cwd: folder.path });
  const said = new TextDecoder().decode(status.stdout);
  assert.match(said, /--zones ZONES/);
  assert.match(said, /zone +frames 6-19: speed 10, quantizer 40\n/);

  folder.write("zones.toml", toml(parts).replace("quantizer = 40", "quantizer = 41"));
  const other = await runProgram(args, { cwd: folder.path });
  assert.equal(other.code, 2, other.stderr);
  assert.match(
    other.stderr,
    /zone 2 is from frame 6 on speed 10, quantizer 41, photon noise 0, was from frame 6 on speed 10, quantizer 40, .*--restart/,
  );
  const none = await runProgram(args.filter((word) => !word.startsWith("zones") && word !== "--zones"), {
    cwd: folder.path,
  });
  assert.equal(none.code, 2, none.stderr);
  assert.match(none.stderr, /zone 1 is none, was from frame 0 on/);

  folder.write("zones.toml", toml(parts));
  const again = await runProgram(args, { cwd: folder.path });
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stderr, /continuing: /);
  const fresh = await encoded(folder, "fresh.ivf", ["-s", "10", "--zones", "zones.toml"]);
  assert.deepEqual(readIvfPackets(folder.read("out.ivf")), fresh);
});

Deno.test("-v lists the zones and names no rav1e command; scenes takes none", async () => {
  using folder = folderWith(toml(mixed));
  const { stderr } = await runProgram(["in.y4m", "-o", "out.ivf", "-s", "10", "--zones", "zones.toml", "-v"], {
    cwd: folder.path,
  });
  assert.match(stderr, /same packets: none of the rav1e command's, which has no zones/);
  assert.match(stderr, /zone: frames 0-8: speed 6, quantizer 100, photon noise 9\n/);
  const listed = await runProgram(["scenes", "in.y4m", "--zones", "zones.toml"], { cwd: folder.path });
  assert.equal(listed.code, 2);
  assert.match(listed.stderr, /scenes takes no --zones: an encode with zones adds their first frames to the list/);
});
