import assert from "node:assert/strict";
import fc from "fast-check";
import { type LockstepOptions, LockstepWorld } from "./lockstep_world.ts";

const worlds = (whole: boolean): fc.Arbitrary<LockstepOptions> =>
  fc.record({
    frames: fc.integer({ min: 1, max: 150 }),
    keyint: fc.integer({ min: 1, max: 40 }),
    packFrames: fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 5 }),
    slots: fc.integer({ min: 1, max: 4 }),
    pipeFrames: fc.integer({ min: 0, max: 3 }),
    whole: fc.constant(whole),
    led: fc.boolean(),
    spareBytes: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3000 }), fc.constant(100_000)),
    seed: fc.integer(),
  });

const runs = Number(Deno.env.get("RAV1E_BY_GOP_SIMULATIONS") ?? 500);

Deno.test("sizes that are read in step end with the least memory where segments are begun whole", () => {
  fc.assert(
    fc.property(worlds(true), (options) => {
      const world = new LockstepWorld(options);
      assert.deepEqual(world.run(), options.packFrames.map(() => options.frames));
      assert.equal(world.extra, 0);
    }),
    { numRuns: runs },
  );
});

Deno.test("sizes whose segments are longer than their memory end as well, by slots beyond those there are", () => {
  let extra = 0;
  fc.assert(
    fc.property(worlds(false), (options) => {
      const world = new LockstepWorld(options);
      assert.deepEqual(world.run(), options.packFrames.map(() => options.frames));
      extra += world.extra;
    }),
    { numRuns: runs },
  );
  assert.ok(extra > 0, "some had to");
});
