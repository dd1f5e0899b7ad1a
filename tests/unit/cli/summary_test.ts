import assert from "node:assert/strict";
import { summaryFacts, summaryText } from "../../../lib/cli/summary.ts";
import type { EncodeSummary } from "../../../lib/encode/encode_job.ts";

const summary: EncodeSummary = {
  frames: 250,
  bytes: 1_000_000,
  keptFrames: 0,
  cutShort: undefined,
  segments: 12,
  slots: 4,
  abandoned: [],
  wallSeconds: 20,
  usefulSeconds: 76,
  efficiency: 0.95,
  withheldSeconds: 0,
  copySeconds: 0,
  machines: [],
  packingCpuSeconds: 0,
  boundSeconds: 19,
  firstFrameSentAt: 1_700_000_000_000,
};

Deno.test("summaryFacts() counts bits over the video's own time and frames over the run's", () => {
  const facts = summaryFacts("out.ivf", summary, 1_003_032, 25);
  assert.deepEqual([facts.kbps, facts.fps, facts.seconds], [800, 12.5, 20]);
  assert.deepEqual([facts.packetBytes, facts.fileBytes], [1_000_000, 1_003_032]);
  assert.deepEqual([facts.efficiency, facts.usefulSeconds, facts.boundSeconds], [0.95, 76, 19]);
});

Deno.test("summaryFacts() are numbers even when no time has passed", () => {
  const facts = summaryFacts("out.ivf", { ...summary, wallSeconds: 0, efficiency: 0 }, 1_003_032, 25);
  const numbers = Object.entries(facts).filter(([name]) => name !== "output");
  assert.ok(numbers.every(([, value]) => Number.isFinite(value)), JSON.stringify(facts));
});

Deno.test("summaryText() says it all in one line", () => {
  assert.equal(
    summaryText(summaryFacts("out.ivf", summary, 1_003_032, 25)),
    "'out.ivf': 250 frames, 1003032 bytes, 800.0 kbit/s, 12.50 fps, 12 segments, 4 slots 95 % efficient",
  );
});

Deno.test("summaryText() says what was withheld for memory where it was anything", () => {
  const text = (withheldSeconds: number) => summaryText(summaryFacts("a.ivf", { ...summary, withheldSeconds }, 1, 25));
  assert.doesNotMatch(text(0.9), /withheld/);
  assert.match(text(42.4), / 95 % efficient \(42 slot-seconds withheld for memory\)$/);
});

Deno.test("summaryText() names standard output, and no terminal obeys the output's name", () => {
  assert.match(summaryText(summaryFacts("-", summary, 1, 25)), /^standard output: /);
  const text = summaryText(summaryFacts("a\n\x1b[2Jb.ivf", summary, 1, 25));
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(text, /[\x00-\x1f]/);
});

Deno.test("summaryFacts() counts the speed of this run alone, and the text tells what was there before", () => {
  const facts = summaryFacts("out.ivf", { ...summary, keptFrames: 150, firstFrameSentAt: Infinity }, 1_003_032, 25);
  assert.deepEqual([facts.frames, facts.fps, facts.kbps, facts.firstFrameSentAt], [250, 5, 800, null]);
  assert.match(summaryText(facts), /^'out\.ivf': 250 frames \(150 of them before\), /);
});

Deno.test("summaryText() says no speed where nothing was left to encode", () => {
  assert.doesNotMatch(summaryText(summaryFacts("out.ivf", { ...summary, keptFrames: 250 }, 1, 25)), /fps/);
});

Deno.test("summaryText() has a line for each machine where there were workers, and the facts have them", () => {
  const machines = [
    { worker: null, segments: 4, frames: 100, seconds: 30, bytesSent: 0, bytesReceived: 0, faults: 0 },
    {
      worker: "b\x1bx:1",
      segments: 8,
      frames: 150,
      seconds: 46,
      bytesSent: 3 << 20,
      bytesReceived: 1 << 20,
      faults: 1,
    },
  ];
  const facts = summaryFacts("out.ivf", { ...summary, machines, copySeconds: 3.2, packingCpuSeconds: 0.7 }, 1, 25);
  assert.deepEqual(facts.machines?.map(({ fps }) => fps), [5, 7.5]);
  const [first, ...lines] = summaryText(facts).split("\n");
  assert.match(first!, / 95 % efficient, 3 slot-seconds of second copies, 0\.7 CPU-seconds of packing for workers$/);
  assert.deepEqual(lines, [
    "  this machine: 4 segments, 100 frames, 5.00 fps",
    "  b\\u{1b}x:1: 8 segments, 150 frames, 7.50 fps, 3.00 MiB sent, 1.00 MiB received, 1 fault",
  ]);
  assert.equal("machines" in summaryFacts("out.ivf", summary, 1, 25), false);
});
