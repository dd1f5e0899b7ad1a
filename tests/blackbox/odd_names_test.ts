// Outputs and attachments may be called anything: a name is never an option, a pattern, a protocol or a list to whoever writes
// it, with other streams beside the video and without.

import assert from "node:assert/strict";
import { ffmpeg, hasFfmpeg } from "../support/ffmpeg.ts";
import { hasMkvmerge, mkvmergeSays, packetsOf } from "../support/ffprobe.ts";
import { runProgram } from "../support/program.ts";
import { WorkFolder } from "../support/work_folder.ts";

const stems = [
  "two words \nnew line ",
  "-dash",
  "--audio=none",
  "%03d 100%d",
  "pipe:1",
  "http:host",
  "data:,x",
  "concat:a|b",
  "quo'te\"s back\\slash",
  "[0:v]=,; *?$HOME`",
  ".ünï→🎬",
];
const attachments = ["-a: %d =b\n.txt", "../up.txt", "ünï 'q\".txt", "two words.png"];
const frames = 6;

/** film.mkv with sound, a cover and attachments of these names. */
async function makeFilm(folder: WorkFolder): Promise<void> {
  folder.write("note", "note");
  await ffmpeg(folder.path, "-f", "lavfi", "-i", "color=red:s=16x16:d=0.1:r=10", "-frames:v", "1", "picture.png");
  const attached = attachments.flatMap((name, number) => {
    const isPicture = name.endsWith(".png"), of = `-metadata:s:t:${number}`;
    const type = isPicture ? "image/png" : "text/plain";
    return ["-attach", isPicture ? "picture.png" : "note", of, `mimetype=${type}`, of, `filename=${name}`];
  });
  await ffmpeg(
    folder.path,
    ...["-f", "lavfi", "-i", "testsrc2=s=64x48:r=24:d=0.25", "-f", "lavfi", "-i", "sine=r=48000:d=0.25"],
    ...["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", ...attached, "film.mkv"],
  );
}

Deno.test({
  name: "an output has the very name that was given, and nothing else is left beside it",
  ignore: !hasFfmpeg,
  async fn() {
    using folder = new WorkFolder();
    await makeFilm(folder);
    const before = folder.names();
    for (const [number, stem] of stems.entries()) {
      const name = `${stem}${number % 2 === 0 ? ".mkv" : ".mp4"}`;
      // The video alone goes another way.
      const args = number % 3 === 2 ? ["--audio", "none"] : [];
      const words = ["film.mkv", `--output=${name}`, "-s", "10", ...args];
      const { code, stderr } = await runProgram(words, { cwd: folder.path });
      assert.equal(code, 0, `${name}: ${stderr}`);
      assert.deepEqual(folder.names(), [...before, name].sort());
      const path = folder.file(name);
      assert.equal(packetsOf(path, "v:0").length, frames, name);
      assert.equal(packetsOf(path, "a").length > 5, args.length === 0, name);
      Deno.removeSync(path);
    }
  },
});

Deno.test({
  name: "attachments and covers keep their names, whatever these are",
  ignore: !hasFfmpeg || !hasMkvmerge,
  async fn() {
    using folder = new WorkFolder();
    await makeFilm(folder);
    const { code, stderr } = await runProgram(["film.mkv", "-o", "out.mkv", "-s", "10"], { cwd: folder.path });
    assert.equal(code, 0, stderr);
    const named = (path: string) =>
      mkvmergeSays(folder.file(path)).attachments.map((file: Record<string, unknown>) => [file.file_name, file.size]);
    assert.deepEqual(named("out.mkv"), named("film.mkv"));
    assert.deepEqual(named("out.mkv").map(([name]: [string]) => name), attachments);
  },
});
