import assert from "node:assert/strict";
import fc from "fast-check";
import { World, type WorldOptions } from "./store_world.ts";

const worlds: fc.Arbitrary<WorldOptions> = fc.record({
  segments: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 25 }),
  packFrames: fc.integer({ min: 1, max: 6 }),
  packers: fc.integer({ min: 1, max: 3 }),
  slots: fc.integer({ min: 1, max: 4 }),
  copies: fc.constantFrom(0, 0, 1, 3),
  waits: fc.constantFrom(0, 0, 30, 90),
  waitingPacks: fc.integer({ min: 0, max: 4 }),
  spareBytes: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 100_000 })),
  mostFrames: fc.oneof(fc.constant(Infinity), fc.integer({ min: 0, max: 150 })),
  diskBytes: fc.oneof(fc.constant(null), fc.constant(0), fc.integer({ min: 0, max: 5000 }), fc.constant(1e9)),
  failures: fc.constantFrom(0, 0, 1, 5),
  readFailures: fc.constantFrom(0, 0, 5, 50),
  earlyPacks: fc.constantFrom(0, 5, 60),
  cutAt: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 300 }),
  }),
  setAside: fc.array(fc.nat(10), { maxLength: 2 }),
  seed: fc.integer(),
});

const runs = Number(Deno.env.get("RAV1E_BY_GOP_SIMULATIONS") ?? 1500);

Deno.test("a PackStore of any size ends, gives every slot every frame in order, and never takes more than its budget", () => {
  let copiesWon = 0, streamed = 0;
  fc.assert(
    fc.property(worlds, (options) => {
      const world = new World(options);
      world.run();
      copiesWon += world.copiesWon;
      streamed += world.streamed;
      if (options.failures > 0 || options.readFailures > 0 || options.cutAt !== null) return;
      const expected = [...options.segments.entries()].filter(([index]) => !options.setAside.includes(index));
      assert.deepEqual([...world.delivered].sort(([a], [b]) => a - b), expected);
    }),
    { numRuns: runs },
  );
  assert.ok(copiesWon > 0 && streamed > 0, "worlds have second copies, and segments larger than the memory");
});
