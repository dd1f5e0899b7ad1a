import assert from "node:assert/strict";
import { parseCommandLine } from "../../../lib/cli/parse.ts";
import { statusFacts } from "../../../lib/cli/status_facts.ts";
import { statusText } from "../../../lib/cli/status_text.ts";
import { UsageError } from "../../../lib/errors.ts";
import type { StoreStatus } from "../../../lib/resume/store_status.ts";
import { identity } from "../resume/samples.ts";

const start = Date.UTC(2026, 10, 20, 20);
const minute = 60_000;

const status: StoreStatus = {
  beginning: {
    identity: identity({
      range: { skip: 5, frames: 300, limit: 0 },
      input: { size: 9, content: "ab", modified: 1, path: "/films/in.y4m" },
    }),
    output: "/films/out.ivf",
    mayReplace: false,
    begun: start,
  },
  plan: { decided: 200, keyframes: [0, 50, 100], complete: false },
  final: undefined,
  frames: 300,
  framesDone: 60,
  segmentsDone: 1,
  bytes: 2048,
  runs: 3,
  lastRun: { started: start, lastHeard: start + minute, ended: null, slots: 4, frames: 30 },
  begun: [{ segment: 1, first: 50, frames: 50, since: start }, {
    segment: 2,
    first: 100,
    frames: 100,
    since: start + minute,
  }],
  setAside: [{ segment: 1, first: 50, frames: 50, deaths: 3 }],
  damaged: [{ segment: 0, first: 0, frames: 50 }],
};

const moment = {
  output: "/films/out.ivf",
  store: "/films/out.ivf.rav1e-by-gop",
  outputBytes: undefined,
  now: start + 2 * minute,
};

Deno.test("status of an encode that runs counts from its start to now, and what a stop would lose", () => {
  const facts = statusFacts(status, { ...moment, running: true });
  assert.equal(facts.state, "running");
  assert.deepEqual(facts.frames, { done: 60, left: 240, known: 200, all: 300 });
  assert.deepEqual([facts.fraction, facts.lastRun.fps, facts.eta], [0.2, 0.25, 960]);
  assert.equal(facts.stopCostSlotMinutes, 3);
  assert.deepEqual(facts.running.map(({ firstFrame, lastFrame }) => [firstFrame, lastFrame]), [[55, 104], [105, 204]]);
  assert.equal(facts.command, "rav1e-by-gop --speed 6 --quantizer 100 --skip 5 -o /films/out.ivf /films/in.y4m");
});

Deno.test("status of an encode that was killed counts to when it was last heard of, and loses nothing more", () => {
  const facts = statusFacts(status, { ...moment, running: false });
  assert.deepEqual([facts.state, facts.lastRun.ended, facts.lastRun.seconds], ["interrupted", "killed", 60]);
  assert.deepEqual([facts.running, facts.stopCostSlotMinutes, facts.eta], [[], 0, null]);
});

Deno.test("status of a clock that was set back has no negative times", () => {
  const facts = statusFacts(status, { ...moment, now: start - minute, running: true });
  assert.deepEqual([facts.lastRun.seconds, facts.lastRun.fps, facts.stopCostSlotMinutes], [0, null, 0]);
});

Deno.test("status of a pipe that has not ended knows no whole", () => {
  const facts = statusFacts({ ...status, frames: null }, { ...moment, running: true });
  assert.deepEqual([facts.frames.left, facts.fraction, facts.eta], [null, null, null]);
  assert.match(statusText(facts), /frames +60 of \? done\n/);
});

Deno.test("statusText() says everything in lines that fit together", () => {
  const lines = statusText(statusFacts(status, { ...moment, running: true })).split("\n");
  assert.equal(lines[0], "/films/out.ivf: running");
  assert(lines.includes("  frames      60 of 300 done, 20.0 %"));
  assert(lines.includes("  segments    1 of 3 done, more to be found"));
  assert(lines.includes("  at work     55-104, 105-204"));
  assert(lines.includes("  a stop now  loses 3.00 minutes of slots"));
  assert(lines.includes("  left out    frames 55-104: the process died there 3 times; --resume tries again"));
  assert(lines.includes("  damaged     frames 5-54: to be encoded again"));
});

Deno.test("parseCommandLine() takes status and its options", () => {
  const plain = { command: "status", output: "out.ivf", stateDir: undefined, json: false };
  assert.deepEqual(parseCommandLine(["status", "out.ivf"]), plain);
  assert.deepEqual(parseCommandLine(["status", "--json", "out.ivf"]), { ...plain, json: true });
  for (const words of [["--state-dir", "s"], ["--state-dir=s"]]) {
    assert.deepEqual(parseCommandLine(["status", "out.ivf", ...words]), { ...plain, stateDir: "s" });
  }
  assert.deepEqual(parseCommandLine(["status", "--", "--json"]), { ...plain, output: "--json" });
});

const refused: [string[], RegExp][] = [
  [[], /no output; say rav1e-by-gop status OUTPUT\.ivf/],
  [["a.ivf", "b.ivf"], /output given twice, a\.ivf and b\.ivf/],
  [["-"], /standard output has no resume file/],
  [["a.ivf", "--state-dir"], /--state-dir needs a directory/],
  [["a.ivf", "--speed", "6"], /unknown option --speed; status takes --state-dir DIR and --json/],
];
for (const [words, expected] of refused) {
  Deno.test(`parseCommandLine() refuses status ${words.join(" ")}`, () => {
    assert.throws(() => parseCommandLine(["status", ...words]), (error: Error) => {
      assert(error instanceof UsageError);
      assert.match(error.message, expected);
      return true;
    });
  });
}
