import assert from "node:assert/strict";
import fc from "fast-check";
import { mostWaitingFrames, packBudget, type PackBudgetRequest } from "../../../lib/machine/pack_budget.ts";
import { slotsForMemory } from "../../../lib/machine/slots.ts";

const machine = (total: number): PackBudgetRequest => ({
  mode: "light",
  memory: { total, available: total * 0.9, limited: false },
  held: 1e8,
  beside: 3e8,
  wanted: 8,
  elsewhere: 0,
  bytesPerSlot: 3.7e8,
  segmentBytes: 240 * 1.4e6,
  floorBytes: 6e7,
});

Deno.test("packBudget() gives room for one and a half packed segments a slot where there is memory", () => {
  assert.equal(packBudget(machine(64e9)), 8 * 1.5 * 240 * 1.4e6 / 2);
  assert.equal(packBudget({ ...machine(8e9), mode: "unlimited" }), 8 * 1.5 * 240 * 1.4e6 / 2);
});

Deno.test("segments that are with other machines have room of their own, also where this one encodes nothing", () => {
  const request = { ...machine(64e9), elsewhere: 4 };
  assert.equal(packBudget(request), (8 * 1.5 + 4) * 240 * 1.4e6 / 2);
  assert.equal(packBudget({ ...request, wanted: 0 }), 4 * 240 * 1.4e6 / 2);
  assert.equal(mostWaitingFrames({ keyint: 240, wanted: 0, elsewhere: 4, onePiece: false }), 960);
});

Deno.test("packBudget() never gives more than half of the machine, though unlimited", () => {
  // 32 slots with two segments of 2160p each: more than the system would map.
  const request = { ...machine(32e9), wanted: 32, segmentBytes: 240 * 24.9e6, mode: "unlimited" } as const;
  assert.equal(packBudget(request), 16e9);
});

Deno.test("packBudget() never gives less than works, however small the machine", () => {
  assert.equal(packBudget(machine(5e8)), 6e7);
});

Deno.test("slots and waiting frames together stay within the budget, and frames for half a segment come with every further slot", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1e8, max: 64e9 }), fc.integer({ min: 1, max: 64 }), (total, wanted) => {
      const request = { ...machine(total), wanted };
      const packs = packBudget(request);
      const { slots, budget, tooSmall } = slotsForMemory({ ...request, beside: request.beside + packs });
      if (tooSmall || packs === request.floorBytes) return;
      assert(request.beside + packs + slots * request.bytesPerSlot <= budget);
      // One slot is had all the same, with what is left.
      assert(slots === 1 || packs >= slots * request.segmentBytes / 2 - 1, `${packs} for ${slots}`);
    }),
    { examples: [[2_730_000_001, 1]] },
  );
});

Deno.test("frames in memory follow the slots, not the video; where a segment has no end only bytes count", () => {
  const most = (keyint: number, wanted: number, onePiece = false) =>
    mostWaitingFrames({ keyint, wanted, elsewhere: 0, onePiece });
  assert.deepEqual([most(240, 1), most(240, 8), most(1, 2)], [360, 2880, 180]);
  assert.deepEqual([most(715_827_882, 2), most(240, 2, true)], [Infinity, Infinity]);
});
