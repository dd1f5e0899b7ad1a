// Every kind of file that people have: the frames that reach the encoder are those that ffmpeg itself decodes, sample for
// sample and in number, and their time stamps are the file's.

import assert from "node:assert/strict";
import { openSource } from "../../../lib/inputs/open_source.ts";
import type { InputWishes } from "../../../lib/inputs/input_wishes.ts";
import type { OpenedSource } from "../../../lib/inputs/opened_source.ts";
import { ffmpeg, hasFfmpeg, oracleFrames, picture } from "../../support/ffmpeg.ts";
import { WorkFolder } from "../../support/work_folder.ts";
import { childFrames } from "./child_frames.ts";

const asItIs: InputWishes = { inputVia: undefined, bitDepth: undefined, videoFilter: undefined };
const x264 = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-bf", "3"];

interface Case {
  readonly name: string;
  /** Output options of ffmpeg's, the file last. */
  readonly make: readonly string[];
  readonly pixelFormat: string;
  /** What a conversion does, where it is not plain. */
  readonly filter?: string;
  readonly wishes?: Partial<InputWishes>;
  readonly frames?: number;
  /** A second file, made from the first. */
  readonly then?: readonly string[];
}

const toBt709 = "scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int";
const cases: Case[] = [
  {
    name: "H.264 with B-frames and open GOPs in MP4",
    make: [...x264, "-x264-params", "open-gop=1:keyint=8", "a.mp4"],
    pixelFormat: "yuv420p",
  },
  {
    name: "H.264 in Matroska at 23.976",
    make: ["-r", "24000/1001", ...x264, "a.mkv"],
    pixelFormat: "yuv420p",
  },
  { name: "H.264 in AVI", make: [...x264, "-bf", "0", "a.avi"], pixelFormat: "yuv420p" },
  { name: "H.264 without a container", make: [...x264, "a.h264"], pixelFormat: "yuv420p" },
  { name: "MPEG-2 in a transport stream", make: ["-c:v", "mpeg2video", "a.ts"], pixelFormat: "yuv420p" },
  { name: "VP9 in WebM", make: ["-c:v", "libvpx-vp9", "-pix_fmt", "yuv420p", "a.webm"], pixelFormat: "yuv420p" },
  {
    name: "ProRes in QuickTime",
    make: ["-c:v", "prores_ks", "-pix_fmt", "yuv422p10le", "a.mov"],
    pixelFormat: "yuv422p10le",
  },
  {
    name: "DNxHR in QuickTime",
    make: ["-s", "256x120", "-c:v", "dnxhd", "-profile:v", "dnxhr_sq", "-pix_fmt", "yuv422p", "a.mov"],
    pixelFormat: "yuv422p",
  },
  {
    name: "HEVC of 10 bits",
    make: ["-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-x265-params", "log-level=none", "a.mkv"],
    pixelFormat: "yuv420p10le",
  },
  {
    name: "motion JPEG, full range",
    make: ["-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "a.avi"],
    pixelFormat: "yuvj420p",
  },
  { name: "gray", make: ["-c:v", "ffv1", "-pix_fmt", "gray", "a.mkv"], pixelFormat: "gray" },
  { name: "gray of 10 bits", make: ["-c:v", "ffv1", "-pix_fmt", "gray10le", "a.mkv"], pixelFormat: "gray10le" },
  { name: "4:4:4", make: ["-c:v", "ffv1", "-pix_fmt", "yuv444p", "a.mkv"], pixelFormat: "yuv444p" },
  { name: "4:4:4 of 12 bits", make: ["-c:v", "ffv1", "-pix_fmt", "yuv444p12le", "a.mkv"], pixelFormat: "yuv444p12le" },
  { name: "RGB", make: ["-c:v", "ffv1", "-pix_fmt", "bgr0", "a.mkv"], pixelFormat: "yuv420p", filter: toBt709 },
  { name: "an animated GIF", make: ["a.gif"], pixelFormat: "yuv420p", filter: toBt709 },
  { name: "alpha", make: ["-c:v", "ffv1", "-pix_fmt", "yuva420p", "a.mkv"], pixelFormat: "yuv420p" },
  { name: "a frame in 10 bits for 8", make: [...x264, "a.mkv"], pixelFormat: "yuv420p10le", wishes: { bitDepth: 10 } },
  {
    name: "full range in 10 bits for 8",
    make: ["-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "a.avi"],
    pixelFormat: "yuv420p10le",
    filter: "scale=in_range=pc:out_range=pc",
    wishes: { bitDepth: 10 },
  },
  {
    name: "a filter's frames",
    make: [...x264, "a.mkv"],
    pixelFormat: "yuv420p",
    filter: "crop=64:48,hflip",
    wishes: { videoFilter: "crop=64:48,hflip" },
  },
  {
    name: "frames of varying length in Matroska",
    make: ["-vf", "select='not(between(mod(n,5),1,2))'", "-vsync", "vfr", ...x264, "a.mkv"],
    pixelFormat: "yuv420p",
    frames: 12,
  },
  {
    name: "frames of varying length in MP4",
    make: ["-vf", "select='not(between(mod(n,5),1,2))'", "-vsync", "vfr", ...x264, "a.mp4"],
    pixelFormat: "yuv420p",
    frames: 12,
  },
  // Its index counts frames that its edit list leaves out.
  {
    name: "an edit list",
    make: [...x264, "-g", "50", "a.mp4"],
    then: ["-ss", "0.24", "-i", "a.mp4", "-c", "copy", "b.mp4"],
    pixelFormat: "yuv420p",
    frames: 14,
  },
  {
    name: "video that starts late",
    make: [...x264, "a.mkv"],
    then: ["-itsoffset", "1.5", "-i", "a.mkv", "-c", "copy", "b.mkv"],
    pixelFormat: "yuv420p",
  },
];

for (const { name, make, then, pixelFormat, filter, wishes, frames = 20 } of cases) {
  Deno.test(`${name}: the frames and their times are ffmpeg's own`, { ignore: !hasFfmpeg }, async () => {
    using folder = new WorkFolder();
    await ffmpeg(folder.path, ...picture, ...make);
    if (then !== undefined) await ffmpeg(folder.path, ...then);
    const file = (then ?? make).at(-1)!;
    const source = await open(folder.file(file), wishes);
    const { hashes, stamps, code, child } = await childFrames(source.command);
    const oracle = await oracleFrames(folder.path, ["-i", file], pixelFormat, filter);
    assert.equal(code, 0, child.log.shownErrors.join());
    assert.equal(hashes.length, frames);
    assert.deepEqual(hashes, oracle.frames.map(({ hash }) => hash));
    const { num, den } = child.log.clock!.timeBase;
    assert.ok(Math.abs(num / den - oracle.timeBase) < 1e-12);
    if (file.endsWith(".h264")) return;
    assert.deepEqual(stamps, oracle.frames.map(({ pts }) => pts));
  });
}

Deno.test(
  "pictures that change their size are all there, in the size of the first",
  { ignore: !hasFfmpeg },
  async () => {
    using folder = new WorkFolder();
    await ffmpeg(folder.path, ...picture, "-c:v", "mpeg2video", "a.ts");
    await ffmpeg(folder.path, ...picture, "-s", "64x48", "-output_ts_offset", "0.8", "-c:v", "mpeg2video", "b.ts");
    folder.write("c.ts", Uint8Array.from([...folder.read("a.ts"), ...folder.read("b.ts")]));
    const { command } = await open(folder.file("c.ts"));
    const { hashes, stamps, code } = await childFrames(command);
    const oracle = await oracleFrames(folder.path, ["-i", "c.ts"], "yuv420p");
    assert.equal(code, 0);
    assert.ok(hashes.length > 35);
    assert.deepEqual([hashes.length, stamps.length], [oracle.frames.length, hashes.length]);
    assert.deepEqual(stamps, oracle.frames.map(({ pts }) => pts));
  },
);

Deno.test("numbered images are read from their first number on", { ignore: !hasFfmpeg }, async () => {
  using folder = new WorkFolder();
  Deno.mkdirSync(folder.file("100 %d"));
  await ffmpeg(folder.path, ...picture, "-start_number", "7", "100 %%d/f%04d.png");
  const path = folder.file("100 %d/f%04d.png");
  const source = await open(path, {}, { path, firstNumber: 7, images: 20 });
  const { hashes } = await childFrames(source.command);
  const input = ["-start_number", "7", "-i", "100 %%d/f%04d.png"];
  const oracle = await oracleFrames(folder.path, input, "yuv420p", toBt709);
  assert.deepEqual(hashes, oracle.frames.map(({ hash }) => hash));
  assert.equal(hashes.length, 20);
});

const oddNames = [
  "-i.mkv",
  "a b.mkv",
  "line\nbreak.mkv",
  "http:x.mkv",
  "concat:a|b.mkv",
  "50%d.mkv",
  "%04d.mkv",
  "żółw 漢.mkv",
  "'q\".mkv",
  "file:x.mkv",
];
Deno.test("files with odd names are those files", { ignore: !hasFfmpeg }, async () => {
  using folder = new WorkFolder();
  await ffmpeg(folder.path, ...picture, ...x264, "plain.mkv");
  for (const odd of oddNames) Deno.copyFileSync(folder.file("plain.mkv"), folder.file(odd));
  // As they stand, without a folder in front: in a process of its own, since a folder to be in is the whole process's.
  const script = new URL("count_frames_here.ts", import.meta.url).pathname;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", script, ...oddNames],
    cwd: folder.path,
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  const counts = JSON.parse(new TextDecoder().decode(stdout));
  assert.deepEqual(counts, Object.fromEntries(oddNames.map((name) => [name, 20])));
});

Deno.test(
  "an image with a pattern in its name is one frame, whatever lies beside it",
  { ignore: !hasFfmpeg },
  async () => {
    using folder = new WorkFolder();
    await ffmpeg(folder.path, ...picture, "-frames:v", "3", "%d.png");
    Deno.copyFileSync(folder.file("2.png"), folder.file("%d.png"));
    const { command } = await open(folder.file("%d.png"));
    const { hashes } = await childFrames(command);
    const oracle = await oracleFrames(folder.path, ["-i", "2.png"], "yuv420p", toBt709);
    assert.deepEqual(hashes, oracle.frames.map(({ hash }) => hash));
  },
);

/** Opened, and closed again: the child is run once more by the test. */
async function open(
  path: string,
  wishes: Partial<InputWishes> = {},
  sequence?: { path: string; firstNumber: number; images: number },
): Promise<OpenedSource> {
  const request = { path, name: `'${path}'`, wishes: { ...asItIs, ...wishes }, skip: 0, onIrregular: () => {} };
  const source = await openSource({ via: "ffmpeg", sequence }, request);
  source.pipe.close();
  return source;
}
