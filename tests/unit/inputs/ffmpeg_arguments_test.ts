import assert from "node:assert/strict";
import { ffmpegArguments, type FfmpegRequest, inputArguments } from "../../../lib/inputs/ffmpeg_arguments.ts";
import { readFfmpegVersion } from "../../../lib/inputs/ffmpeg_version.ts";

const request: FfmpegRequest = {
  input: { path: "film.mkv", stream: 2 },
  conversion: ["format=yuv420p"],
  outputs: [{ target: "pipe:1" }],
  passthrough: ["-fps_mode", "passthrough"],
};

/** The words behind the first that is `name`. */
function behind(words: readonly string[], name: string, count = 1): string {
  return words.slice(words.indexOf(name) + 1, words.indexOf(name) + 1 + count).join(" ");
}

Deno.test("one output is one stream of the source through one chain, frame by frame", () => {
  const words = ffmpegArguments({ ...request, videoFilter: "hflip" });
  assert.equal(behind(words, "-i"), "file:film.mkv");
  assert.equal(behind(words, "-map"), "0:2");
  assert.equal(behind(words, "-filter:v"), "hflip,format=yuv420p,showinfo@times=checksum=0");
  assert.deepEqual(words.slice(-7), ["-fps_mode", "passthrough", "-f", "yuv4mpegpipe", "-strict", "-1", "pipe:1"]);
  for (const word of ["-nostdin", "-copyts", "-noautorotate"]) {
    assert.ok(words.indexOf(word) >= 0 && words.indexOf(word) < words.indexOf("-i"), word);
  }
});

Deno.test("several outputs are scaled from the same frames", () => {
  const words = ffmpegArguments({
    ...request,
    outputs: [{ target: "pipe:1" }, { target: "pipe:3", size: { width: 32, height: 24 } }],
  });
  assert.equal(
    behind(words, "-filter_complex"),
    "[0:2]format=yuv420p,showinfo@times=checksum=0,split=2[split0][split1];[split0]null[size0];" +
      "[split1]scale=w=32:h=24:in_range=tv:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int+bitexact[size1]",
  );
  const outputs = words.slice(words.indexOf("-map"));
  assert.deepEqual(outputs.filter((_, at) => outputs[at - 1] === "-map"), ["[size0]", "[size1]"]);
  assert.deepEqual(outputs.filter((word) => word.startsWith("pipe:")), ["pipe:1", "pipe:3"]);
});

Deno.test("what is scaled keeps its range and the shape of its samples, and ends where it is told to", () => {
  const words = ffmpegArguments({
    ...request,
    fullRange: true,
    sampleAspectRatio: { num: 4, den: 3 },
    outputs: [{ target: "pipe:3", size: { width: 32, height: 24 }, frames: 7 }],
  });
  assert.match(behind(words, "-filter_complex"), /:in_range=pc:out_range=pc:flags=[a-z_+]*,setsar=4\/3\[size0\]$/);
  assert.equal(behind(words, "-frames:v"), "7");
});

Deno.test("a path is a file's name, whatever it looks like", () => {
  for (const path of ["-i", "http://host/x.mkv", "concat:a|b", "pipe:0", "line\nbreak.mkv", "a b.mkv", "50%d.mkv"]) {
    const words = inputArguments({ path });
    assert.deepEqual(words.slice(-2), ["-i", `file:${path}`]);
    assert.equal(behind(words, "-protocol_whitelist"), "file,crypto,data");
    assert.ok(!words.includes("-f"), path);
  }
});

Deno.test("an image with a pattern in its name is that image alone", () => {
  assert.equal(behind(inputArguments({ path: "%d.png" }), "-pattern_type"), "none");
  assert.equal(behind(inputArguments({ path: "%03d.TIF" }), "-pattern_type"), "none");
  assert.equal(behind(inputArguments({ path: "%d.gif" }), "-f"), "gif");
  assert.ok(!inputArguments({ path: "100 %.d/0001.png" }).includes("sequence"));
});

Deno.test("numbered images are a pattern in the last part of the path alone", () => {
  const words = inputArguments({ path: "100 %d/f%04d.png", sequence: { firstNumber: 7 } });
  assert.equal(behind(words, "-start_number"), "7");
  assert.equal(words.at(-1), "file:100 %%d/f%04d.png");
});

Deno.test("how frames are passed on follows the library's number, not the name", () => {
  const read = (name: string, avutil: string) =>
    readFfmpegVersion(`ffmpeg version ${name} x\nlibavutil ${avutil} / x\n`);
  assert.equal(read("4.4.2", "     56. 70.100")?.passthrough[0], "-vsync");
  assert.equal(read("5.1.9-0+deb12u1", "     57. 28.100")?.passthrough[0], "-fps_mode");
  assert.equal(read("N-120000-gabc", "     60.  8.100")?.passthrough[0], "-fps_mode");
  assert.equal(readFfmpegVersion("something else"), undefined);
});
