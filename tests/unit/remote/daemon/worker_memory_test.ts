import assert from "node:assert/strict";
import { type SessionMemory, sessionMemory, WorkerMemory } from "../../../../lib/remote/daemon/worker_memory.ts";
import { ringBytes } from "../../../../lib/remote/daemon/pack_ring.ts";
import { settingsOf } from "../../../support/settings_of.ts";

const gigabyte = 1e9;

function memoryOf(total: number, available = total): WorkerMemory {
  const machine = { memory: () => ({ total, available, limited: false }), resident: () => 0.1 * gigabyte };
  return new WorkerMemory({ mode: "light", wanted: 8, machine });
}

const session = (encoder: number, place: number): SessionMemory => ({
  encoderBytes: encoder * gigabyte,
  placeBytes: place * gigabyte,
  credit: 1,
});

Deno.test("without sessions all slots are there; with memory for all of them, and as many tasks ahead", () => {
  const plenty = memoryOf(256 * gigabyte);
  assert.deepEqual(plenty.room([]), { slots: 8, ahead: 8, shortage: undefined });
  assert.deepEqual(plenty.room([session(1, 0.1)]), { slots: 8, ahead: 8, shortage: undefined });
});

Deno.test("slots follow memory as those of a local encode do, packs counted, and the largest session decides", () => {
  // The light mode leaves half of 16 GB to others.
  const memory = memoryOf(16 * gigabyte, 14 * gigabyte);
  const small = session(0.5, 0.1), large = session(2, 0.5);
  assert.equal(memory.room([small]).slots, 8);
  const { slots, ahead, shortage } = memory.room([small, large]);
  assert.equal(slots, 3);
  assert(ahead <= 1);
  assert.match(shortage!, /^3 of 8 slots: memory 8.00 GB, 2.50 GB a slot/);
});

Deno.test("one slot is always had, unless the whole machine is too small for it", () => {
  const memory = memoryOf(4 * gigabyte, 0.1 * gigabyte);
  assert.deepEqual([memory.room([session(3, 0.5)]).slots, memory.room([session(3, 0.5)]).ahead], [1, 0]);
  assert.equal(memory.refusal(session(3, 0.5)), undefined);
  assert.match(memory.refusal(session(4, 0.5))!, /one slot needs 4.50 GB, and this worker has 4.00 GB/);
});

Deno.test("the credit is a good part of a segment, at least two packs, and never more than it is worth", () => {
  const resolved = { keyint: 240, rdoLookaheadFrames: 10, frameBytes: 3_110_400 };
  const credit = (packBytes: number, keyint = 240) =>
    sessionMemory(settingsOf(), { ...resolved, keyint } as Parameters<typeof sessionMemory>[1], packBytes);
  assert.equal(credit(1000).credit, 32 * 1024 * 1024);
  assert.equal(credit(31_000_000).credit, 62_000_000);
  assert.equal(credit(1000, 4).credit, 3_110_400);
  assert.equal(credit(1000).placeBytes, ringBytes(32 * 1024 * 1024, 1000));
});

Deno.test("a session whose packs have no room beside those of the others has to come again", () => {
  const memory = memoryOf(16 * gigabyte), large = session(2, 4);
  assert.equal(memory.crowding(large, []), undefined);
  assert.equal(memory.crowding(large, [large, large]), undefined);
  assert.match(memory.crowding(large, [large, large, large])!, /3 other sessions 18.00 GB .* 16.00 GB/);
});
