// What the last pass may meet: a SIGKILL of this program, sound that ffmpeg cannot copy, streams that are named pipes. What
// was encoded is never lost by it, and nothing of it outlives the program.

import assert from "node:assert/strict";
import { ffmpeg, hasFfmpeg } from "../support/ffmpeg.ts";
import { packetsOf, probe } from "../support/ffprobe.ts";
import { runProgram } from "../support/program.ts";
import { messages, RunningProgram } from "../support/running_program.ts";
import { WorkFolder } from "../support/work_folder.ts";

const frames = 24;

/** in.mp4 and in.ts of 24 small frames at so many a second, with AAC. */
async function makeFilm(folder: WorkFolder, rate = 24): Promise<void> {
  await ffmpeg(
    folder.path,
    ...["-f", "lavfi", "-i", `testsrc2=s=64x48:r=${rate}:d=${frames / rate}`],
    ...["-f", "lavfi", "-i", `sine=r=48000:d=${frames / rate}`],
    ...["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "in.mp4"],
  );
  await ffmpeg(folder.path, "-i", "in.mp4", "-c", "copy", "in.ts");
}

/** An `ffmpeg` on the PATH that does `instead` with its words where it is called for the last pass. */
function withFfmpeg(folder: WorkFolder, instead: string): Record<string, string> {
  const path = Deno.env.get("PATH")!;
  Deno.mkdirSync(folder.file("bin"));
  folder.write(
    "bin/ffmpeg",
    `#!/bin/sh\nPATH='${path}'\ncase "$*" in *.join) ${instead};; *) exec ffmpeg "$@";; esac\n`,
  );
  Deno.chmodSync(folder.file("bin/ffmpeg"), 0o755);
  return { PATH: `${folder.file("bin")}:${path}` };
}

/** Whether a process works; one that has ended and was not asked for yet does not. */
function isAtWork(pid: number): boolean {
  const { stdout } = new Deno.Command("ps", { args: ["-o", "stat=", "-p", `${pid}`], stderr: "null" }).outputSync();
  return /^[^Z\s]/.test(new TextDecoder().decode(stdout).trim());
}

/** Of its video; 0 where nobody can read it. */
function framesIn(path: string): number {
  try {
    return packetsOf(path, "v").length;
  } catch {
    return 0;
  }
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 20));
}

for (const output of ["out.mkv", "out.mp4"]) {
  Deno.test({
    name: `SIGKILL in the middle of the last pass to ${output} ends its ffmpeg, and the same command does it again`,
    ignore: !hasFfmpeg,
    async fn() {
      using folder = new WorkFolder();
      // 24 seconds, which a real ffmpeg is told to take its time for.
      await makeFilm(folder, 1);
      const slowly = withFfmpeg(folder, 'echo $$ > pid.new; mv pid.new pid; exec ffmpeg -re "$@"');
      const words = ["in.mp4", "-o", output, "-s", "10"];
      const running = new RunningProgram(words, { cwd: folder.path, env: slowly });
      await until(() => folder.names().includes("pid") && folder.names().includes(`${output}.join`));
      const pid = Number(new TextDecoder().decode(folder.read("pid")));
      assert.ok(isAtWork(pid));
      running.process.kill("SIGKILL");
      assert.equal((await running.ended()).signal, "SIGKILL");
      await until(() => !isAtWork(pid));
      // It did not end by itself.
      assert.ok(framesIn(folder.file(`${output}.join`)) < frames);
      const { code, stderr } = await runProgram(words, { cwd: folder.path });
      assert.equal(code, 0, stderr);
      assert.match(stderr, /continuing: 24 frames \(\d segments?\) were finished/);
      await runProgram(["in.mp4", "-o", `whole-${output}`, "-s", "10"], { cwd: folder.path });
      assert.deepEqual(folder.read(output), folder.read(`whole-${output}`));
      assert.deepEqual(folder.names().filter((name) => /^out\.m..\./.test(name)), []);
    },
  });
}

Deno.test({
  name:
    "sound that cannot be copied costs the last pass alone: --audio none completes the output without encoding again",
  ignore: !hasFfmpeg,
  async fn() {
    using folder = new WorkFolder();
    await makeFilm(folder);
    const env = withFfmpeg(folder, "echo '[mp4 @ 0x55c] Malformed AAC bitstream detected' >&2; exit 1");
    for (const output of ["out.mkv", "out.mp4"]) {
      const words = ["in.ts", "-o", output, "-s", "10", "--progress", "json"];
      const failed = await runProgram(words, { cwd: folder.path, env });
      assert.equal(failed.code, 1);
      const [error] = messages(failed.stderr.trimEnd().split("\n"), "error");
      assert.match(
        error!,
        /Cannot copy the other streams of 'in\.ts': ffmpeg says "\[mp4\] Malformed AAC bitstream detected" \(exit code 1\); /,
      );
      assert.match(error!, /; with --audio none it is done without them, and nothing is encoded again; /);
      assert.equal(packetsOf(folder.file(`${output}.part`), "v").length, frames);
      const { code, stderr } = await runProgram([...words, "--audio", "none"], { cwd: folder.path, env });
      assert.equal(code, 0, stderr);
      const summary = stderr.trimEnd().split("\n").map((line) => JSON.parse(line)).find(({ type }) =>
        type === "summary"
      );
      assert.deepEqual([summary.frames, summary.keptFrames], [frames, frames]);
      assert.deepEqual(probe(folder.file(output)).streams.map(({ codec_name }: never) => codec_name), ["av1"]);
      assert.equal(packetsOf(folder.file(output), "v").length, frames);
      assert.deepEqual(folder.names().filter((name) => /^out\.m..\./.test(name)), []);
    }
  },
});

Deno.test({
  name: "a damaged packet of a transport stream's sound is left out with a warning, the others are copied",
  ignore: !hasFfmpeg,
  async fn() {
    using folder = new WorkFolder();
    await makeFilm(folder);
    const bytes = folder.read("in.ts"), wanted = packetsOf(folder.file("in.ts"), "a").length;
    // The header of an ADTS frame, whole in its packet of the transport stream, begins to speak of two frames and a checksum.
    const headers: number[] = [];
    for (let at = 0; at + 188 <= bytes.length; at += 188) {
      const found = bytes.subarray(at + 4, at + 180).findIndex((byte, n) =>
        byte === 0xff && bytes[at + 5 + n] === 0xf1 && (bytes[at + 6 + n]! & 0xfc) === 0x4c
      );
      if (found >= 0) headers.push(at + 4 + found);
    }
    const damaged = headers[headers.length >> 1]!;
    bytes[damaged + 1]! &= 0xfe;
    bytes[damaged + 6]! |= 1;
    folder.write("in.ts", bytes);
    for (const output of ["out.mkv", "out.mp4"]) {
      const { code, stderr } = await runProgram(["in.ts", "-o", output, "-s", "10"], { cwd: folder.path });
      assert.equal(code, 0, stderr);
      assert.match(stderr, /ffmpeg says of the other streams: /);
      assert.deepEqual(
        [packetsOf(folder.file(output), "v").length, packetsOf(folder.file(output), "a").length],
        [frames, wanted - 1],
      );
    }
  },
});

for (const [format, input, sounds] of [["mkv", "in.mp4", 1], ["mp4", "in.ts", 1], ["mkv", "in.ts", 0]] as const) {
  Deno.test({
    name: `a named pipe gets all of ${input} as ${format}, ${sounds === 1 ? "with its sound" : "its sound is named"}`,
    ignore: !hasFfmpeg,
    async fn() {
      using folder = new WorkFolder();
      await makeFilm(folder);
      const pipe = folder.file(`out.${format}`);
      assert.equal((await new Deno.Command("mkfifo", { args: [pipe] }).output()).code, 0);
      const read = Deno.readFile(pipe);
      const { code, stderr } = await runProgram([input, "-o", pipe, "-s", "10"], { cwd: folder.path });
      assert.equal(code, 0, stderr);
      folder.write("got", await read);
      const { streams } = probe(folder.file("got"));
      assert.equal(streams.length, 1 + sounds);
      assert.equal(packetsOf(folder.file("got"), "v").length, frames);
      if (sounds === 0) assert.match(stderr, /audio 1 \(aac without the header that a stream needs first\): left out/);
      else assert.equal(packetsOf(folder.file("got"), "a").length, packetsOf(folder.file(input), "a").length);
    },
  });
}

Deno.test({
  name: "Opus, whose first samples nobody hears, begins with the video where it did, in every container",
  ignore: !hasFfmpeg,
  async fn() {
    using folder = new WorkFolder();
    await ffmpeg(
      folder.path,
      ...[
        "-f",
        "lavfi",
        "-i",
        "testsrc2=s=64x48:r=24:d=1",
        "-itsoffset",
        "0.1",
        "-f",
        "lavfi",
        "-i",
        "sine=r=48000:d=1",
      ],
      ...["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "libopus", "in.mp4"],
    );
    await ffmpeg(folder.path, "-i", "in.mp4", "-c", "copy", "in.mkv");
    const late = (name: string) => {
      const [video, sound] = ["v", "a"].map((stream) => packetsOf(folder.file(name), stream)[0]!.seconds);
      return sound! - video!;
    };
    const hashes = (name: string) => packetsOf(folder.file(name), "a").map(({ hash }) => hash);
    for (const [input, output] of [["in.mp4", "out.mkv"], ["in.mkv", "out.webm"], ["in.mkv", "out.mkv"]] as const) {
      const { code, stderr } = await runProgram([input, "-o", output, "-y", "-s", "10"], { cwd: folder.path });
      assert.equal(code, 0, stderr);
      assert.deepEqual(hashes(output), hashes(input));
      // ffmpeg before 6.0 is 7 ms early.
      assert.ok(Math.abs(late(output) - late(input)) <= 1.001e-3, `${late(input)} s became ${late(output)}`);
    }
  },
});
