import assert from "node:assert/strict";
import fc from "fast-check";
import { Allotment, type Decision } from "../../../lib/encode/allotment.ts";
import type { Station, Try } from "../../../lib/encode/forecast.ts";
import { MachinePaces } from "../../../lib/encode/machine_pace.ts";
import { Plan } from "../../../lib/encode/plan.ts";
import { here, Scheduler } from "../../../lib/encode/scheduler.ts";
import { completePlan } from "./plans.ts";

/** Machines with the given paces (frames a second a slot), all of them known; 0 is this one. */
class Case {
  readonly scheduler: Scheduler;
  readonly paces = new MachinePaces();
  readonly stations: { machine: number; slots: number; ahead: number; tries: Try[]; isHeld: boolean }[];
  readonly unreadable = new Set<number>();
  readonly reserved = new Set<number>();
  readonly allotment: Allotment;
  nowMs = 0;

  constructor(plan: Plan, paces: readonly number[], hasLocal = true) {
    this.scheduler = new Scheduler(plan, [], hasLocal);
    for (const [machine, pace] of paces.entries()) this.paces.learn(machine, pace, 1);
    this.stations = paces.map((_, machine) => ({
      machine,
      slots: machine === here && !hasLocal ? 0 : 1,
      ahead: machine === here ? 0 : 1,
      tries: [],
      isHeld: false,
    }));
    this.allotment = new Allotment(this.scheduler, this.paces, {
      isReadable: (segment) => !this.unreadable.has(segment),
      isReserved: (segment) => this.reserved.has(segment),
    });
  }

  /** What is at work on a machine: begun so many seconds ago and so far, idle for so many since; or waiting there. */
  has(machine: number, segment: number, begun?: { ago: number; done: number; heardAgo?: number; idle?: number }): Try {
    this.scheduler.begin(segment, machine);
    const startedMs = begun === undefined ? undefined : this.nowMs - begun.ago * 1000;
    const measuredMs = this.nowMs - (begun?.heardAgo ?? 0) * 1000;
    const idleMs = (begun?.idle ?? 0) * 1000;
    const given = { segment, startedMs, done: begun?.done ?? 0, measuredMs, idleMs, isCancelled: false };
    this.stations[machine]!.tries.push(given);
    return given;
  }

  decide(): Decision | undefined {
    return this.allotment.decide(this.nowMs, this.stations as Station[]);
  }

  /** Carries out all decisions, given as [machine, segment]. */
  drain(): [machine: number, segment: number][] {
    const given: [number, number][] = [];
    for (let decision; (decision = this.decide()) !== undefined;) {
      const { machine, segment, instead } = decision;
      given.push([machine, segment]);
      this.has(machine, segment);
      if (instead === undefined) continue;
      const { tries } = this.stations[instead.machine]!;
      tries.splice(tries.indexOf(instead.given), 1);
      this.scheduler.release(segment);
    }
    return given;
  }
}

/** Segments of these lengths and an open one. */
function growing(lengths: readonly number[]): Plan {
  const plan = new Plan();
  let decided = 0;
  const keyframes = lengths.map((length) => (decided += length) - length);
  plan.advance({ decided: decided + 5, keyframes: [...keyframes, decided], complete: false });
  return plan;
}

Deno.test("Allotment gives segments in order while the plan grows: slots first, this machine's before, then ahead, never the open one", () => {
  const fleet = new Case(growing([10, 90, 20, 80, 30]), [1, 2, 9]);
  assert.deepEqual(fleet.drain(), [[0, 0], [2, 1], [1, 2], [2, 3], [1, 4]]);
});

Deno.test("Allotment gives an idle slot the open segment where nothing else waits", () => {
  assert.deepEqual(new Case(growing([10]), [1, 2]).drain(), [[0, 0], [1, 1]]);
});

Deno.test("Allotment leaves what this machine is about to begin to it, unless a worker has nothing else", () => {
  const fleet = new Case(growing([10, 20, 30, 40]), [1, 1]);
  fleet.stations[0]!.isHeld = true;
  for (const segment of [0, 1]) fleet.reserved.add(segment);
  assert.deepEqual(fleet.drain(), [[1, 2], [1, 3]]);
  fleet.stations[1]!.slots = 3;
  assert.deepEqual(fleet.decide()?.segment, 0);
});

Deno.test("Allotment gives the fastest slot the longest segment and a slow one what it ends in time", () => {
  const fleet = new Case(completePlan([240, 200, 100, 100, 100, 60, 12]), [1, 10], true);
  fleet.stations[1]!.ahead = 0;
  const [first, second] = fleet.drain();
  assert.deepEqual(first, [1, 0]);
  // 812 frames at 11 a second: 74 s, of which it gets what takes 52.
  assert.deepEqual(second, [0, 6]);
});

Deno.test("Allotment leaves the last segment to a fast slot that is free soon", () => {
  const fleet = new Case(completePlan([100, 90]), [1, 10]);
  fleet.has(1, 0, { ago: 9, done: 90 });
  fleet.stations[1]!.ahead = 0;
  assert.equal(fleet.decide(), undefined);
});

Deno.test("Allotment gives a slow slot the last segment where the fast ones are at work for longer", () => {
  const fleet = new Case(completePlan([1000, 90]), [8, 10]);
  fleet.stations[1]!.ahead = 0;
  fleet.has(1, 0, { ago: 1, done: 10 });
  assert.deepEqual(fleet.drain(), [[0, 1]]);
});

Deno.test("Allotment takes over what waits at another machine where an idle slot ends it clearly sooner", () => {
  const fleet = new Case(completePlan([300, 100]), [1, 1]);
  fleet.has(1, 0, { ago: 1, done: 1 });
  const waiting = fleet.has(1, 1);
  const decision = fleet.decide();
  assert.deepEqual(decision, { machine: 0, segment: 1, instead: { machine: 1, given: waiting }, isCopy: false });
  fleet.unreadable.add(1);
  assert.equal(fleet.decide(), undefined);
});

Deno.test("Allotment takes over what other runs' segments keep from a slot, once they have for a while", () => {
  const taken = (passedOver?: number) => {
    const fleet = new Case(completePlan([100]), [10, 10]);
    const given: Try = fleet.has(1, 0);
    const { tries } = fleet.stations[1]!;
    fleet.nowMs = 60_000;
    tries[0] = { ...given, passedOverMs: passedOver === undefined ? undefined : fleet.nowMs - passedOver * 1000 };
    return fleet.decide();
  };
  // 10 s here; there as well, after it has waited as long again as it has by now.
  for (const passedOver of [undefined, 0, 3]) assert.equal(taken(passedOver), undefined);
  const { machine, instead, isCopy } = taken(4)!;
  assert.deepEqual([machine, instead?.machine, isCopy], [0, 1, false]);
});

Deno.test("Allotment copies a running segment to a slot that ends it clearly sooner, and to no other", () => {
  const fleet = new Case(completePlan([100]), [1, 10]);
  fleet.has(0, 0, { ago: 10, done: 10 });
  assert.deepEqual(fleet.decide(), { machine: 1, segment: 0, instead: undefined, isCopy: true });
  fleet.stations[0]!.tries[0] = { segment: 0, startedMs: -89_000, done: 89, isCancelled: false };
  assert.equal(fleet.decide(), undefined);
});

Deno.test("Allotment copies a segment that hangs even to a slower slot, once it has hung long enough", () => {
  const fleet = new Case(completePlan([100]), [5, 10]);
  fleet.has(1, 0, { ago: 1, done: 10 });
  assert.equal(fleet.decide(), undefined);
  fleet.nowMs = 60_000;
  assert.deepEqual(fleet.drain(), [[0, 0]]);
});

Deno.test("Allotment copies a segment that hangs just before its end, once it has been idle for longer than encoders are", () => {
  const isCopied = (idle: number) => {
    const fleet = new Case(completePlan([60]), [10, 10]);
    fleet.has(1, 0, { ago: 5.8 + idle, done: 58, idle });
    return fleet.decide()?.isCopy;
  };
  // A copy takes 6 s here. An encoder of this pace may have nothing to show for 2.6 s; an idle time longer by 8 s lasts 8 more.
  for (const idle of [0, 2, 5, 10]) assert.equal(isCopied(idle), undefined, `${idle} s`);
  assert.equal(isCopied(11), true);
});

Deno.test("Allotment expects of an encoder that goes on in bursts what it had done at its last step", () => {
  const isCopied = (idle: number) => {
    const fleet = new Case(completePlan([120]), [2, 10]);
    fleet.has(0, 0, { ago: 37.5 + idle, done: 75, idle });
    return fleet.decide()?.isCopy;
  };
  // At its last step it had 22.5 s to go; a copy takes 12.
  assert.equal(isCopied(0), true);
  for (const idle of [7, 8]) assert.equal(isCopied(idle), undefined, `${idle} s`);
});

Deno.test("Allotment gives a worker that has no other machine beside it all that it takes in advance, to the last segment", () => {
  const given = (others: boolean) => {
    const fleet = new Case(completePlan([100, 90]), [10, 10, 10], false);
    fleet.stations[2]!.slots = others ? 1 : 0;
    fleet.has(1, 0, { ago: 1, done: 10 });
    if (others) fleet.has(2, 1, { ago: 1, done: 10 });
    return fleet.drain();
  };
  assert.deepEqual(given(false), [[1, 1]]);
  assert.deepEqual(given(true), []);
});

Deno.test("Allotment takes no slot for one that hangs because it was not heard of for a moment", () => {
  const heard = (heardAgo: number) => {
    const fleet = new Case(completePlan([40]), [1, 100], false);
    fleet.stations[1]!.slots = 2;
    fleet.has(1, 0, { ago: 0.3, done: 0, heardAgo });
    return fleet.decide()?.isCopy;
  };
  assert.equal(heard(0.3), undefined);
  assert.equal(heard(0), true);
});

Deno.test("Allotment makes no copy of a segment at which a try was bad, nor of one that cannot be read again", () => {
  const bad = new Case(completePlan([100, 50]), [1, 10, 10]);
  bad.scheduler.begin(0, 2);
  bad.scheduler.fail(0, "it failed", 2);
  bad.has(0, 0, { ago: 1, done: 0 });
  bad.stations[1]!.slots = 0;
  bad.has(2, 1, { ago: 4, done: 40 });
  bad.stations[2]!.slots = 2;
  assert.equal(bad.decide(), undefined);
  const gone = new Case(completePlan([100]), [1, 10]);
  gone.has(0, 0, { ago: 1, done: 0 });
  gone.unreadable.add(0);
  assert.equal(gone.decide(), undefined);
});

Deno.test("Allotment gives a segment that failed on a worker to another machine, and to the same one only where there is none", () => {
  const fleet = new Case(completePlan([100]), [1, 10, 1], false);
  fleet.scheduler.begin(0, 1);
  fleet.scheduler.fail(0, "it failed", 1);
  assert.equal(fleet.decide()?.machine, 2);
  fleet.stations[2]!.slots = 0;
  assert.equal(fleet.decide()?.machine, 1);
});

Deno.test("Allotment with this machine alone gives what the scheduler gives, whatever the clock says", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 30 }),
      fc.nat(),
      (lengths, nowMs) => {
        const plan = completePlan(lengths), scheduler = new Scheduler(plan), alone = new Case(plan, [3]);
        alone.nowMs = nowMs;
        alone.stations[0]!.slots = lengths.length;
        const order = alone.drain().map(([, segment]) => segment);
        assert.deepEqual(order, lengths.map(() => scheduler.next()!.segment.index));
      },
    ),
  );
});

Deno.test("Allotment copies what a slow machine would end too late before what waits, once it could not begin later", () => {
  const decision = (waiting: readonly number[]) => {
    const fleet = new Case(completePlan([100, ...waiting]), [1, 1, 10], false);
    fleet.has(1, 0, { ago: 0, done: 0 });
    const { segment, isCopy } = fleet.decide()!;
    return [segment, isCopy];
  };
  assert.deepEqual(decision(Array(20).fill(10)), [1, false]);
  assert.deepEqual(decision(Array(5).fill(10)), [0, true]);
});

Deno.test("Allotment lets a fast machine that is busy take what is late as its next", () => {
  const fleet = new Case(completePlan([100, 10, 10, 10, 10]), [1, 1, 10], false);
  fleet.has(1, 0, { ago: 0, done: 0 });
  fleet.has(2, 1, { ago: 0, done: 0 });
  const { machine, segment, isCopy } = fleet.decide()!;
  assert.deepEqual([machine, segment, isCopy], [2, 0, true]);
});

Deno.test("Allotment gives what would not end in time any more to the slot that ends it first, as its next, and not less instead", () => {
  // A segment of 200 frames waits where all else would be done in about 10 s. The quick ones are busy for 4, 5 and 6.7 s.
  const fleet = new Case(completePlan([200, 40, 50, 60, 20, 20, 10]), [1, 10, 10, 9], false);
  fleet.stations[3]!.ahead = 0;
  for (const machine of [1, 2, 3]) fleet.has(machine, machine, { ago: 0, done: 0 });
  const { machine, segment, isCopy } = fleet.decide()!;
  assert.deepEqual([machine, segment, isCopy], [1, 0, false]);
});

Deno.test("Allotment copies what would end last of all though no slot ends it in time, to the slot that ends it first", () => {
  const fleet = new Case(completePlan([200, 50, 50, 10]), [1, 1, 10, 10], false);
  fleet.has(1, 0, { ago: 10, done: 10 });
  fleet.has(2, 1, { ago: 3, done: 30 });
  fleet.has(3, 2, { ago: 1, done: 10 });
  const { machine, segment, isCopy } = fleet.decide()!;
  assert.deepEqual([machine, segment, isCopy], [2, 0, true]);
});
