import assert from "node:assert/strict";
import { RunTimes } from "../../../lib/encode/run_times.ts";

Deno.test("RunTimes sets the useful seconds against all slots' time to the last commit", () => {
  const times = new RunTimes();
  times.begin(5_000, 2);
  times.commit(8_000, 3);
  times.commit(9_000, 4);
  times.commit(15_000, 6);
  assert.deepEqual(times.summary(), {
    wallSeconds: 10,
    usefulSeconds: 13,
    efficiency: 0.65,
    withheldSeconds: 0,
    copySeconds: 0,
    boundSeconds: 6.5,
  });
});

Deno.test("RunTimes bounds the time by the longest segment where that is more than a slot's share", () => {
  const times = new RunTimes();
  times.begin(0, 8);
  times.commit(30_000, 30);
  times.commit(31_000, 2);
  assert.equal(times.summary().boundSeconds, 30);
});

Deno.test("RunTimes counts withheld slots by how many and how long, to the last commit", () => {
  const times = new RunTimes();
  times.begin(0, 4);
  times.withhold(1_000, 2);
  times.withhold(4_000, 1);
  times.withhold(6_000, 0);
  times.withhold(9_000, 3);
  times.commit(10_000, 10);
  assert.equal(times.summary().withheldSeconds, 2 * 3 + 1 * 2 + 3 * 1);
});

Deno.test("RunTimes counts nothing withheld after the last commit", () => {
  const times = new RunTimes();
  times.begin(0, 4);
  times.commit(10_000, 10);
  times.withhold(11_000, 2);
  assert.equal(times.summary().withheldSeconds, 0);
});

Deno.test("RunTimes never gives more than all of the time, and no number that is none", () => {
  const times = new RunTimes();
  times.begin(0, 1);
  assert.deepEqual([times.summary().efficiency, times.summary().wallSeconds], [0, 0]);
  // The clocks of threads differ by what a message takes.
  times.commit(1_000, 1.001);
  assert.equal(times.summary().efficiency, 1);
});

Deno.test("RunTimes counts slots while they are there, to the last commit", () => {
  const times = new RunTimes();
  times.begin(0, 0);
  times.setSlots(2_000, 4);
  times.setSlots(6_000, 1);
  times.commit(10_000, 10);
  times.setSlots(11_000, 8);
  const { efficiency, wallSeconds, boundSeconds } = times.summary();
  assert.deepEqual([efficiency, wallSeconds, boundSeconds], [0.5, 10, 10]);
  assert.equal(times.mostSlots, 8);
});

Deno.test("RunTimes counts what copies took beside the efficiency", () => {
  const times = new RunTimes();
  times.begin(0, 2);
  times.addCopy(3);
  times.addCopy(0.5);
  times.commit(10_000, 10);
  assert.deepEqual([times.summary().copySeconds, times.summary().efficiency], [3.5, 0.5]);
});
