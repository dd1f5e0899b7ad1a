import assert from "node:assert/strict";
import type { ChildClaims, ChildCommand } from "../../../lib/pipe/child_command.ts";
import { ChildLog } from "../../../lib/pipe/child_log.ts";
import { judgeChild } from "../../../lib/pipe/child_verdict.ts";

const silent: ChildClaims = { frames: null, endSeconds: null };
const fine = { code: 0, signal: null, hung: false };

/** A log with so many frames and these lines behind them. */
function logOf(frames: number, ...lines: string[]): ChildLog {
  const log = new ChildLog("ffmpeg");
  for (let n = 0; n < frames; n++) log.push(`[showinfo@times @ 0x1] [info] n: ${n} pts: ${n} x i:P\n`);
  for (const line of lines) log.push(`${line}\n`);
  log.end();
  return log;
}

function judge(
  log: ChildLog,
  { claims = silent, end = fine, frames = 20, lastSeconds = 19, expectFrames }: {
    claims?: ChildClaims;
    end?: typeof fine | { code: number; signal: string | null; hung: boolean };
    frames?: number;
    lastSeconds?: number;
    expectFrames?: number;
  } = {},
) {
  const command: ChildCommand = { program: "ffmpeg", args: [], name: "ffmpeg", log: "ffmpeg", claims };
  return judgeChild(command, log, end, { frames, lastSeconds, expectFrames });
}

Deno.test("a container's claims alone make no fault", () => {
  const claims = { frames: 1000, endSeconds: 500 };
  assert.deepEqual(judge(logOf(20), { claims }), { fault: undefined, note: undefined });
});

Deno.test("how it ended counts before everything else", () => {
  const log = logOf(20, "[x @ 0x1] [error] why");
  assert.match(
    judge(log, { end: { ...fine, code: 3 } }).fault!,
    /^ffmpeg ended with exit code 3 after 20 frames: x: why$/,
  );
  assert.match(judge(log, { end: { code: 137, signal: "SIGKILL", hung: false } }).fault!, /ended by SIGKILL after 20/);
  assert.match(
    judge(log, { end: { code: 137, signal: "SIGKILL", hung: true } }).fault!,
    /gave no more after 20 frames and did not end/,
  );
});

Deno.test("what ends it before it has a log of its own is said, and what ffmpeg's log goes on with is not", () => {
  const ended = (...lines: string[]) => judge(logOf(20, ...lines), { end: { ...fine, code: 127 } }).fault!;
  const chatter = ["[info] Stream mapping:", "  Stream #0:0 -> #0:0", "[mov @ 0x1] [warning] odd"];
  assert.match(
    ended("ffmpeg: cannot open libavdevice.so", ...chatter),
    /20 frames: ffmpeg: cannot open libavdevice.so$/,
  );
  assert.match(ended("ffmpeg: cannot open libavdevice.so", "[error] why"), /20 frames: why$/);
  assert.match(ended(...chatter), /after 20 frames$/);
});

Deno.test("frames and time stamps are as many", () => {
  assert.match(judge(logOf(19)).fault!, /gave 20 frames and time stamps for 19/);
  assert.match(judge(logOf(21)).fault!, /gave 20 frames and time stamps for 21/);
});

Deno.test("errors beside too few frames are a fault that the user may overrule", () => {
  const log = logOf(20, "[h264 @ 0x1] [error] bad");
  assert.match(
    judge(log, { claims: { ...silent, frames: 21 } }).fault!,
    /20 of the 21 frames .*--expect-frames 20 says so$/,
  );
  assert.match(judge(log, { claims: { ...silent, endSeconds: 25 } }).fault!, /came to 19.0 of 25.0 seconds/);
  assert.equal(judge(log, { claims: { ...silent, endSeconds: 19.4 } }).fault, undefined);
  const { fault, note } = judge(log, { claims: { frames: 21, endSeconds: 25 }, expectFrames: 20 });
  assert.equal(fault, undefined);
  assert.equal(note, "ffmpeg reported 1 error at frame 20: h264: bad");
});

Deno.test("a file that says itself that it is cut off needs no claims", () => {
  assert.match(judge(logOf(20, "[matroska @ 0x1] [error] File ended prematurely")).fault!, /of a file that is cut off/);
});

Deno.test("what was to be read from elsewhere is the reason, however it ended and whatever is expected", () => {
  const log = logOf(
    20,
    "[http @ 0x1] [error] Protocol 'http' not on whitelist 'file,crypto,data'!",
    "[hls @ 0x1] [error] no",
  );
  for (const end of [fine, { code: 137, signal: "SIGKILL", hung: false }]) {
    assert.match(
      judge(log, { end, expectFrames: 20 }).fault!,
      /^it refers to what has to be fetched \(by http\), and only/,
    );
  }
});

Deno.test("an error beside a single frame is a fault: it may be about all there is", () => {
  const log = logOf(1, "[gif @ 0x1] [error] LZW decode failed");
  const given = { frames: 1, lastSeconds: 0 };
  assert.match(
    judge(log, given).fault!,
    /^the only frame that ffmpeg gave may be damaged: gif: LZW decode failed; where/,
  );
  assert.equal(judge(log, { ...given, expectFrames: 1 }).fault, undefined);
  assert.equal(judge(logOf(1), given).fault, undefined);
});

Deno.test("an error that quotes our own filter is an error like others", () => {
  const log = logOf(
    0,
    "[AVFilterGraph @ 0x1] [error] Error parsing a filter description around: ,showinfo@times=checksum=0",
  );
  assert.match(
    judge(log, { end: { ...fine, code: 234 }, frames: 0 }).fault!,
    /Error parsing a filter description around/,
  );
});
