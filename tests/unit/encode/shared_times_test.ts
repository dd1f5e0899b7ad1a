import assert from "node:assert/strict";
import { SharedTimes } from "../../../lib/encode/shared_times.ts";

const [one, other] = [{}, {}];

Deno.test("without workers this machine's slots count from the beginning to the end", () => {
  const times = new SharedTimes(2, 1000);
  times.set(1500, one, []);
  assert.equal(times.efficiency(3000, 3), 0.75);
  assert.equal(times.mostSlots, 2);
});

Deno.test("a worker's slots count while it gives any, to whichever run", () => {
  const times = new SharedTimes(1, 0);
  times.set(1000, one, [{ worker: "box", slots: 2, all: 4 }]);
  times.set(2000, other, [{ worker: "box", slots: 1, all: 4 }]);
  times.set(3000, one, []);
  times.set(4000, other, []);
  // 5 seconds of this machine, and of the worker 2, 3 and 1.
  assert.equal(times.efficiency(5000, 5.5), 0.5);
  assert.equal(times.mostSlots, 4);
});

Deno.test("runs that each count on a slot of a worker count no more than it has", () => {
  const times = new SharedTimes(0, 0);
  for (const run of [one, other, {}, {}]) {
    times.set(0, run, [{ worker: "box", slots: 1, all: 2 }, { worker: "den", slots: 1, all: 8 }]);
  }
  assert.equal(times.mostSlots, 6);
  assert.equal(times.efficiency(1000, 3), 0.5);
});

Deno.test("slots alone of workers that never came make no efficiency", () => {
  const times = new SharedTimes(0, 0);
  times.set(0, one, [{ worker: "box", slots: 0, all: 0 }]);
  assert.equal(times.efficiency(1000, 0), 0);
});
