// A picture that players turn is turned by them in the output too: ffprobe finds the source's rotation in MP4, mkvmerge in
// Matroska, with sound and without, in files and streams. What no container says is warned of.

import assert from "node:assert/strict";
import { turnings, withDisplayMatrix } from "../support/display_matrix.ts";
import { ffmpeg, hasFfmpeg } from "../support/ffmpeg.ts";
import { decodedFrames, hasMkvmerge, mkvmergeSays, packetsOf, probe } from "../support/ffprobe.ts";
import { runProgram } from "../support/program.ts";
import { WorkFolder } from "../support/work_folder.ts";

/** film.mp4: 12 frames with sound. */
async function makeFilm(folder: WorkFolder): Promise<void> {
  await ffmpeg(
    folder.path,
    ...["-f", "lavfi", "-i", "testsrc2=s=64x48:r=24:d=0.5", "-f", "lavfi", "-i", "sine=r=48000:d=0.5"],
    ...["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "film.mp4"],
  );
}

/** The program's lines about how the picture is shown. */
async function encode(folder: WorkFolder, output: string, ...args: string[]): Promise<string[]> {
  const words = ["in.mp4", "-o", output, "-s", "10", ...args];
  const { code, stdout, stderr } = await runProgram(words, { cwd: folder.path });
  assert.equal(code, 0, stderr);
  if (output === "-") folder.write("-", stdout);
  return stderr.split("\n").filter((line) => /turn|mirror/.test(line));
}

/** Degrees counted against the clock. */
function rotationOf(path: string): number | undefined {
  return probe(path).streams[0].side_data_list?.find((side: Record<string, unknown>) => "rotation" in side)?.rotation;
}

/** What mkvmerge says of the video; undefined where it says nothing. */
function rollOf(path: string): number | undefined {
  const { tracks } = mkvmergeSays(path), { properties, codec } = tracks[0];
  assert.equal(codec, "AV1");
  // What made room for it is gone.
  assert.equal(properties.track_name, undefined);
  return properties.projection_type === 0 ? properties.projection_pose_roll : undefined;
}

const outputs: [output: string, args: string[]][] = [
  ["out.mp4", []],
  ["out.mkv", []],
  ["out.mp4", ["--audio", "none"]],
  ["out.mkv", ["--audio", "none"]],
  ["out.webm", ["--audio", "none"]],
  ["-", ["--format", "mp4"]],
  ["-", ["--format", "mkv"]],
];

for (const turn of [90, 180, 270] as const) {
  Deno.test({
    name: `a picture that is shown turned by ${turn} degrees is shown so in every container that can say it`,
    ignore: !hasFfmpeg || !hasMkvmerge,
    async fn() {
      using folder = new WorkFolder();
      await makeFilm(folder);
      folder.write("in.mp4", withDisplayMatrix(folder.read("film.mp4"), turnings[turn]));
      const wanted = rotationOf(folder.file("in.mp4"))!;
      assert.equal((360 - wanted) % 360, turn);
      // The least of them but for one turn, to save time.
      for (const [output, args] of turn === 90 ? outputs : outputs.slice(0, 2)) {
        assert.deepEqual(await encode(folder, output, "-y", ...args), [], `${output} ${args}`);
        const path = folder.file(output), isMp4 = [output, ...args].join().includes("mp4");
        assert.equal(isMp4 ? rotationOf(path) : rollOf(path), wanted, `${output} ${args}`);
        const [video] = probe(path).streams;
        assert.deepEqual([video.width, video.height], [64, 48]);
        assert.equal(packetsOf(path, "v").length, 12);
        assert.equal(decodedFrames(path).length, 12);
      }
    },
  });
}

Deno.test({
  name: "a mirrored picture is warned of, and so is a turned one where the container has no place for it",
  ignore: !hasFfmpeg,
  async fn() {
    using folder = new WorkFolder();
    await makeFilm(folder);
    folder.write("in.mp4", withDisplayMatrix(folder.read("film.mp4"), turnings.mirrored));
    const [said, ...more] = await encode(folder, "out.mp4");
    assert.match(said!, /'in.mp4' is mirrored when it is played; .*; --video-filter hflip shows them so$/);
    assert.deepEqual(more, []);
    assert.equal(rotationOf(folder.file("out.mp4")), undefined);
    assert.deepEqual(await encode(folder, "out.mp4", "-y", "--restart", "--video-filter", "hflip"), []);
    folder.write("in.mp4", withDisplayMatrix(folder.read("film.mp4"), turnings[90]));
    const [ivf] = await encode(folder, "out.ivf");
    assert.match(
      ivf!,
      /turned by 90 degrees when it is played, which \.ivf has no place for; .* transpose=clock turns them$/,
    );
  },
});

Deno.test({
  name: "a picture that a filter has turned is not turned once more",
  ignore: !hasFfmpeg,
  async fn() {
    using folder = new WorkFolder();
    await makeFilm(folder);
    folder.write("in.mp4", withDisplayMatrix(folder.read("film.mp4"), turnings[90]));
    assert.deepEqual(await encode(folder, "out.mp4", "--video-filter", "transpose=clock"), []);
    const path = folder.file("out.mp4"), [video] = probe(path).streams;
    assert.deepEqual([rotationOf(path), video.width, video.height], [undefined, 48, 64]);
  },
});

Deno.test({
  name: "proxies are shown as their source is",
  ignore: !hasFfmpeg || !hasMkvmerge,
  async fn() {
    using folder = new WorkFolder();
    await makeFilm(folder);
    folder.write("in.mp4", withDisplayMatrix(folder.read("film.mp4"), turnings[270]));
    Deno.mkdirSync(folder.file("small"));
    const words = ["proxies", "in.mp4", "-o", "small", "--sizes", "50,100"];
    const { code, stderr } = await runProgram(words, { cwd: folder.path });
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /turned/);
    for (const size of [50, 100]) assert.equal(rollOf(folder.file(`small/in_${size}.mkv`)), 90);
  },
});
