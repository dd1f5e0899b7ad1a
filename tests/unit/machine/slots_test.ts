import assert from "node:assert/strict";
import fc from "fast-check";
import { describeSlots, reservedBytes, slotsForMemory, type SlotsRequest } from "../../../lib/machine/slots.ts";

const gigabyte = 1e9;

/** A desktop of 32 GB with 28 GB free, 16 slots of 3 GB wanted. */
function request(changes: Partial<SlotsRequest> = {}): SlotsRequest {
  return {
    mode: "light",
    bytesPerSlot: 3 * gigabyte,
    wanted: 16,
    memory: { total: 32 * gigabyte, available: 28 * gigabyte, limited: false },
    held: 0.1 * gigabyte,
    beside: 0.2 * gigabyte,
    ...changes,
  };
}

Deno.test("reservedBytes() leaves half, or a fifth, within the original's bounds", () => {
  const reserves = [1, 3, 8, 24, 64].map((total) => [
    reservedBytes("light", total * gigabyte) / gigabyte,
    reservedBytes("heavy", total * gigabyte) / gigabyte,
    reservedBytes("unlimited", total * gigabyte),
  ]);
  assert.deepEqual(reserves, [[2, 1, 0], [2, 1, 0], [4, 1.6, 0], [12, 4.8, 0], [12, 6, 0]]);
});

Deno.test("slotsForMemory() divides what the mode does not leave to others", () => {
  assert.equal(slotsForMemory(request()).slots, 6);
  assert.equal(slotsForMemory(request({ mode: "heavy" })).slots, 8);
  assert.equal(slotsForMemory(request({ mode: "unlimited" })).slots, 16);
  assert.equal(slotsForMemory(request({ wanted: 4 })).slots, 4);
});

Deno.test("slotsForMemory() gives way to what others have taken", () => {
  const memory = { total: 32 * gigabyte, available: 11 * gigabyte, limited: false };
  assert.equal(slotsForMemory(request({ memory })).slots, 3);
});

Deno.test("slotsForMemory() does not change its mind as its own slots take their memory", () => {
  for (let taken = 0; taken <= 18; taken++) {
    const memory = { total: 32 * gigabyte, available: (28 - taken) * gigabyte, limited: false };
    assert.equal(slotsForMemory(request({ memory, held: (0.1 + taken) * gigabyte })).slots, 6);
  }
});

Deno.test("slotsForMemory() always allows one slot, and says when it does not fit", () => {
  const memory = { total: 1 * gigabyte, available: 0, limited: true };
  const choice = slotsForMemory(request({ memory }));
  assert.deepEqual([choice.slots, choice.tooSmall, choice.budget], [1, true, 0]);
  fc.assert(fc.property(
    fc.double({ min: 0, max: 1e12, noNaN: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.double({ min: 1, max: 1e11, noNaN: true }),
    fc.integer({ min: 1, max: 512 }),
    (total, part, bytesPerSlot, wanted) => {
      const one = request({ memory: { total, available: total * part, limited: false }, bytesPerSlot, wanted });
      const slots = (["light", "heavy", "unlimited"] as const).map((mode) => slotsForMemory({ ...one, mode }).slots);
      assert.ok(slots[0]! >= 1 && slots[0]! <= slots[1]! && slots[1]! <= slots[2]! && slots[2] === wanted);
    },
  ));
});

Deno.test("describeSlots() says how many, why, and what would give more", () => {
  assert.equal(describeSlots(request()), "6 of 16 slots: memory 20.0 GB, 3.00 GB a slot; --memory heavy gives 8");
  assert.equal(
    describeSlots(request({ mode: "heavy" })),
    "8 of 16 slots: memory 26.0 GB, 3.00 GB a slot; --memory unlimited gives 16",
  );
  assert.equal(describeSlots(request({ wanted: 6 })), undefined);
  assert.equal(describeSlots(request({ mode: "unlimited" })), undefined);
  const memory = { total: 2 * gigabyte, available: 1 * gigabyte, limited: false };
  assert.equal(
    describeSlots(request({ wanted: 1, memory })),
    "1 of 1 slots: memory 0.00 GB, 3.00 GB a slot (one is used all the same)",
  );
});
