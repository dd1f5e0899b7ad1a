// An MP4 file begins with its movie box, so that it can be played while it comes: where the number of frames was known, where
// it was not, and where ffmpeg has added sound; whatever ended an earlier run on the way there.

import assert from "node:assert/strict";
import { ffmpeg, hasFfmpeg } from "../support/ffmpeg.ts";
import { decodedFrames, packetsOf } from "../support/ffprobe.ts";
import { readIvfPackets } from "../support/ivf_packets.ts";
import { runProgram } from "../support/program.ts";
import { boxTypes, readMp4 } from "../support/read_mp4.ts";
import { smallClipEncoded, smallClipFrames, WorkFolder } from "../support/work_folder.ts";

async function encode(folder: WorkFolder, ...words: string[]): Promise<void> {
  const { code, stderr } = await runProgram([...words, "-s", "10"], { cwd: folder.path });
  assert.equal(code, 0, stderr);
}

/** But for free room. */
const boxesOf = (bytes: Uint8Array) => boxTypes(bytes).filter((type) => type !== "free");

async function makeFilm(folder: WorkFolder): Promise<void> {
  folder.clip("clip.y4m");
  await ffmpeg(
    folder.path,
    ...["-i", "clip.y4m", "-f", "lavfi", "-i", "sine=r=48000:d=1.2", "-c:v", "ffv1", "-c:a", "aac", "film.mkv"],
  );
}

const inputs: [name: string, args: string[]][] = [
  ["a file", ["clip.y4m"]],
  ["a file that is read as a pipe", ["clip.y4m", "--one-reader"]],
];
for (const [name, args] of inputs) {
  Deno.test(`an MP4 of ${name} begins with its movie box and holds the packets of the IVF file`, async () => {
    using folder = new WorkFolder();
    folder.clip("clip.y4m");
    await encode(folder, ...args, "-o", "out.mp4");
    const bytes = folder.read("out.mp4"), { packets } = readIvfPackets(await smallClipEncoded());
    assert.deepEqual(boxesOf(bytes), ["ftyp", "moov", "mdat"]);
    const samples = readMp4(bytes).samples.map(({ data }) => data.toHex());
    assert.deepEqual(samples, packets.map(({ data }) => data.subarray(2).toHex()));
  });
}

Deno.test({
  name: "so does one of a source that ffmpeg reads, with its sound and without",
  ignore: !hasFfmpeg,
  async fn() {
    using folder = new WorkFolder();
    await makeFilm(folder);
    await encode(folder, "film.mkv", "-o", "alone.mp4", "--audio", "none");
    await encode(folder, "film.mkv", "-o", "both.mp4");
    for (const name of ["alone.mp4", "both.mp4"]) {
      assert.deepEqual(boxesOf(folder.read(name)), ["ftyp", "moov", "mdat"]);
      assert.equal(decodedFrames(folder.file(name)).length, smallClipFrames);
    }
    const sound = (name: string) => packetsOf(folder.file(name), "a").map(({ hash }) => hash);
    assert.deepEqual(sound("both.mp4"), sound("film.mkv"));
    // What has come of it when a third is there can be decoded.
    folder.write("early.mp4", folder.read("both.mp4").subarray(0, Math.ceil(folder.read("both.mp4").length / 3)));
    const early = await ffmpeg(folder.path, "-v", "fatal", "-i", "early.mp4", "-map", "0:v", "-f", "framemd5", "-");
    assert.ok(new TextDecoder().decode(early).split("\n").filter((line) => /^0,/.test(line)).length > 3);
  },
});

for (const point of ["content-moving", "part-complete", "streams-joined", "marked-final", "renamed"]) {
  Deno.test({
    name: `SIGKILL at ${point} of an MP4, then the same command, gives the bytes of an undisturbed run`,
    ignore: !hasFfmpeg,
    async fn() {
      using folder = new WorkFolder();
      await makeFilm(folder);
      const words = ["film.mkv", ...(point === "content-moving" ? ["--audio", "none"] : [])];
      await encode(folder, ...words, "-o", "whole.mp4");
      const env = { RAV1E_BY_GOP_FAULTS: `kill:${point}` };
      const { signal } = await runProgram([...words, "-o", "out.mp4", "-s", "10"], { cwd: folder.path, env });
      assert.equal(signal, "SIGKILL");
      await encode(folder, ...words, "-o", "out.mp4");
      assert.deepEqual(folder.read("out.mp4"), folder.read("whole.mp4"));
      assert.deepEqual(folder.names().filter((name) => /out\.mp4./.test(name)), []);
    },
  });
}
