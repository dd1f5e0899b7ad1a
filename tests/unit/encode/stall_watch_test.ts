import assert from "node:assert/strict";
import fc from "fast-check";
import {
  defaultStallSeconds,
  type SlotProgress,
  StallWatch,
  timesTheSlowest,
} from "../../../lib/encode/stall_watch.ts";

const at = (steps: number, waiting = false): SlotProgress => ({ steps, waiting });

/** Looks every half second from `fromMs` for so many seconds; gives when each slot was first named, in seconds. */
function lookFor(
  watch: StallWatch,
  fromMs: number,
  seconds: number,
  slots: (second: number) => (SlotProgress | undefined)[],
) {
  const named = new Map<number, number>();
  for (let ms = 0; ms <= seconds * 1000; ms += 500) {
    for (const slot of watch.look(fromMs + ms, slots(ms / 1000))) if (!named.has(slot)) named.set(slot, ms / 1000);
  }
  return named;
}

Deno.test("StallWatch names a slot after the seconds that were asked for, and no other", () => {
  const named = lookFor(new StallWatch(10), 5000, 30, (second) => [at(7), at(Math.floor(second)), undefined]);
  assert.deepEqual([...named], [[0, 10]]);
});

Deno.test("StallWatch has patience with a slot that waits for frames", () => {
  assert.deepEqual([...lookFor(new StallWatch(5), 0, 60, () => [at(3, true)])], []);
  const resumed = lookFor(new StallWatch(5), 0, 60, (second) => [at(3, second < 20)]);
  assert.deepEqual([...resumed], [[0, 24.5]]);
});

Deno.test("StallWatch tells how long a slot has been without progress, that of waiting for frames left out", () => {
  const watch = new StallWatch(undefined);
  lookFor(watch, 0, 20, (second) => [at(second < 5 ? second : 5), at(1, second < 12), undefined]);
  assert.deepEqual([0, 1, 2].map((slot) => watch.idleMs(slot)), [15_000, 8_500, 0]);
  watch.restart(0);
  assert.equal(watch.idleMs(0), 0);
});

Deno.test("StallWatch without a limit of the user's own follows the slowest step, and is never below its default", () => {
  assert.equal([...lookFor(new StallWatch(undefined), 0, 1000, () => [at(1)])][0]?.[1], defaultStallSeconds);
  const slow = new StallWatch(undefined);
  const step = 100;
  lookFor(slow, 0, 3 * step, (second) => [at(Math.floor(second / step))]);
  assert(Math.abs(slow.limitSeconds - timesTheSlowest * step) <= timesTheSlowest, `${slow.limitSeconds}`);
});

Deno.test("StallWatch does not count time in which nothing ran, however long and however often", () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 60_000, max: 10 ** 9 }), { maxLength: 8 }), (pauses) => {
    const watch = new StallWatch(30);
    let ms = 0;
    for (const pause of pauses) {
      assert.deepEqual(watch.look(ms, [at(1)]), []);
      ms += pause;
    }
  }));
  // Also where the clock was set back.
  const watch = new StallWatch(2);
  assert.deepEqual([watch.look(9000, [at(1)]), watch.look(1000, [at(1)]), watch.look(1500, [at(1)])], [[], [], []]);
});

Deno.test("StallWatch starts anew with each segment", () => {
  const watch = new StallWatch(4);
  lookFor(watch, 0, 3, () => [at(5)]);
  watch.restart(0);
  assert.deepEqual([...lookFor(watch, 3500, 3, () => [at(5)])], []);
});
