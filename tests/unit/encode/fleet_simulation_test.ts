// The scheduler and the allotment of a fleet in virtual time; bench/fleet.ts does the same for a thousand seeds.

import assert from "node:assert/strict";
import fc from "fast-check";
import { type FleetOptions, simulateFleet } from "./fleet_world.ts";

const hundred: Omit<FleetOptions, "seed"> = {
  workers: 100,
  slotsOfWorker: [1],
  segments: 3000,
  localSlots: 0,
  grows: false,
  kills: 0.1,
  stalls: 0.002,
};

for (const grows of [false, true]) {
  Deno.test(`a fleet of 100 unequal workers is 95 % efficient at 30 segments a worker, ${grows ? "found little by little" : "known at once"}`, () => {
    const runs = Array.from({ length: 7 }, (_, seed) => simulateFleet({ ...hundred, grows, seed }));
    const efficiencies = runs.map(({ efficiency }) => efficiency).sort((a, b) => a - b);
    assert.ok(efficiencies[3]! >= 0.95, efficiencies.join(" "));
    for (const [seed, { commits }] of runs.entries()) assert.ok(commits.every((count) => count === 1), `seed ${seed}`);
  });
}

// In each of these a short segment hangs in the last seconds, when nothing else is at work.
for (const [grows, seeds] of [[false, [455, 297]], [true, [455, 415, 435, 446]]] as const) {
  Deno.test(`a fleet does not wait at its end for a slot that hangs, nor copy what gets on, ${grows ? "found little by little" : "known at once"}`, () => {
    for (const seed of seeds) {
      const { efficiency, copies } = simulateFleet({ ...hundred, grows, seed });
      assert.ok(efficiency >= 0.96, `seed ${seed}: efficiency ${efficiency}`);
      assert.ok(copies <= 10, `seed ${seed}: ${copies} copies`);
    }
  });
}

Deno.test("a fleet does not wait at its end for a long segment that came back late, because fast slots had short ones instead", () => {
  for (const seed of [602, 791]) {
    const { efficiency } = simulateFleet({ ...hundred, grows: true, seed });
    assert.ok(efficiency >= 0.96, `seed ${seed}: efficiency ${efficiency}`);
  }
});

const fleets = fc.record<FleetOptions>({
  seed: fc.integer(),
  workers: fc.integer({ min: 2, max: 12 }),
  slotsOfWorker: fc.constantFrom([1], [1, 2, 3], [4]),
  segments: fc.integer({ min: 0, max: 120 }),
  localSlots: fc.integer({ min: 1, max: 4 }),
  grows: fc.boolean(),
  kills: fc.constantFrom(0, 0.5, 1),
  stalls: fc.constantFrom(0, 0.05, 0.3),
});

Deno.test("a fleet ends with each segment committed once, whatever dies and hangs", () => {
  fc.assert(fc.property(fleets, (options) => {
    const { commits, scheduler } = simulateFleet(options);
    assert.ok(commits.every((count) => count === 1), commits.join(" "));
    assert.deepEqual(scheduler.abandoned, []);
  }));
});

Deno.test("a fleet never gives a segment to a fourth worker after it took three down, and encodes it on this machine", () => {
  fc.assert(fc.property(fleets, fc.nat(119), (options, place) => {
    if (options.segments === 0) return;
    const deadly = place % options.segments;
    const { commits, deaths } = simulateFleet({ ...options, kills: 0, deadly: [deadly] });
    assert.ok((deaths.get(deadly) ?? 0) <= 3);
    assert.ok(commits.every((count) => count === 1));
  }));
});

Deno.test("a fleet without this machine gives up a segment that took three workers down, and ends", () => {
  const { commits, deaths, scheduler } = simulateFleet({
    ...hundred,
    seed: 1,
    kills: 0,
    workers: 5,
    segments: 60,
    deadly: [7],
  });
  assert.equal(deaths.get(7), 3);
  assert.deepEqual(scheduler.abandoned.map(({ segment }) => segment.index), [7]);
  assert.ok(commits.every((count, segment) => count === (segment === 7 ? 0 : 1)));
});
