import assert from "node:assert/strict";
import fc from "fast-check";
import { ChildLog } from "../../../lib/pipe/child_log.ts";

const log = [
  "[info] Input #0, matroska,webm, from 'file:a.mkv':",
  "[showinfo@times @ 0x55] [info] config in time_base: 1/12800, frame_rate: 24000/1001",
  "[showinfo@times @ 0x55] [info] config out time_base: 0/0, frame_rate: 0/0",
  "[showinfo@times @ 0x55] [info] n:   0 pts:   -512 pts_time:-0.04   pos:      582 fmt:yuv420p10le sar:1/1 s:64x48 i:T iskey:1 type:I ",
  "[showinfo@times @ 0x55] [info]   side data - Mastering display metadata: has_primaries:1",
  "[showinfo@times @ 0x55] [info]   side data - Content Light Level information: MaxCLL=1000",
  "[showinfo@times @ 0x55] [info] color_range:tv color_space:bt2020nc color_primaries:bt2020 color_trc:smpte2084",
  "[h264 @ 0x66] [error] Reference 3 >= 3",
  "[info] frame=    1 fps=0.0 q=-0.0 size=N/A   [showinfo@times @ 0x55] [info] n:   1 pts:  NOPTS pts_time:NOPTS  fmt:yuv420p sar:1/1 s:64x48 i:P iskey:0 type:B ",
  "[showinfo@times @ 0x55] [info] n:   2 pts:   1024 pts_time:0.08 duration:  512 fmt:yuv420p sar:1/1 s:64x48 i:P iskey:0 type:B ",
  "[mov,mp4 @ 0x77] [concat @ 0x78] [fatal] stream 0, offset 0x2546: partial file",
  "[error] a.mkv: something else",
].join("\n");

Deno.test("time stamps, the clock, the first frame and errors are read, whatever pieces the log comes in", async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.nat(log.length), { maxLength: 20 }), async (cuts) => {
    const child = new ChildLog("ffmpeg");
    const stamps: number[] = [];
    const at = [0, ...cuts.sort((a, b) => a - b), log.length];
    for (const [piece, from] of at.entries()) {
      child.push(log.slice(from, at[piece + 1] ?? log.length));
      stamps.push(...child.takeStamps());
    }
    child.end();
    stamps.push(...child.takeStamps());
    assert.deepEqual(stamps, [-512, NaN, 1024]);
    assert.deepEqual(child.clock, { timeBase: { num: 1, den: 12800 }, frameRate: { num: 24000, den: 1001 } });
    assert.deepEqual(await child.firstFrame, {
      range: "tv",
      matrix: "bt2020nc",
      primaries: "bt2020",
      transfer: "smpte2084",
      isInterlaced: true,
      masteringDisplay: true,
      contentLight: true,
    });
    assert.deepEqual([child.stamped, child.errors, child.saysCut], [3, 3, true]);
    assert.deepEqual(child.firstError, { text: "h264: Reference 3 >= 3", frames: 1 });
    assert.deepEqual(child.shownErrors, [
      "h264: Reference 3 >= 3",
      "concat: stream 0, offset 0x2546: partial file",
      "a.mkv: something else",
    ]);
  }));
});

Deno.test("no line makes memory grow, nor reaches a terminal as it is", () => {
  const child = new ChildLog("plain");
  child.push("x".repeat(1_000_000));
  child.push("\x1b[31m" + "y".repeat(100_000) + "\n");
  for (let n = 0; n < 10_000; n++) child.push(`error ${n}\n`);
  child.end();
  assert.equal(child.errors, 10_001);
  assert.equal(child.shownErrors.length, 3);
  assert.ok(child.shownErrors.every((line) => line.length < 250 && !line.includes("\x1b")));
  assert.equal(child.shownErrors.at(-1), "error 9999");
});

Deno.test("whatever a child says, what is counted are numbers in their order", () => {
  const words = fc.constantFrom(
    "[showinfo@times @ 0x1] [info] ",
    "n:   0 ",
    "n: 1 ",
    "pts: 5 ",
    "pts: NOPTS ",
    " i:P",
    "\n",
    "[error] ",
    "x",
  );
  fc.assert(fc.property(fc.array(words), (pieces) => {
    const child = new ChildLog("ffmpeg");
    child.push(pieces.join(""));
    child.end();
    const stamps = child.takeStamps();
    assert.equal(stamps.length, child.stamped);
    assert.ok(stamps.every((stamp) => Number.isNaN(stamp) || Number.isSafeInteger(stamp)));
  }));
});
