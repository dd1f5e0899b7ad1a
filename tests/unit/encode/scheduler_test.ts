import assert from "node:assert/strict";
import fc from "fast-check";
import { Plan } from "../../../lib/encode/plan.ts";
import { maximumAttempts, Scheduler } from "../../../lib/encode/scheduler.ts";
import { completePlan } from "./plans.ts";

/** The segments that `next` gives until it gives none. */
function drain(scheduler: Scheduler): number[] {
  const order: number[] = [];
  for (let given; (given = scheduler.next()) !== undefined;) order.push(given.segment.index);
  return order;
}

/** Segments 0 to 2 closed with 5, 30 and 10 frames, segment 3 open with 40 known. */
function growing(): Plan {
  const plan = new Plan();
  plan.advance({ decided: 85, keyframes: [0, 5, 35, 45], complete: false });
  return plan;
}

Deno.test("Scheduler gives segments in order while the plan grows, and the open one only when nothing else is left", () => {
  assert.deepEqual(drain(new Scheduler(growing())), [0, 1, 2, 3]);
});

Deno.test("Scheduler prefers a closed segment that came later over the open one", () => {
  const plan = growing();
  const scheduler = new Scheduler(plan);
  for (let slot = 0; slot < 3; slot++) scheduler.next();
  plan.advance({ decided: 100, keyframes: [90], complete: false });
  assert.equal(scheduler.next()!.segment.index, 3);
  assert.equal(scheduler.next()!.segment.index, 4);
  assert.equal(scheduler.next(), undefined);
});

Deno.test("Scheduler gives the longest segment first once the plan is complete, the earlier of equals", () => {
  const plan = growing();
  const scheduler = new Scheduler(plan);
  assert.equal(scheduler.next()!.segment.index, 0);
  plan.advance({ decided: 120, keyframes: [90], complete: true });
  assert.deepEqual(drain(scheduler), [3, 1, 4, 2]);
  assert.deepEqual(drain(new Scheduler(completePlan([7, 9, 9, 7]))), [1, 2, 0, 3]);
});

Deno.test("Scheduler gives the open segment as it is known, and the same one never twice when it closes", () => {
  const plan = new Plan();
  plan.advance({ decided: 4, keyframes: [0], complete: false });
  const scheduler = new Scheduler(plan);
  assert.deepEqual(scheduler.next()!.segment, { index: 0, first: 0, frames: null });
  plan.advance({ decided: 9, keyframes: [], complete: true });
  assert.equal(scheduler.next(), undefined);
  assert.equal(scheduler.finished, false);
  scheduler.commit(0);
  assert.equal(scheduler.finished, true);
});

Deno.test("Scheduler gives a failed segment again before those not begun, counting its tries", () => {
  const growingFirst = new Scheduler(growing());
  const first = growingFirst.next()!;
  assert.deepEqual([first.segment.index, first.attempt], [0, 1]);
  growingFirst.next();
  assert.equal(growingFirst.fail(0, "panic"), true);
  const again = growingFirst.next()!;
  assert.deepEqual([again.segment.index, again.attempt], [0, 2]);

  const complete = new Scheduler(completePlan([5, 50, 20]));
  assert.equal(complete.next()!.segment.index, 1);
  complete.fail(1, "panic");
  assert.equal(complete.next()!.segment.index, 1);
});

Deno.test("Scheduler abandons a segment after its third failure and keeps the reasons", () => {
  const scheduler = new Scheduler(completePlan([5, 50]));
  assert.equal(maximumAttempts, 3);
  for (const attempt of [1, 2, 3]) {
    const given = scheduler.next()!;
    assert.deepEqual([given.segment.index, given.attempt], [1, attempt]);
    assert.equal(scheduler.fail(1, `reason ${attempt}`), attempt < 3);
  }
  assert.deepEqual(drain(scheduler), [0]);
  assert.deepEqual(scheduler.abandoned, [
    { segment: { index: 1, first: 5, frames: 50 }, failures: ["reason 1", "reason 2", "reason 3"] },
  ]);
  assert.equal(scheduler.finished, false);
  scheduler.commit(0);
  assert.deepEqual([scheduler.finished, scheduler.committed], [true, 1]);
});

Deno.test("Scheduler counts no try for a segment that was taken back, however often", () => {
  const scheduler = new Scheduler(completePlan([5]));
  for (let round = 0; round < 10; round++) {
    assert.equal(scheduler.next()!.attempt, 1);
    scheduler.release(0);
  }
  scheduler.next();
  scheduler.fail(0, "one");
  assert.equal(scheduler.next()!.attempt, 2);
  scheduler.release(0);
  assert.equal(scheduler.next()!.attempt, 2);
  assert.equal(scheduler.fail(0, "two"), true);
  scheduler.next();
  assert.equal(scheduler.fail(0, "three"), false);
});

Deno.test("Scheduler counts a segment as started once, taken back or failed in between", () => {
  const scheduler = new Scheduler(completePlan([5, 4]));
  scheduler.next();
  scheduler.release(0);
  scheduler.next();
  scheduler.fail(0, "");
  scheduler.next();
  assert.equal(scheduler.started, 1);
  scheduler.next();
  assert.equal(scheduler.started, 2);
});

Deno.test("Scheduler accepts one result of a segment and refuses the second", () => {
  const scheduler = new Scheduler(completePlan([5]));
  scheduler.next();
  assert.equal(scheduler.commit(0), true);
  assert.equal(scheduler.commit(0), false);
  assert.equal(scheduler.committed, 1);
  assert.equal(scheduler.fail(0, "late"), false);
  scheduler.release(0);
  assert.equal(scheduler.next(), undefined);
  assert.deepEqual([scheduler.finished, scheduler.abandoned], [true, []]);
});

Deno.test("Scheduler is not finished while the plan can grow, and finished at once for an empty one", () => {
  const plan = new Plan();
  const scheduler = new Scheduler(plan);
  assert.deepEqual([scheduler.next(), scheduler.finished], [undefined, false]);
  plan.advance({ decided: 4, keyframes: [0, 2], complete: false });
  for (const index of drain(scheduler)) scheduler.commit(index);
  assert.equal(scheduler.finished, false);
  plan.advance({ decided: 4, keyframes: [], complete: true });
  assert.equal(scheduler.finished, true);
  assert.equal(new Scheduler(completePlan([])).finished, true);
});

Deno.test("Scheduler refuses a segment that the plan does not have", () => {
  const scheduler = new Scheduler(completePlan([5]));
  for (const index of [1, -1, 0.5]) {
    assert.throws(() => scheduler.commit(index), TypeError);
    assert.throws(() => scheduler.fail(index, ""), TypeError);
    assert.throws(() => scheduler.release(index), TypeError);
  }
});

Deno.test("Scheduler gives out nothing that an earlier run has finished, and is finished with it", () => {
  const scheduler = new Scheduler(completePlan([10, 30, 20]));
  scheduler.restore(1);
  assert.deepEqual([scheduler.committed, scheduler.started], [1, 1]);
  assert.deepEqual(drain(scheduler), [2, 0]);
  scheduler.commit(0);
  scheduler.commit(2);
  assert.equal(scheduler.finished, true);
});

Deno.test("Scheduler does not begin a segment that was finished before, while it is still open", () => {
  const plan = new Plan();
  const scheduler = new Scheduler(plan);
  plan.advance({ decided: 5, keyframes: [0], complete: false });
  scheduler.restore(0);
  assert.equal(scheduler.next(), undefined);
  plan.advance({ decided: 20, keyframes: [12], complete: false });
  assert.equal(scheduler.next()?.segment.index, 1);
});

Deno.test("Scheduler is finished without a segment that an earlier run has finished and that was cut off", () => {
  for (
    const end of [(scheduler: Scheduler) => scheduler.restore(3), (one: Scheduler) => one.setAside(3, "it failed")]
  ) {
    const plan = growing();
    const scheduler = new Scheduler(plan);
    for (const index of [0, 1, 2]) scheduler.restore(index);
    end(scheduler);
    plan.cut(3);
    scheduler.cutOff();
    assert.deepEqual([scheduler.finished, scheduler.committed, scheduler.abandoned], [true, 3, []]);
  }
});

Deno.test("Scheduler begins suspected segments when no other waits, and one that was set aside never", () => {
  const scheduler = new Scheduler(completePlan([10, 90, 20, 80]), [1]);
  scheduler.setAside(3, "it took the process down 3 times");
  assert.deepEqual(scheduler.upcoming(9), [2, 0, 1]);
  assert.deepEqual(drain(scheduler), [2, 0, 1]);
  for (const index of [0, 1, 2]) scheduler.commit(index);
  assert.deepEqual([scheduler.finished, scheduler.abandoned.map(({ segment }) => segment.index)], [true, [3]]);
});

Deno.test("Scheduler foretells its order and takes nothing by that", () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 30 }), (frames) => {
    const scheduler = new Scheduler(completePlan(frames));
    const foretold = scheduler.upcoming(frames.length);
    assert.equal(scheduler.peek(), foretold[0]);
    assert.deepEqual(drain(scheduler), foretold);
  }));
});

Deno.test("Scheduler takes the first result of several tries, and the others' ends change nothing", () => {
  const scheduler = new Scheduler(completePlan([5]));
  for (const machine of [1, 2, 0]) scheduler.begin(0, machine);
  assert.equal(scheduler.isWorthACopy(0), false);
  assert.deepEqual([scheduler.arrive(0), scheduler.arrive(0), scheduler.isOver(0)], [true, false, true]);
  assert.throws(() => scheduler.begin(0, 1), TypeError);
  scheduler.fail(0, "late", 1);
  scheduler.lose(0, 2, { crashed: "yes" }, "late");
  scheduler.release(0);
  assert.equal(scheduler.finished, false);
  assert.equal(scheduler.commit(0), true);
  assert.deepEqual([scheduler.finished, scheduler.abandoned], [true, []]);
});

Deno.test("Scheduler thinks a segment worth a copy after one doubtful loss, and not where it could be the third death", () => {
  const scheduler = new Scheduler(completePlan([5]));
  for (const machine of [1, 2]) scheduler.begin(0, machine);
  assert.equal(scheduler.isWorthACopy(0), true);
  scheduler.lose(0, 2, { crashed: "unknown" }, "its worker is gone");
  assert.equal(scheduler.isWorthACopy(0), true, "one is at it, one may have died of it");
  scheduler.begin(0, 3);
  assert.equal(scheduler.isWorthACopy(0), false, "two are at it, one may have died of it");
  scheduler.lose(0, 3, { crashed: "unknown" }, "its worker is gone");
  assert.equal(scheduler.isWorthACopy(0), false, "two may have died of it");
  scheduler.crashKnown(0, false);
  scheduler.crashKnown(0, false);
  assert.equal(scheduler.isWorthACopy(0), true);
});

Deno.test("Scheduler lets a segment wait only when the last try at it has ended", () => {
  const scheduler = new Scheduler(completePlan([5]));
  scheduler.begin(0, 1);
  scheduler.begin(0, 2);
  assert.deepEqual([scheduler.fail(0, "one", 1), scheduler.isWaiting(0)], [true, false]);
  scheduler.release(0);
  assert.equal(scheduler.isWaiting(0), true);
});

Deno.test("Scheduler counts nothing for a try that was lost with its worker, and never gives it up for that", () => {
  const scheduler = new Scheduler(completePlan([5]), [], false);
  for (let round = 0; round < 20; round++) {
    assert.equal(scheduler.begin(0, 1).attempt, 1);
    assert.equal(scheduler.lose(0, 1, { crashed: "no" }, "gone"), true);
    assert.equal(scheduler.peek({ machine: 1 }), 0);
  }
});

Deno.test("Scheduler gives what a worker did not get on with to others, and to that one only where there is no other", () => {
  const scheduler = new Scheduler(completePlan([5]));
  scheduler.begin(0, 1);
  assert.equal(scheduler.lose(0, 1, { crashed: "no", isStalled: true }, "not begun"), true);
  assert.deepEqual([scheduler.peek({ machine: 1 }), scheduler.peek({ machine: 2 })], [undefined, 0]);
  assert.equal(scheduler.peek({ machine: 1, again: true }), 0);
  assert.equal(scheduler.next()!.attempt, 1);
});

Deno.test("Scheduler gives what took three workers down to this machine alone, which has three tries of its own", () => {
  const scheduler = new Scheduler(completePlan([5]));
  for (const machine of [1, 2, 3]) {
    assert.equal(scheduler.peek({ machine }), 0);
    scheduler.begin(0, machine);
    assert.equal(scheduler.lose(0, machine, { crashed: "yes" }, "it crashed"), true);
  }
  assert.equal(scheduler.peek({ machine: 4, again: true }), undefined);
  for (const attempt of [1, 2, 3]) {
    assert.equal(scheduler.next()!.attempt, attempt);
    assert.equal(scheduler.fail(0, "panic"), attempt < 3);
  }
  assert.equal(scheduler.abandoned[0]!.failures.length, 6);
});

Deno.test("Scheduler counts a crash that is not known yet until it is", () => {
  const scheduler = new Scheduler(completePlan([5]), [], false);
  for (const machine of [1, 2, 3]) {
    scheduler.begin(0, machine);
    scheduler.lose(0, machine, { crashed: "unknown" }, "gone");
  }
  assert.deepEqual([scheduler.peek({ machine: 4 }), scheduler.held, scheduler.isHeldUp], [undefined, [0], true]);
  assert.equal(scheduler.crashKnown(0, false), true);
  assert.deepEqual([scheduler.peek({ machine: 4 }), scheduler.held, scheduler.isHeldUp], [0, [], false]);
  assert.equal(scheduler.crashKnown(0, true), true);
  assert.equal(scheduler.crashKnown(0, true), true);
  scheduler.begin(0, 4);
  assert.equal(scheduler.lose(0, 4, { crashed: "yes" }, "it crashed"), false);
  assert.equal(scheduler.finished, true);
});

Deno.test("Scheduler counts a try that was taken back as a crash until it is known to be none", () => {
  const scheduler = new Scheduler(completePlan([5]), [], false);
  for (const machine of [1, 2]) {
    scheduler.begin(0, machine);
    scheduler.lose(0, machine, { crashed: "yes" }, "it crashed");
  }
  scheduler.begin(0, 3);
  scheduler.crashSuspected(0);
  scheduler.release(0);
  assert.deepEqual([scheduler.peek({ machine: 4 }), scheduler.held], [undefined, [0]]);
  assert.equal(scheduler.crashKnown(0, false), true);
  assert.equal(scheduler.peek({ machine: 4 }), 0);
});

Deno.test("Scheduler lets no worker take over from another what may be the third end of one", () => {
  const scheduler = new Scheduler(completePlan([5]), [], false);
  for (const crashes of [0, 1, 2]) {
    scheduler.begin(0, 1);
    assert.equal(scheduler.mayTakeOver(0, { machine: 2 }, 1), crashes < 2, `${crashes}`);
    scheduler.lose(0, 3, { crashed: "yes" }, "it crashed");
  }
});

Deno.test("Scheduler gives up what is held as soon as three crashes are known", () => {
  const scheduler = new Scheduler(completePlan([5]), [], false);
  for (const machine of [1, 2, 3]) {
    scheduler.begin(0, machine);
    scheduler.lose(0, machine, { crashed: "unknown" }, "gone");
  }
  assert.deepEqual([1, 2, 3].map(() => scheduler.crashKnown(0, true)), [true, true, false]);
  assert.equal(scheduler.abandoned.length, 1);
});

Deno.test("Scheduler knows how many frames wait, whatever begins, comes back and ends", () => {
  const scheduler = new Scheduler(completePlan([5, 50, 20]));
  assert.equal(scheduler.waitingFrames, 75);
  scheduler.next();
  assert.equal(scheduler.waitingFrames, 25);
  scheduler.release(1);
  scheduler.setAside(0, "it is bad");
  scheduler.restore(2);
  assert.equal(scheduler.waitingFrames, 50);
});

Deno.test("Scheduler gives nothing up for a worker that fails at everything, until one that does not has failed at it too", () => {
  const scheduler = new Scheduler(completePlan([5]), [], false);
  const failOn = (machine: number, isSegments: boolean) => {
    scheduler.begin(0, machine);
    return scheduler.fail(0, "no space is left", machine, isSegments);
  };
  for (let round = 0; round < 5; round++) assert.equal(failOn(1, false), true);
  assert.equal(failOn(2, true), true);
  assert.equal(failOn(1, false), true);
  assert.equal(failOn(2, true), false);
  assert.equal(scheduler.abandoned[0]!.failures.length, 8);
});

Deno.test("Scheduler counts one crash of a worker that crashes at everything", () => {
  const scheduler = new Scheduler(completePlan([5]), [], false);
  const crashOn = (machine: number, crashed: "yes" | "unknown") => {
    scheduler.begin(0, machine);
    const again = scheduler.lose(0, machine, { crashed, isSegments: false }, "it crashed");
    return crashed === "unknown" ? scheduler.crashKnown(0, true) : again;
  };
  for (let round = 0; round < 5; round++) assert.equal(crashOn(1, round % 2 === 0 ? "yes" : "unknown"), true);
  assert.equal(crashOn(2, "unknown"), true);
  assert.equal(crashOn(3, "yes"), false);
});
