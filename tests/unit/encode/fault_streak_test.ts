import assert from "node:assert/strict";
import { FaultStreak } from "../../../lib/encode/fault_streak.ts";

Deno.test("FaultStreak makes a worker wait from the third fault in a row on, twice as long each time, to a limit", () => {
  const streak = new FaultStreak();
  const waits: number[] = [];
  for (let fault = 0, nowMs = 0; fault < 12; fault++, nowMs += 1e6) {
    streak.fault(fault, nowMs, nowMs);
    waits.push(streak.pausedUntilMs - nowMs);
  }
  assert.deepEqual(waits.slice(0, 5), [-Infinity, -Infinity, 5_000, 10_000, 20_000]);
  assert.deepEqual(waits.slice(-2), [300_000, 300_000]);
  assert.equal(streak.isOnTrial, true);
});

Deno.test("FaultStreak counts all that fell with a lost connection as one fault", () => {
  const streak = new FaultStreak();
  for (let segment = 0; segment < 8; segment++) streak.fault(segment, 100 + segment, 5_000);
  assert.equal(streak.isOnTrial, false);
  streak.fault(8, 5_000, 5_001);
  streak.fault(9, 5_001, 5_002);
  assert.equal(streak.isOnTrial, true);
});

Deno.test("FaultStreak forgets faults with a segment that was finished", () => {
  const streak = new FaultStreak();
  for (const nowMs of [1, 2, 3]) streak.fault(nowMs, nowMs, nowMs);
  streak.success();
  assert.deepEqual([streak.isOnTrial, streak.pausedUntilMs], [false, -Infinity]);
});

Deno.test("FaultStreak blames a segment where the worker finished others and fails at that one alone", () => {
  const streak = new FaultStreak();
  assert.equal(streak.fault(7, 1, 1), false);
  streak.success();
  assert.deepEqual([streak.fault(7, 2, 2), streak.fault(7, 3, 3)], [true, true]);
  assert.deepEqual([streak.fault(8, 4, 4), streak.fault(7, 5, 5)], [false, false]);
  streak.success();
  assert.equal(streak.fault(8, 6, 6), true);
});
