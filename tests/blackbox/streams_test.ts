// The source's other streams in the output: the very packets, in sync, with chapters and attachments; cut where the video
// is; said where the container has no room for them; and whole again after a kill at any moment of the last pass.

import assert from "node:assert/strict";
import { ffmpeg, hasFfmpeg } from "../support/ffmpeg.ts";
import { packetsOf, probe } from "../support/ffprobe.ts";
import { runProgram } from "../support/program.ts";
import { messages, RunningProgram } from "../support/running_program.ts";
import { WorkFolder } from "../support/work_folder.ts";

/** Frames a second. */
const rate = 24000 / 1001;

/** in.mkv (aac, ac3, subrip, an attachment, chapters) and in.mp4 (aac, mov_text, chapters) of 60 small frames. */
async function makeSources(folder: WorkFolder): Promise<void> {
  folder.write("in.srt", "1\n00:00:00,500 --> 00:00:01,000\nOne\n\n2\n00:00:01,500 --> 00:00:02,000\nTwo\n");
  folder.write(
    "chapters.txt",
    ";FFMETADATA1\ntitle=A film\n" +
      "[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1200\ntitle=First\n" +
      "[CHAPTER]\nTIMEBASE=1/1000\nSTART=1200\nEND=2500\ntitle=Second\n",
  );
  const picture = ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=24000/1001:d=2.5"];
  const sound = (
    offset: number,
    hertz: number,
  ) => ["-itsoffset", `${offset}`, "-f", "lavfi", "-i", `sine=440:r=${hertz}:d=2.5`];
  const x264 = ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "12"];
  await ffmpeg(
    folder.path,
    ...[...picture, ...sound(0.213, 48000), ...sound(0, 44100), "-i", "in.srt", "-i", "chapters.txt"],
    ...["-map", "0:v", "-map", "1:a", "-map", "2:a", "-map", "3:s", "-map_chapters", "4", "-map_metadata", "4"],
    ...[...x264, "-c:a:0", "aac", "-c:a:1", "ac3", "-c:s", "srt", "-metadata:s:a:0", "language=ger"],
    ...["-attach", "in.srt", "-metadata:s:t", "mimetype=text/plain", "-frames:v", "60", "in.mkv"],
  );
  await ffmpeg(
    folder.path,
    ...[...picture, ...sound(0.2, 48000), "-i", "in.srt", "-i", "chapters.txt"],
    ...["-map", "0:v", "-map", "1:a", "-map", "2:s", "-map_chapters", "3"],
    ...[...x264, "-c:a", "aac", "-c:s", "mov_text", "-frames:v", "60", "in.mp4"],
  );
}

/** in.mp4's video and sound as a transport stream, whose clock begins elsewhere. */
async function makeTransportStream(folder: WorkFolder): Promise<void> {
  await ffmpeg(folder.path, "-i", "in.mp4", "-map", "0:v", "-map", "0:a", "-c", "copy", "in.ts");
}

async function encode(folder: WorkFolder, input: string, output: string, ...args: string[]): Promise<string[]> {
  const words = [input, "-o", output, "-s", "10", "--progress", "json", ...args];
  const { code, stdout, stderr } = await runProgram(words, { cwd: folder.path });
  assert.equal(code, 0, stderr);
  if (output === "-") folder.write("-", stdout);
  const lines = stderr.trimEnd().split("\n");
  return [...messages(lines, "warning"), ...messages(lines, "note")].filter((text) => /left out/.test(text));
}

const hashes = (path: string, stream: string) => packetsOf(path, stream).map(({ hash }) => hash);
const startOf = (path: string, stream: string) => packetsOf(path, stream)[0]!.seconds;

const joined: [input: string, output: string, args: string[], others: string[]][] = [
  ["in.mkv", "out.mkv", [], ["aac", "ac3", "subrip", "attachment"]],
  ["in.mkv", "out.mp4", [], ["aac", "ac3", "mov_text"]],
  ["in.mp4", "out.mp4", [], ["aac", "mov_text"]],
  ["in.mp4", "out.mkv", [], ["aac", "subrip"]],
  ["in.mkv", "-", ["--format", "mkv"], ["aac", "ac3", "subrip", "attachment"]],
  ["in.mkv", "-", ["--format", "mp4"], ["aac", "ac3", "mov_text"]],
];
for (const [input, output, args, others] of joined) {
  Deno.test({
    name: `${input} to ${[output, ...args].join(" ")} has the source's sound, packet by packet and in sync`,
    ignore: !hasFfmpeg,
    async fn() {
      using folder = new WorkFolder();
      await makeSources(folder);
      await encode(folder, input, output, ...args);
      const source = folder.file(input), made = folder.file(output);
      const { streams } = probe(made);
      const kinds = streams.filter(({ codec_name }: { codec_name: string }) => codec_name !== "bin_data")
        .map(({ codec_name, codec_type }: Record<string, string>) =>
          codec_type === "attachment" ? codec_type : codec_name
        );
      assert.deepEqual(kinds, ["av1", ...others]);
      assert.equal(packetsOf(made, "v").length, 60);
      assert.deepEqual([streams[0].r_frame_rate, streams[0].avg_frame_rate], ["24000/1001", "24000/1001"]);
      for (let n = 0; n < others.filter((codec) => codec === "aac" || codec === "ac3").length; n++) {
        assert.deepEqual(hashes(made, `a:${n}`), hashes(source, `a:${n}`));
        const late = startOf(source, `a:${n}`) - startOf(source, "v");
        const lateMade = startOf(made, `a:${n}`) - startOf(made, "v");
        // Ticks of a millisecond on either side; from MP4 to MP4 not a sample.
        const most = input === "in.mp4" && output === "out.mp4" ? 1e-6 : 1.001e-3;
        assert.ok(Math.abs(late - lateMade) <= most, `${late} s became ${lateMade}`);
      }
      assert.deepEqual(folder.names().filter((name) => /part|join|by-gop/.test(name)), []);
    },
  });
}

Deno.test({
  name: "sound stays in sync where the source's clock begins elsewhere, as a transport stream's does",
  ignore: !hasFfmpeg,
  async fn() {
    using folder = new WorkFolder();
    await makeSources(folder);
    await makeTransportStream(folder);
    const source = folder.file("in.ts"), late = startOf(source, "a:0") - startOf(source, "v");
    for (const output of ["out.mkv", "out.mp4"]) {
      await encode(folder, "in.ts", output);
      const made = folder.file(output), lateMade = startOf(made, "a:0") - startOf(made, "v");
      assert.ok(Math.abs(late - lateMade) <= 1.001e-3, `${output}: ${late} s became ${lateMade}`);
      assert.equal(packetsOf(made, "a:0").length, packetsOf(source, "a:0").length);
    }
  },
});

Deno.test({
  name: "sound that an edit list leaves out is not heard again, whatever the output, and chapters stay where they are",
  ignore: !hasFfmpeg,
  async fn() {
    using folder = new WorkFolder();
    await makeSources(folder);
    // What is stored before the cut stays in the file.
    await ffmpeg(folder.path, "-ss", "1", "-i", "in.mp4", "-map", "0:v", "-map", "0:a", "-c", "copy", "cut.mp4");
    const source = folder.file("cut.mp4"), stored = hashes(source, "a:0"), seconds = packetsOf(source, "a:0");
    assert.ok(seconds[0]!.seconds < -0.5, `${seconds[0]!.seconds}`);
    const shown = seconds.filter(({ seconds }) => seconds >= 0).length;
    const outputs = [["out.mkv", []], ["out.mp4", []], ["-", ["--format", "mkv"]], ["-", ["--format", "mp4"]]] as const;
    for (const [output, args] of outputs) {
      await encode(folder, "cut.mp4", output, ...args);
      const made = folder.file(output), kept = hashes(made, "a:0");
      assert.deepEqual(kept, stored.slice(-kept.length), output);
      assert.ok(kept.length >= shown, output);
      if (output === "out.mp4") continue;
      const early = packetsOf(made, "v")[0]!.seconds - packetsOf(made, "a:0")[0]!.seconds;
      assert.ok(early < 0.2, `${[output, ...args]}: sound begins ${early} s before the picture`);
      // The sound of frame 0 is the source's.
      const at0 = seconds.length - shown, madeAt0 = packetsOf(made, "a:0")[kept.length - shown]!.seconds;
      const late = madeAt0 - packetsOf(made, "v")[0]!.seconds - seconds[at0]!.seconds;
      assert.ok(Math.abs(late) <= 1.001e-3, `${[output, ...args]}: ${late} s late`);
    }
    await encode(folder, "in.mp4", "whole.mkv");
    const startsOf = (path: string) =>
      probe(folder.file(path)).chapters.map(({ start_time }: { start_time: string }) => Number(start_time));
    assert.deepEqual(startsOf("whole.mkv"), startsOf("in.mp4"));
  },
});

Deno.test({
  name: "of several programs or videos the first is encoded, with its own sound, and how to get at another is said",
  ignore: !hasFfmpeg,
  async fn() {
    using folder = new WorkFolder();
    await makeSources(folder);
    await ffmpeg(
      folder.path,
      ...["-i", "in.mp4", "-map", "0:v", "-map", "0:a", "-map", "0:v", "-map", "0:a", "-c", "copy"],
      ...["-bsf:3", "noise=amount=5", "-program", "program_num=7:st=0:st=1", "-program", "program_num=9:st=2:st=3"],
      "two.ts",
    );
    await ffmpeg(folder.path, "-i", "in.mp4", "-map", "0:v", "-map", "0:v", "-map", "0:a", "-c", "copy", "two.mkv");
    const said = [
      ["two.ts", /'two\.ts' holds 2 programs; .* ffmpeg -i two\.ts -map 0:p:9 -c copy program9\.ts$/m],
      ["two.mkv", /'two\.mkv' holds 2 videos; .* ffmpeg -i two\.mkv -map 0:1 -map '0:a\?' -c copy video1\.mkv$/m],
    ] as const;
    for (const [input, expected] of said) {
      const { code, stderr } = await runProgram([input, "-o", "out.mkv", "-y", "-s", "10"], { cwd: folder.path });
      assert.equal(code, 0, stderr);
      assert.match(stderr, expected);
      assert.doesNotMatch(stderr, /has no room for/);
      const made = folder.file("out.mkv");
      assert.deepEqual(
        probe(made).streams.map(({ codec_type }: { codec_type: string }) => codec_type),
        ["video", "audio"],
      );
      assert.equal(packetsOf(made, "v").length, 60);
    }
  },
});

Deno.test({
  name: "recordings put end to end are shown one after the other, and what that means for the sound is said",
  ignore: !hasFfmpeg,
  async fn() {
    using folder = new WorkFolder();
    await makeSources(folder);
    await makeTransportStream(folder);
    const once = folder.read("in.ts");
    folder.write("two.ts", new Uint8Array([...once, ...once]));
    for (const output of ["out.mkv", "out.mp4"]) {
      const { code, stderr } = await runProgram(["two.ts", "-o", output, "-s", "10"], { cwd: folder.path });
      assert.equal(code, 0, stderr);
      assert.match(stderr, /frame 60 is shown at .* the clock begins anew; sound and .* ffmpeg -i two\.ts -c copy /);
      const found = packetsOf(folder.file(output), "v");
      for (const [frame, { seconds }] of found.entries()) {
        const late = seconds - found[0]!.seconds - frame / rate;
        assert.ok(Math.abs(late) <= 1.001e-3, `${output} frame ${frame}: ${late} s late`);
      }
      assert.equal(found.length, 120);
    }
  },
});

Deno.test({
  name: "--skip finds the sound of a source whose clock begins late",
  ignore: !hasFfmpeg,
  async fn() {
    using folder = new WorkFolder();
    await makeSources(folder);
    await makeTransportStream(folder);
    await ffmpeg(folder.path, "-i", "in.ts", "-c", "copy", "-output_ts_offset", "1000", "late.ts");
    await encode(folder, "late.ts", "out.mp4", "--skip", "12");
    const made = folder.file("out.mp4"), late = startOf(made, "a:0") - startOf(made, "v");
    assert.ok(late >= 0 && late < 0.03, `${late}`);
  },
});

Deno.test({
  name: "a transport stream's sound goes into an mp4 on standard output, and is named where an mkv there leaves it out",
  ignore: !hasFfmpeg,
  async fn() {
    using folder = new WorkFolder();
    await makeSources(folder);
    await makeTransportStream(folder);
    const source = folder.file("in.ts"), made = folder.file("-");
    await encode(folder, "in.ts", "-", "--format", "mp4");
    assert.deepEqual(
      [packetsOf(made, "v").length, packetsOf(made, "a:0").length],
      [60, packetsOf(source, "a:0").length],
    );
    const leftOut = await encode(folder, "in.ts", "-", "--format", "mkv");
    assert.match(leftOut.join(), /audio 1 \(aac without the header that a stream needs first\)/);
    assert.equal(packetsOf(made, "v").length, 60);
  },
});

Deno.test({
  name: "frames that last differently long keep their times, and the sound ends where --limit ends them",
  ignore: !hasFfmpeg,
  async fn() {
    using folder = new WorkFolder();
    const gaps = "select='not(eq(mod(n,7),3))',setpts='PTS+if(gt(N,20),0.01/TB,0)'";
    await ffmpeg(
      folder.path,
      ...["-f", "lavfi", "-i", "testsrc2=s=64x48:r=30:d=2", "-f", "lavfi", "-i", "sine=r=48000:d=2"],
      ...["-vf", gaps, "-vsync", "vfr", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "in.mp4"],
    );
    const wanted = packetsOf(folder.file("in.mp4"), "v").slice(0, 30);
    for (const [output, tick] of [["out.mp4", 2e-6], ["out.mkv", 1.001e-3]] as const) {
      await encode(folder, "in.mp4", output, "--limit", "30");
      const found = packetsOf(folder.file(output), "v"), sound = packetsOf(folder.file(output), "a");
      assert.equal(found.length, 30);
      for (const [frame, { seconds }] of found.entries()) {
        const late = seconds - found[0]!.seconds - (wanted[frame]!.seconds - wanted[0]!.seconds);
        assert.ok(Math.abs(late) <= tick, `${output} frame ${frame}: ${late} s late`);
      }
      const end = sound.at(-1)!.seconds - found[0]!.seconds;
      assert.ok(end > wanted[28]!.seconds && end < wanted[29]!.seconds + 0.1, `${output}: ${end}`);
    }
  },
});

Deno.test({
  name: "chapters, title, languages, subtitles' text and attachments are the source's",
  ignore: !hasFfmpeg,
  async fn() {
    using folder = new WorkFolder();
    await makeSources(folder);
    assert.deepEqual(await encode(folder, "in.mkv", "out.mkv"), []);
    const { chapters, format, streams } = probe(folder.file("out.mkv"));
    assert.deepEqual(
      chapters.map(({ start_time, end_time, tags }: never) => [Number(start_time), Number(end_time), tags["title"]]),
      [[0, 1.2, "First"], [1.2, 2.5, "Second"]],
    );
    assert.equal(format.tags.title, "A film");
    assert.equal(streams[1].tags.language, "ger");
    assert.deepEqual(hashes(folder.file("out.mkv"), "s:0"), hashes(folder.file("in.mkv"), "s:0"));
    await ffmpeg(folder.path, "-dump_attachment:t:0", "attached", "-i", "out.mkv", "-map", "0:v", "-f", "null", "-");
    assert.deepEqual(folder.read("attached"), folder.read("in.srt"));
  },
});

Deno.test({
  name: "what a container has no room for is left out and named in one line",
  ignore: !hasFfmpeg,
  async fn() {
    using folder = new WorkFolder();
    await makeSources(folder);
    // ffprobe's versions differ in what they call a text file.
    const leftOut = async (output: string) =>
      (await encode(folder, "in.mkv", output)).map((line) =>
        line.replace("attachment 4 (text)", "attachment 4 (unknown)")
      );
    assert.deepEqual(await leftOut("out.webm"), [
      ".webm has no room for audio 1 (aac), audio 2 (ac3), attachment 4 (unknown): left out",
    ]);
    assert.deepEqual(await leftOut("out.ivf"), [
      ".ivf has no room for audio 1 (aac), audio 2 (ac3), subtitle 3 (subrip), attachment 4 (unknown), 2 chapters: left out",
    ]);
    assert.deepEqual(await encode(folder, "in.mkv", "none.mkv", "--audio", "none", "--subtitles", "none"), []);
    const { streams } = probe(folder.file("none.mkv"));
    assert.deepEqual(streams.map(({ codec_type }: Record<string, string>) => codec_type), ["video", "attachment"]);
  },
});

Deno.test({
  name: "--skip and --limit cut the sound where they cut the video",
  ignore: !hasFfmpeg,
  async fn() {
    using folder = new WorkFolder();
    await makeSources(folder);
    for (const [input, output] of [["in.mkv", "out.mkv"], ["in.mp4", "out.mp4"]] as const) {
      await encode(folder, input, output, "--skip", "12", "--limit", "24");
      const made = folder.file(output), source = folder.file(input);
      assert.equal(packetsOf(made, "v").length, 24);
      const first = packetsOf(source, "v")[12]!.seconds;
      const wanted = packetsOf(source, "a:0").filter(({ seconds }) => seconds >= first && seconds < first + 24 / rate);
      const found = packetsOf(made, "a:0");
      const hashesOf = (packets: typeof found) => packets.map(({ hash }) => hash);
      // A packet more or less where one begins at the very end.
      assert.ok(Math.abs(found.length - wanted.length) <= 1, `${found.length} packets, not ${wanted.length}`);
      const common = Math.min(found.length, wanted.length);
      assert.deepEqual(hashesOf(found).slice(0, common), hashesOf(wanted).slice(0, common));
      const late = wanted[0]!.seconds - first, lateMade = found[0]!.seconds - startOf(made, "v");
      assert.ok(Math.abs(late - lateMade) <= 1.001e-3, `${late} s became ${lateMade}`);
    }
  },
});

for (
  const point of ["segment-written", "part-complete", "streams-joined", "marked-final", "renamed", "store-removed"]
) {
  Deno.test({
    name: `SIGKILL at ${point} of an mkv with sound, then the same command, gives the bytes of an undisturbed run`,
    ignore: !hasFfmpeg,
    async fn() {
      using folder = new WorkFolder();
      await makeSources(folder);
      await encode(folder, "in.mkv", "whole.mkv");
      const faults = { RAV1E_BY_GOP_FAULTS: `kill:${point}` };
      const words = ["in.mkv", "-o", "out.mkv", "-s", "10"];
      const { signal } = await runProgram(words, { cwd: folder.path, env: faults });
      assert.equal(signal, "SIGKILL");
      await encode(folder, "in.mkv", "out.mkv", ...(point === "store-removed" ? ["-y"] : []));
      assert.deepEqual(folder.read("out.mkv"), folder.read("whole.mkv"));
      assert.deepEqual(folder.names().filter((name) => /out\.mkv./.test(name)), []);
    },
  });
}

Deno.test({
  name: "a last pass that fails leaves the complete video, says so, and is done by the same command later",
  ignore: !hasFfmpeg,
  async fn() {
    using folder = new WorkFolder();
    await makeSources(folder);
    await encode(folder, "in.mkv", "whole.mkv");
    // What it would be written to is no file.
    Deno.mkdirSync(folder.file("out.mkv.join"));
    const { code, stderr } = await runProgram(["in.mkv", "-o", "out.mkv", "-s", "10"], { cwd: folder.path });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /Cannot copy the other streams of 'in\.mkv': '[^']*out\.mkv\.join', which they are written to, is not a plain file; the video is complete in '[^']*out\.mkv\.part' \(\d+ bytes/,
    );
    assert.equal(packetsOf(folder.file("out.mkv.part"), "v").length, 60);
    Deno.removeSync(folder.file("out.mkv.join"));
    await encode(folder, "in.mkv", "out.mkv");
    assert.deepEqual(folder.read("out.mkv"), folder.read("whole.mkv"));
    assert.deepEqual(folder.names().filter((name) => /out\.mkv./.test(name)), []);
  },
});

for (const signal of ["SIGINT", "SIGKILL"] as const) {
  Deno.test({
    name: `${signal} during the last pass costs that pass alone`,
    ignore: !hasFfmpeg,
    async fn() {
      using folder = new WorkFolder();
      await makeSources(folder);
      await encode(folder, "in.mkv", "whole.mkv");
      // An ffmpeg that reads as ever, and in the last pass writes something and then nothing more.
      Deno.mkdirSync(folder.file("bin"));
      const real = `PATH=${shellQuoted(Deno.env.get("PATH")!)} exec ffmpeg "$@"`;
      folder.write(
        "bin/ffmpeg",
        `#!/bin/sh\ncase "$*" in *.join) echo half > out.mkv.join; echo > begun; exec sleep 600;; ` +
          `*) ${real};; esac\n`,
      );
      Deno.chmodSync(folder.file("bin/ffmpeg"), 0o755);
      const running = new RunningProgram(["in.mkv", "-o", "out.mkv", "-s", "10"], {
        cwd: folder.path,
        env: { PATH: `${folder.file("bin")}:${Deno.env.get("PATH")}` },
      });
      while (!folder.names().includes("begun")) await new Promise((resolve) => setTimeout(resolve, 10));
      running.process.kill(signal);
      const { code, rest } = await running.ended();
      const ours = folder.names().filter((name) => /out\.mkv/.test(name) && !name.endsWith("-journal"));
      if (signal === "SIGINT") {
        assert.equal(code, 130, rest.join("\n"));
        assert.deepEqual(ours, ["out.mkv.rav1e-by-gop"]);
      } else assert.deepEqual(ours, ["out.mkv.join", "out.mkv.part", "out.mkv.rav1e-by-gop"]);
      await encode(folder, "in.mkv", "out.mkv");
      assert.deepEqual(folder.read("out.mkv"), folder.read("whole.mkv"));
      assert.deepEqual(folder.names().filter((name) => /out\.mkv./.test(name)), []);
    },
  });
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

Deno.test({
  name: "a stream that takes nothing is a failure, with sound as without",
  ignore: !hasFfmpeg || Deno.build.os !== "linux",
  async fn() {
    using folder = new WorkFolder();
    await makeSources(folder);
    const words = ["in.mkv", "-o", "/dev/full", "--format", "mkv", "-s", "10", "--limit", "3"];
    const { code, stderr } = await runProgram([...words, "--quiet"], { cwd: folder.path });
    assert.match(stderr, /^rav1e-by-gop: Cannot write \/dev\/full: no space is left on the disk/m);
    assert.equal(code, 1);
  },
});
