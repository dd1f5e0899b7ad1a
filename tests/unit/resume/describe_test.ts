import assert from "node:assert/strict";
import { describeRestored, localTime } from "../../../lib/resume/describe.ts";
import type { Restored } from "../../../lib/resume/opening.ts";
import { plan, segment } from "./samples.ts";

function said(changes: Partial<Restored> = {}, putsOff = true): string[] {
  const segments = [0, 2].map((index) => ({ ...segment(index), bytes: 1000, run: 1, finished: 0 }));
  const restored: Restored = {
    plan: plan(8),
    segments,
    damaged: [],
    mended: false,
    setAside: [],
    runLast: [],
    blamed: [],
    slotLimit: null,
    memoryWasShort: false,
    input: "same",
    runs: 1,
    begun: 0,
    final: undefined,
    ...changes,
  };
  return describeRestored(restored, { skip: 5, frames: 80, putsOff }).map(({ text }) => text);
}

const first = `continuing: 20 of 80 frames (2 segments) were finished since ${localTime(0)}; --restart begins anew`;

Deno.test("what goes on as it should is said in one line that names --restart", () => {
  assert.deepEqual(said(), [first]);
});

Deno.test("damage is said with its frames", () => {
  assert.deepEqual(said({ damaged: [1, 2], mended: true }), [
    first,
    "the resume file is damaged: 2 segments (frames 15-34) are encoded again",
  ]);
  assert.deepEqual(said({ mended: true })[1], "the resume file was damaged and has been mended; nothing is lost");
});

Deno.test("slots that memory took are said, and where that comes from", () => {
  assert.equal(
    said({ memoryWasShort: true, slotLimit: 3 })[1],
    "the last run ended for want of memory: at most 3 slots from now on",
  );
  assert.equal(said({ slotLimit: 1 })[1], "at most 1 slot: an earlier run ended for want of memory");
});

Deno.test("segments that crashes are blamed on are said with their frames and the way back", () => {
  assert.deepEqual(said({ blamed: [3, 4], setAside: [4], runLast: [3] }).slice(1), [
    "the last run died at frames 35-44; they are encoded last",
    "frames 45-54 are left out: the process has died there 3 times; --resume tries them again",
  ]);
  assert.deepEqual(said({ blamed: [3] }, false)[1], "the last run died at frames 35-44");
});
