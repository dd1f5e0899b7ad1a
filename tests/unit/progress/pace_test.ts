import assert from "node:assert/strict";
import { Pace } from "../../../lib/encode/pace.ts";

/** Samples `pace` every 250 ms from `from` to `to` (seconds) with `frames` as a function of time. */
function run(pace: Pace, from: number, to: number, frames: (seconds: number) => number, busySlots = 2) {
  for (let at = from; at <= to; at += 0.25) pace.sample(at * 1000, Math.floor(frames(at)), busySlots);
}

function near(actual: number | null, expected: number, tolerance: number) {
  assert.ok(actual !== null && Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected} ± ${tolerance}`);
}

Deno.test("Pace knows nothing before the first packet", () => {
  const pace = new Pace();
  assert.equal(pace.fps, null);
  run(pace, 0, 5, () => 0);
  assert.equal(pace.fps, null);
  assert.equal(pace.eta({ frames: 100, slots: 2, longestRunning: 0 }), null);
  near(pace.elapsed, 5, 1e-9);
});

Deno.test("Pace does not count the frames that were there at its first sample", () => {
  const pace = new Pace();
  run(pace, 100, 160, (at) => 5000 + (at - 100) * 10);
  near(pace.fps, 10, 0.2);
  near(pace.eta({ frames: 600, slots: 2, longestRunning: 0 }), 60, 2);
});

Deno.test("Pace follows a change of speed within its window", () => {
  const pace = new Pace();
  run(pace, 0, 60, (at) => at * 10);
  near(pace.fps, 10, 0.3);
  run(pace, 60.25, 80, (at) => 600 + (at - 60) * 40);
  near(pace.fps, 40, 1.5);
});

Deno.test("Pace looks back further when packets are rare", () => {
  const pace = new Pace();
  run(pace, 0, 600, (at) => at / 5);
  near(pace.fps, 0.2, 0.005);
});

Deno.test("Pace leaves the hours of a suspended process out", () => {
  const pace = new Pace();
  run(pace, 0, 60, (at) => at * 10);
  run(pace, 60 + 7200, 60 + 7200 + 10, (at) => 600 + (at - 7260) * 10);
  near(pace.fps, 10, 0.5);
  near(pace.elapsed, 70, 1);
  near(pace.eta({ frames: 1000, slots: 2, longestRunning: 0 }), 100, 5);
});

Deno.test("Pace counts a long gap in which the slots went on working", () => {
  const pace = new Pace();
  run(pace, 0, 60, (at) => at * 10);
  run(pace, 90, 100, (at) => at * 10);
  near(pace.fps, 10, 0.5);
  near(pace.elapsed, 100, 1);
});

Deno.test("Pace survives a clock that steps back", () => {
  const pace = new Pace();
  run(pace, 100, 130, (at) => (at - 100) * 10);
  run(pace, 50, 80, (at) => 300 + (at - 50) * 10);
  near(pace.fps, 10, 0.5);
  near(pace.elapsed, 60, 1);
});

Deno.test("Pace never shows a negative speed when a failed try takes its packets back", () => {
  const pace = new Pace();
  run(pace, 0, 30, (at) => at * 10);
  run(pace, 30.25, 31, (at) => at * 10 - 250);
  near(pace.fps, 10, 0.5);
});

Deno.test("Pace foresees that the longest running segment ends last", () => {
  const pace = new Pace();
  run(pace, 0, 60, (at) => at * 20, 4);
  near(pace.eta({ frames: 200, slots: 4, longestRunning: 50 }), 10, 0.5);
  near(pace.eta({ frames: 200, slots: 4, longestRunning: 180 }), 36, 1);
  assert.equal(pace.eta({ frames: null, slots: 4, longestRunning: 180 }), null);
  assert.equal(pace.eta({ frames: 0, slots: 4, longestRunning: 0 }), 0);
});

Deno.test("Pace reckons a slot's speed, so fewer slots near the end do not slow the estimate", () => {
  const pace = new Pace();
  run(pace, 0, 60, (at) => at * 20, 4);
  run(pace, 60.25, 100, (at) => 1200 + (at - 60) * 5, 1);
  near(pace.eta({ frames: 50, slots: 4, longestRunning: 50 }), 10, 0.5);
});
