// The scheduler driven as a run drives it, in a world of its own: slots that take as many ticks as a segment has frames,
// tries that fail or are taken back, reports that come in between.

import assert from "node:assert/strict";
import fc from "fast-check";
import type { Detected } from "../../../lib/encode/plan.ts";
import { Plan } from "../../../lib/encode/plan.ts";
import { type Assignment, maximumAttempts, Scheduler } from "../../../lib/encode/scheduler.ts";
import { completePlan, cutReports, sum } from "./plans.ts";

type Outcome = "done" | "failed" | "released";

interface World {
  readonly plan: Plan;
  readonly slots: number;
  /** Reports that are still to come; one arrives every `reportEvery` ticks. */
  readonly reports: readonly Detected[];
  readonly reportEvery: number;
  /** How the next try of a segment ends. */
  outcome(index: number): Outcome;
}

interface History {
  /** Ticks until the last segment ended. */
  readonly makespan: number;
  readonly scheduler: Scheduler;
  readonly commits: number[];
  readonly failures: number[];
}

function simulate({ plan, slots, reports, reportEvery, outcome }: World): History {
  const scheduler = new Scheduler(plan);
  const running: ({ end: number; given: Assignment } | undefined)[] = Array(slots).fill(undefined);
  const pending = [...reports];
  const commits: number[] = [];
  const failures: number[] = [];
  let now = 0;
  let nextReport = reportEvery;
  const settle = ({ segment: { index } }: Assignment) => {
    switch (outcome(index)) {
      case "done":
        assert.equal(scheduler.commit(index), true, `segment ${index} was committed before`);
        commits.push(index);
        break;
      case "failed": {
        failures[index] = (failures[index] ?? 0) + 1;
        assert.equal(scheduler.fail(index, "chance"), failures[index]! < maximumAttempts);
        break;
      }
      case "released":
        scheduler.release(index);
    }
  };
  while (!scheduler.finished) {
    for (const slot of running.keys()) {
      if (running[slot] !== undefined) continue;
      const given = scheduler.next();
      if (given === undefined) continue;
      const { index } = given.segment;
      assert.ok(running.every((other) => other?.given.segment.index !== index), `segment ${index} is in two slots`);
      assert.ok(!commits.includes(index), `segment ${index} was committed before it was begun`);
      assert.equal(given.attempt, (failures[index] ?? 0) + 1);
      running[slot] = { end: now + plan.known(plan.segments[index]!), given };
    }
    const ends = running.flatMap((entry) => entry === undefined ? [] : [entry.end]);
    if (pending.length > 0) ends.push(nextReport);
    assert.ok(ends.length > 0, "nothing runs and nothing comes, but the scheduler is not finished");
    const event = Math.min(...ends);
    now = event;
    if (now === nextReport && pending.length > 0) {
      plan.advance(pending.shift()!);
      nextReport += reportEvery;
    }
    for (const [slot, entry] of running.entries()) {
      if (entry === undefined || entry.end > now) continue;
      // A slot cannot finish a segment whose end is not known: it waits for more.
      if (plan.segments[entry.given.segment.index]!.frames === null) {
        entry.end = nextReport;
        continue;
      }
      running[slot] = undefined;
      settle(entry.given);
    }
  }
  return { makespan: now, scheduler, commits, failures };
}

Deno.test("Scheduler commits each segment once or abandons it after three failures, whatever happens", () => {
  const chances = fc.infiniteStream(fc.constantFrom<Outcome>("done", "done", "done", "failed", "released"));
  fc.assert(fc.property(
    cutReports,
    fc.integer({ min: 1, max: 16 }),
    fc.integer({ min: 1, max: 60 }),
    chances,
    ({ lengths, reports }, slots, reportEvery, outcomes) => {
      const plan = new Plan();
      const outcome = (): Outcome => outcomes.next().value ?? "done";
      const { scheduler, commits, failures } = simulate({ plan, slots, reports, reportEvery, outcome });
      const abandoned = scheduler.abandoned.map(({ segment }) => segment.index);
      assert.deepEqual([...commits, ...abandoned].sort((a, b) => a - b), [...lengths.keys()]);
      for (const index of lengths.keys()) {
        assert.equal(failures[index] === maximumAttempts, abandoned.includes(index), `segment ${index}`);
      }
      assert.ok(scheduler.abandoned.every(({ failures }) => failures.length === maximumAttempts));
      assert.deepEqual([scheduler.committed, scheduler.started], [commits.length, lengths.length]);
      assert.equal(scheduler.next(), undefined);
    },
  ));
});

/** Ticks that no schedule of these segments can go below. */
function lowerBound(lengths: readonly number[], slots: number): number {
  return Math.max(sum(lengths) / slots, ...lengths);
}

function makespan(lengths: readonly number[], slots: number): number {
  const plan = completePlan(lengths);
  return simulate({ plan, slots, reports: [], reportEvery: 1, outcome: () => "done" }).makespan;
}

/** Segments of a film: most as a cut ends them, some as long as keyframes may be apart. */
const filmGops = (count: number) =>
  fc.noBias(fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 12, max: 90 }) },
      { weight: 3, arbitrary: fc.integer({ min: 91, max: 239 }) },
      { weight: 1, arbitrary: fc.constant(240) },
    ),
    { minLength: count, maxLength: 4 * count },
  ));

Deno.test("Scheduler's longest first is within 5 % of the lower bound for ten segments a slot and more", () => {
  const films = fc.integer({ min: 2, max: 16 }).chain((slots) =>
    filmGops(Math.max(20, 10 * slots)).map((lengths) => ({ slots, lengths }))
  );
  fc.assert(fc.property(films, ({ slots, lengths }) => {
    const ratio = makespan(lengths, slots) / lowerBound(lengths, slots);
    assert.ok(ratio <= 1.05, `${ratio} of the bound for ${lengths.length} segments in ${slots} slots`);
  }));
});

Deno.test("Scheduler's longest first keeps Graham's bounds for any segments", () => {
  const any = fc.array(fc.integer({ min: 1, max: 240 }), { minLength: 1, maxLength: 60 });
  fc.assert(fc.property(any, fc.integer({ min: 1, max: 16 }), (lengths, slots) => {
    const ticks = makespan(lengths, slots);
    // A list schedule's last segment begins when all slots are busy; longest first begins no longer one after it.
    const descending = [...lengths].sort((a, b) => b - a);
    const last = descending[slots] ?? 0;
    const total = sum(lengths);
    assert.ok(ticks <= Math.max(descending[0]!, total / slots + last * (1 - 1 / slots)) + 1e-9);
    if (lengths.length <= slots) assert.equal(ticks, descending[0]);
  }));
});
