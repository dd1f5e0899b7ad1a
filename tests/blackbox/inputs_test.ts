// Whatever ffmpeg reads, as its users give it: what is encoded, what is taken from the source, and what is said.

import assert from "node:assert/strict";
import { ffmpeg, hasFfmpeg, picture } from "../support/ffmpeg.ts";
import { isFound } from "../support/found_program.ts";
import { splitObus } from "../support/av1_headers.ts";
import { readIvfPackets } from "../support/ivf_packets.ts";
import { runProgram } from "../support/program.ts";
import { WorkFolder } from "../support/work_folder.ts";

const x264 = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-bf", "3"];
const fast = ["-s", "10", "--keyint", "8", "--min-keyint", "4"];
const sequenceHeader = 1;

/** Encodes; the standard error where it went well. */
async function encode(folder: WorkFolder, input: string, output: string, ...args: string[]): Promise<string> {
  const { code, stderr } = await runProgram([input, "-o", output, ...fast, ...args], { cwd: folder.path });
  assert.equal(code, 0, stderr);
  return stderr;
}

/** All OBUs but what describes colours and the place of chroma: that is not in a y4m. */
function pictures(folder: WorkFolder, name: string): unknown[] {
  return readIvfPackets(folder.read(name)).packets.map(({ timestamp, data }) => ({
    timestamp,
    obus: splitObus(data).filter(({ type }) => type !== sequenceHeader),
  }));
}

async function ffprobeVideo(folder: WorkFolder, name: string): Promise<Record<string, unknown>> {
  const args = ["-v", "error", "-show_streams", "-show_frames", "-read_intervals", "%+#1", "-of", "json", name];
  const { stdout } = await new Deno.Command("ffprobe", { args, cwd: folder.path }).output();
  const { streams, frames } = JSON.parse(new TextDecoder().decode(stdout));
  return { ...streams[0], side_data_list: frames[0].side_data_list };
}

Deno.test("H.264 in MP4 becomes the packets that its y4m becomes", { ignore: !hasFfmpeg }, async () => {
  using folder = new WorkFolder();
  await ffmpeg(folder.path, ...picture, ...x264, "-x264-params", "open-gop=1:keyint=8", "in.mp4");
  await ffmpeg(folder.path, "-i", "in.mp4", "in.y4m");
  const said = await encode(folder, "in.mp4", "a.ivf", "-v");
  await encode(folder, "in.y4m", "b.ivf");
  assert.deepEqual(folder.read("a.ivf"), folder.read("b.ivf"));
  assert.match(said, /h264 in mov, read through ffmpeg /);
  assert.match(said, /same packets: ffmpeg .* \| rav1e .* --frame-rate 25 --time-scale 1 -o a.ivf -$/m);
});

Deno.test("numbered PNGs become the packets of the y4m that ffmpeg makes of them", { ignore: !hasFfmpeg }, async () => {
  using folder = new WorkFolder();
  Deno.mkdirSync(folder.file("frames"));
  await ffmpeg(folder.path, ...picture, "frames/f%04d.png");
  const filter = "scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int,format=yuv420p";
  await ffmpeg(folder.path, "-i", "frames/f%04d.png", "-vf", filter, "in.y4m");
  const said = await encode(folder, "frames/f%04d.png", "a.ivf");
  await encode(folder, "in.y4m", "b.ivf");
  assert.deepEqual(pictures(folder, "a.ivf"), pictures(folder, "b.ivf"));
  assert.match(said, /rgb24 is converted to yuv420p: as BT.709 of limited range/);
  const { color_space, color_primaries, color_transfer } = await ffprobeVideo(folder, "a.ivf");
  assert.deepEqual([color_space, color_primaries, color_transfer], ["bt709", "bt709", "iec61966-2-1"]);
  const { code, stderr } = await runProgram(["frames", "-o", "c.ivf"], { cwd: folder.path });
  assert.equal(code, 2);
  assert.match(stderr, /it is a directory; its images are one video by the name frames\/f%04d.png\n$/);
  Deno.removeSync(folder.file("frames/f0007.png"));
  const hole = await runProgram(["frames/f%04d.png", "-o", "c.ivf"], { cwd: folder.path });
  assert.equal(hole.code, 2);
  assert.match(hole.stderr, /of its 19 images, 1 to 20, number 7 is missing/);
});

Deno.test("HDR10 of 10 bits keeps what it says of itself, unless the command line says otherwise", {
  ignore: !hasFfmpeg,
}, async () => {
  using folder = new WorkFolder();
  const display = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)";
  await ffmpeg(
    ...[folder.path, ...picture, "-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-x265-params"] as [string, ...string[]],
    `log-level=none:hdr10=1:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:master-display=${display}:max-cll=1000,400`,
    "in.mkv",
  );
  await ffmpeg(folder.path, "-i", "in.mkv", "-strict", "-1", "in.y4m");
  const said = await encode(folder, "in.mkv", "a.ivf", "-v");
  await encode(folder, "in.y4m", "b.ivf");
  assert.deepEqual(pictures(folder, "a.ivf"), pictures(folder, "b.ivf").map(withHdrOf(folder, "a.ivf")));
  assert.match(said, /--primaries BT2020 --transfer SMPTE2084 --matrix BT2020NCL --mastering-display 'G\(0.265,0.69\)/);
  const { color_space, color_primaries, color_transfer, pix_fmt, chroma_location, side_data_list } = await ffprobeVideo(
    folder,
    "a.ivf",
  );
  assert.deepEqual([color_space, color_primaries, color_transfer], ["bt2020nc", "bt2020", "smpte2084"]);
  assert.deepEqual([pix_fmt, chroma_location], ["yuv420p10le", "left"]);
  const types = (side_data_list as { side_data_type: string }[]).map(({ side_data_type }) => side_data_type);
  assert.ok(types.includes("Mastering display metadata") && types.includes("Content light level metadata"), `${types}`);
  const named = ["--primaries", "Unspecified", "--transfer", "SRGB", "--content-light", "500,100"];
  const other = await encode(folder, "in.mkv", "c.ivf", "-v", ...named);
  assert.doesNotMatch(other, /--primaries/);
  assert.match(other, /--transfer SRGB .*--content-light 500,100/);
});

/** The same packet with the metadata OBUs (type 5) of another file's. */
function withHdrOf(folder: WorkFolder, name: string) {
  const packets = pictures(folder, name) as { obus: { type: number }[] }[];
  return (packet: unknown, at: number) => {
    const { timestamp, obus } = packet as { timestamp: number; obus: { type: number }[] };
    const metadata = packets[at]!.obus.filter(({ type }) => type === 5);
    const temporal = obus.filter(({ type }) => type === 2), rest = obus.filter(({ type }) => type !== 2);
    return { timestamp, obus: [...temporal, ...metadata, ...rest] };
  };
}

Deno.test("--skip and --limit are of the source's frames", { ignore: !hasFfmpeg }, async () => {
  using folder = new WorkFolder();
  await ffmpeg(folder.path, ...picture, ...x264, "in.mkv");
  await ffmpeg(folder.path, "-i", "in.mkv", "in.y4m");
  for (const args of [["--skip", "3", "--limit", "9"], ["--skip", "15"], ["--expect-frames", "20"]]) {
    await encode(folder, "in.mkv", "a.ivf", "-y", "--restart", ...args);
    await encode(folder, "in.y4m", "b.ivf", "-y", "--restart", ...args);
    assert.deepEqual(folder.read("a.ivf"), folder.read("b.ivf"), args.join(" "));
  }
  const { code, stderr } = await runProgram(["in.mkv", "-o", "c.ivf", "--expect-frames", "21"], { cwd: folder.path });
  assert.equal(code, 1);
  assert.match(stderr, /it has 20 frames, not the 21 of --expect-frames/);
});

Deno.test("--bit-depth 10 encodes 8 bits in 10, y4m too", { ignore: !hasFfmpeg }, async () => {
  using folder = new WorkFolder();
  await ffmpeg(folder.path, ...picture, ...x264, "in.mkv");
  await ffmpeg(folder.path, "-i", "in.mkv", "in.y4m");
  await ffmpeg(folder.path, "-i", "in.mkv", "-pix_fmt", "yuv420p10le", "-strict", "-1", "ten.y4m");
  await encode(folder, "in.mkv", "a.ivf", "--bit-depth", "10");
  await encode(folder, "in.y4m", "b.ivf", "--bit-depth", "10");
  await encode(folder, "ten.y4m", "c.ivf", "--bit-depth", "10");
  assert.deepEqual(pictures(folder, "a.ivf"), pictures(folder, "c.ivf"));
  assert.deepEqual(pictures(folder, "b.ivf"), pictures(folder, "c.ivf"));
  const stdin = folder.read("in.y4m");
  const { code, stderr } = await runProgram(["-", "-o", "d.ivf", "--bit-depth", "10"], { cwd: folder.path, stdin });
  assert.equal(code, 2);
  assert.match(stderr, /Cannot encode standard input in 10 bits: it comes in 8; convert it where the pipe is written/);
});

Deno.test("--video-filter is ffmpeg's, and what it refuses is said in one line", { ignore: !hasFfmpeg }, async () => {
  using folder = new WorkFolder();
  await ffmpeg(folder.path, ...picture, ...x264, "in.mkv");
  await ffmpeg(folder.path, "-i", "in.mkv", "-vf", "crop=64:48,fps=50/3", "in.y4m");
  await encode(folder, "in.mkv", "a.ivf", "--video-filter", "crop=64:48,fps=50/3");
  await encode(folder, "in.y4m", "b.ivf");
  assert.deepEqual(pictures(folder, "a.ivf"), pictures(folder, "b.ivf"));
  assert.equal(readIvfPackets(folder.read("a.ivf")).frameRate, "50/3");
  const { code, stderr } = await runProgram(["in.mkv", "-o", "c.ivf", "--video-filter", "nosuch=1"], {
    cwd: folder.path,
  });
  assert.equal(code, 2, stderr);
  assert.match(
    stderr,
    /^rav1e-by-gop: Cannot read 'in.mkv': ffmpeg ended with exit code \d+ after 0 frames: .*nosuch.*\n$/m,
  );
  assert.deepEqual(folder.names().filter((name) => name.startsWith("c.")), []);
});

Deno.test("what is no video is refused in one line, and nothing is left", { ignore: !hasFfmpeg }, async () => {
  using folder = new WorkFolder();
  await ffmpeg(folder.path, "-f", "lavfi", "-i", "sine=d=1", "sound.wav");
  await ffmpeg(folder.path, ...picture, ...x264, "whole.mp4");
  folder.write("cut.mp4", folder.read("whole.mp4").subarray(0, 3000));
  folder.write("noise.mkv", Uint8Array.from({ length: 5000 }, (_, at) => (at * 2654435761) >>> 24));
  folder.write("empty.mkv", "");
  await ffmpeg(folder.path, ...picture, "whole.gif");
  // Its header and palette, and no picture.
  folder.write("cut.gif", folder.read("whole.gif").subarray(0, 900));
  folder.write("notes.txt", "these are words\n".repeat(40));
  const refusals = [
    ["sound.wav", /there is no video in it, only audio\n$/],
    ["cut.mp4", /ffprobe says: moov atom not found/],
    ["noise.mkv", /^rav1e-by-gop: Cannot read 'noise.mkv': [^\n]*\n$/],
    ["empty.mkv", /it is empty\n$/],
    ["cut.gif", /^rav1e-by-gop: Cannot read 'cut.gif': [^\n]*\n$/m],
    ["notes.txt", /^rav1e-by-gop: Cannot read 'notes.txt': [^\n]*\n$/],
  ] as const;
  const before = folder.names();
  for (const [name, message] of refusals) {
    const { code, stderr } = await runProgram([name, "-o", "out.ivf"], { cwd: folder.path });
    // Some versions of ffmpeg make a picture of what there is of the GIF, and say that it is damaged.
    assert(code === 2 || (code === 1 && name === "cut.gif"), stderr);
    assert.match(stderr, message);
    assert.deepEqual(folder.names(), before);
  }
});

Deno.test("a file that is cut off is no short film, unless its user says so", { ignore: !hasFfmpeg }, async () => {
  using folder = new WorkFolder();
  await ffmpeg(folder.path, ...picture, ...x264, "-movflags", "+faststart", "whole.mp4");
  await ffmpeg(folder.path, "-i", "whole.mp4", "-c", "copy", "whole.mkv");
  for (const name of ["mp4", "mkv"]) {
    const whole = folder.read(`whole.${name}`);
    folder.write(`cut.${name}`, whole.subarray(0, whole.length * 0.8));
    const args = [`cut.${name}`, "-o", `${name}.ivf`, "-s", "10", "--keyint", "4", "--min-keyint", "4"];
    const { code, stderr } = await runProgram(args, { cwd: folder.path });
    assert.equal(code, 1, stderr);
    const frames = /--expect-frames (\d+) says so/.exec(stderr)?.[1];
    assert.ok(frames !== undefined && Number(frames) < 20, stderr);
    assert.ok(!folder.names().includes(`${name}.ivf`));
    const again = await runProgram([...args, "--expect-frames", frames], { cwd: folder.path });
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stderr, /continuing: /);
    assert.equal(readIvfPackets(folder.read(`${name}.ivf`)).packets.length, Number(frames));
  }
});

Deno.test(
  "a clip cut inside an open GOP is whole: its edit list leaves out frames that its index counts",
  { ignore: !hasFfmpeg },
  async () => {
    using folder = new WorkFolder();
    const openGops = ["-bf", "3", "-x264-params", "open-gop=1:keyint=10"];
    await ffmpeg(
      folder.path,
      "-f",
      "lavfi",
      "-i",
      "testsrc2=s=64x48:r=25:d=1",
      "-c:v",
      "libx264",
      ...openGops,
      "whole.mp4",
    );
    await ffmpeg(folder.path, "-ss", "0.5", "-i", "whole.mp4", "-c", "copy", "cut.mp4");
    const { code, stderr } = await runProgram(["cut.mp4", "-o", "cut.ivf", "-s", "10"], { cwd: folder.path });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /ffmpeg reported \d+ error/);
    assert.equal(readIvfPackets(folder.read("cut.ivf")).packets.length, 12);
  },
);

Deno.test("without ffmpeg one line says what is missing, and y4m is read all the same", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  folder.write("in.mkv", "\x1aE\xdf\xa3 a Matroska file");
  folder.write("in.vpy", "import vapoursynth\n");
  folder.write("in.avs", "Version()\n");
  const env = { PATH: folder.file("nothing") };
  const refusals = [
    ["in.mkv", /it is not y4m, and ffmpeg, which reads everything else, is not on PATH; install ffmpeg .*\n$/],
    ["in.vpy", /it is a VapourSynth script, and vspipe, which runs it, is not on PATH; install VapourSynth .*\n$/],
    ["in.avs", /neither avs2yuv nor an ffmpeg that was built with AviSynth is on PATH\n$/],
  ] as const;
  for (const [name, message] of refusals) {
    const { code, stderr } = await runProgram([name, "-o", "out.ivf"], { cwd: folder.path, env });
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
  }
  const { code, stderr } = await runProgram(["in.y4m", "-o", "out.ivf", "-s", "10"], { cwd: folder.path, env });
  assert.equal(code, 0, stderr);
});

Deno.test("an ffmpeg that does not start says why", async () => {
  using folder = new WorkFolder();
  folder.write("in.mkv", "\x1aE\xdf\xa3 a Matroska file");
  folder.write("ffmpeg", "#!/bin/sh\necho 'ffmpeg: cannot open libavdevice.so' >&2\nexit 127\n");
  Deno.chmodSync(folder.file("ffmpeg"), 0o755);
  const env = { PATH: `${folder.path}:/usr/bin:/bin` };
  const { code, stderr } = await runProgram(["in.mkv", "-o", "out.ivf"], { cwd: folder.path, env });
  assert.equal(code, 2, stderr);
  assert.match(stderr, /the ffmpeg on PATH does not say its version: ffmpeg: cannot open libavdevice.so\n$/);
});

Deno.test("what is turned, interlaced or of varying rate is warned of", { ignore: !hasFfmpeg }, async () => {
  using folder = new WorkFolder();
  await ffmpeg(folder.path, ...picture, ...x264, "whole.mp4");
  await ffmpeg(folder.path, "-i", "whole.mp4", "-c", "copy", "-metadata:s:v", "rotate=90", "turned.mp4");
  await ffmpeg(folder.path, ...picture, "-c:v", "mpeg2video", "-flags", "+ilme+ildct", "-top", "1", "fields.ts");
  const select = ["-vf", "select='not(between(mod(n,5),1,2))'", "-vsync", "vfr"];
  await ffmpeg(folder.path, ...picture, ...select, ...x264, "vfr.mp4");
  assert.match(
    await encode(folder, "turned.mp4", "a.ivf"),
    /is turned by \d+ degrees when it is played, which \.ivf has no place for; .* --video-filter transpose/,
  );
  assert.match(await encode(folder, "fields.ts", "b.ivf"), /is interlaced; .* --video-filter bwdif/);
  const said = await encode(folder, "vfr.mp4", "c.ivf");
  assert.match(said, /last differently long, which 'c.ivf' has no place for: .* name the output .mkv or .mp4/);
  assert.equal(readIvfPackets(folder.read("c.ivf")).packets.length, 12);
});

Deno.test(
  "a VapourSynth script is run by vspipe, and its errors are said",
  { ignore: !isFound("vspipe") },
  async () => {
    using folder = new WorkFolder();
    const script =
      "import vapoursynth as vs\nclip = vs.core.std.BlankClip(width=64, height=48, format=vs.YUV420P8, length=30, " +
      "fpsnum=24000, fpsden=1001)\nvs.core.std.FrameEval(clip, lambda n: clip.std.BlankClip(color=[16 + 5 * n, 100, 140]))" +
      ".set_output()\n";
    folder.write("-in.vpy", script);
    folder.write("bad.vpy", script.replace("set_output", "no_such"));
    const { code, stderr } = await runProgram(["-o", "out.ivf", ...fast, "--", "-in.vpy"], { cwd: folder.path });
    assert.equal(code, 0, stderr);
    const { packets, frameRate } = readIvfPackets(folder.read("out.ivf"));
    assert.deepEqual([packets.length, frameRate], [30, "24000/1001"]);
    const bad = await runProgram(["bad.vpy", "-o", "bad.ivf"], { cwd: folder.path });
    assert.equal(bad.code, 2, bad.stderr);
    assert.match(bad.stderr, /vspipe ended with exit code 1 after 0 frames: .*no_such.*\n$/);
  },
);

Deno.test(
  "what a playlist has on the network is refused at once, local files are read",
  { ignore: !hasFfmpeg },
  async () => {
    using folder = new WorkFolder();
    await ffmpeg(folder.path, ...picture, ...x264, "-f", "hls", "-hls_list_size", "0", "film.m3u8");
    await ffmpeg(folder.path, "-i", "film.m3u8", "in.y4m");
    await encode(folder, "film.m3u8", "a.ivf");
    await encode(folder, "in.y4m", "b.ivf");
    assert.deepEqual(pictures(folder, "a.ivf"), pictures(folder, "b.ivf"));
    const local = new TextDecoder().decode(folder.read("film.m3u8")), end = "#EXT-X-ENDLIST\n";
    const address = "#EXTINF:1,\nhttps://127.0.0.1:9/more.ts\n";
    // Without its end ffprobe would wait for more for ever, and ffmpeg would go on without the piece.
    folder.write("live.m3u8", `#EXTM3U\n#EXT-X-TARGETDURATION:4\n${address}`);
    folder.write("mixed.m3u8", local.replace(end, address + end));
    // ffmpeg may come to the piece before its first frame has.
    for (const [name, exitCodes] of [["live.m3u8", [2]], ["mixed.m3u8", [1, 2]]] as const) {
      const { code, stderr } = await runProgram([name, "-o", "c.ivf", ...fast], { cwd: folder.path });
      assert(exitCodes.some((expected) => code === expected), stderr);
      const last = stderr.trimEnd().split("\n").at(-1)!;
      assert.match(
        last,
        /^rav1e-by-gop: Cannot read '\w+\.m3u8': it refers to what has to be fetched \(by https\), and only/,
      );
      assert(!folder.names().includes("c.ivf"));
    }
  },
);
