// Covers of the source: carried as the output's container has them, named where it has no place for them, and never taken for
// the video.

import assert from "node:assert/strict";
import { ffmpeg, hasFfmpeg } from "../support/ffmpeg.ts";
import { hasMkvmerge, mkvmergeSays, packetsOf, probe } from "../support/ffprobe.ts";
import { runProgram } from "../support/program.ts";
import { WorkFolder } from "../support/work_folder.ts";

const frames = 12;
const oddName = "cöver: %d =1\n.png";

/** in.mp4 with a JPEG, in.mkv with a PNG of an odd name and a text file, sound.mp3 with a JPEG and no video. */
async function makeSources(folder: WorkFolder): Promise<void> {
  const sound = ["-f", "lavfi", "-i", "sine=r=48000:d=0.5"], cover = ["-i", "cover.jpg"];
  for (const name of ["cover.jpg", "cover.png"]) {
    await ffmpeg(folder.path, "-f", "lavfi", "-i", "color=red:s=80x60:d=0.1:r=10", "-frames:v", "1", name);
  }
  const shown = ["-c:v:1", "copy", "-disposition:v:1", "attached_pic"];
  await ffmpeg(
    folder.path,
    ...["-f", "lavfi", "-i", "testsrc2=s=64x48:r=24:d=0.5", ...sound, ...cover, "-map", "0", "-map", "1", "-map", "2"],
    ...["-c:v:0", "libx264", "-preset", "ultrafast", "-c:a", "aac", ...shown, "in.mp4"],
  );
  folder.write("notes.txt", "notes");
  await ffmpeg(
    folder.path,
    ...["-i", "in.mp4", "-map", "0:v:0", "-map", "0:a", "-c", "copy", "-attach", "notes.txt", "-attach", "cover.png"],
    ...["-metadata:s:t:0", "mimetype=text/plain", "-metadata:s:t:1", "mimetype=image/png"],
    ...["-metadata:s:t:1", `filename=${oddName}`, "in.mkv"],
  );
  await ffmpeg(folder.path, ...sound, ...cover, "-map", "0", "-map", "1", "-c:v", "copy", "sound.mp3");
}

async function encode(folder: WorkFolder, input: string, output: string, ...args: string[]): Promise<string> {
  const words = [input, "-o", output, "-s", "10", ...args];
  const { code, stdout, stderr } = await runProgram(words, { cwd: folder.path });
  assert.equal(code, 0, stderr);
  if (output === "-") folder.write("-", stdout);
  return stderr;
}

/** Streams that are shown for the whole of it: their codecs and what their picture's bytes hash to. */
function coversOf(path: string): string[][] {
  const { streams } = probe(path);
  return streams.filter(({ disposition }: never) => disposition["attached_pic"] === 1)
    .map(({ index, codec_name }: { index: number; codec_name: string }) => [
      codec_name,
      packetsOf(path, `${index}`)[0]!.hash,
    ]);
}

const carried: [input: string, output: string, args: string[]][] = [
  ["in.mp4", "out.mp4", []],
  ["in.mp4", "out.mkv", []],
  ["in.mkv", "out.mp4", []],
  ["in.mkv", "out.mkv", []],
  ["in.mkv", "out.mkv", ["--skip", "3", "--limit", "6"]],
  ["in.mp4", "-", ["--format", "mkv"]],
];
for (const [input, output, args] of carried) {
  Deno.test({
    name: `the cover of ${input} is that of ${[output, ...args].join(" ")}, byte for byte`,
    ignore: !hasFfmpeg,
    async fn() {
      using folder = new WorkFolder();
      await makeSources(folder);
      const said = await encode(folder, input, output, ...args);
      const left = input === "in.mkv" && output === "out.mp4" ? /attachment 2 \(\w+\): left out/ : /^(?![^]*left out)/;
      assert.match(said, left);
      const path = folder.file(output), wanted = coversOf(folder.file(input));
      assert.equal(wanted.length, 1);
      assert.deepEqual(coversOf(path), wanted);
      assert.equal(packetsOf(path, "v:0").length, args.includes("--limit") ? 6 : frames);
      assert.equal(probe(path).streams[0].codec_name, "av1");
      assert.deepEqual(folder.names().filter((name) => /part|join|by-gop/.test(name)), []);
    },
  });
}

Deno.test({
  name: "a cover that becomes an attachment is called as Matroska's covers are, or as it was",
  ignore: !hasFfmpeg || !hasMkvmerge,
  async fn() {
    using folder = new WorkFolder();
    await makeSources(folder);
    const attached = (name: string) =>
      mkvmergeSays(folder.file(name)).attachments.map((file: Record<string, unknown>) => [
        file.file_name,
        file.content_type,
        file.size,
      ]);
    const size = (name: string) => folder.read(name).length;
    await encode(folder, "in.mp4", "out.mkv");
    assert.deepEqual(attached("out.mkv"), [["cover.jpg", "image/jpeg", size("cover.jpg")]]);
    await encode(folder, "in.mkv", "out.mkv", "-y");
    assert.deepEqual(attached("out.mkv"), [
      ["notes.txt", "text/plain", 5],
      [oddName, "image/png", size("cover.png")],
    ]);
  },
});

Deno.test({
  name: "where there is no place for a cover that is said, and the video is encoded",
  ignore: !hasFfmpeg,
  async fn() {
    using folder = new WorkFolder();
    await makeSources(folder);
    for (const [output, args] of [["out.webm", []], ["out.ivf", []], ["-", ["--format", "mp4"]]] as const) {
      assert.match(
        await encode(folder, "in.mp4", output, ...args),
        /no room for .*cover 2 \(mjpeg( in a stream)?\): left out/,
      );
      assert.deepEqual(coversOf(folder.file(output)), []);
      assert.equal(packetsOf(folder.file(output), "v").length, frames);
    }
  },
});

Deno.test({
  name: "sound with nothing but a cover is no video",
  ignore: !hasFfmpeg,
  async fn() {
    using folder = new WorkFolder();
    await makeSources(folder);
    const { code, stderr } = await runProgram(["sound.mp3", "-o", "out.mkv"], { cwd: folder.path });
    assert.equal(code, 2, stderr);
    assert.match(stderr, /Cannot read 'sound.mp3': there is no video in it, only audio, cover\n$/);
  },
});
