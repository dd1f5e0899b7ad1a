import assert from "node:assert/strict";
import type { FedSlot } from "../../../lib/encode/video_source.ts";
import type { Piece } from "../../../lib/pipe/pack_arena.ts";
import { PackFeed } from "../../../lib/pipe/pack_feed.ts";
import { PackStore } from "../../../lib/pipe/pack_store.ts";
import { smallestStoreBytes } from "../../../lib/pipe/store_devices.ts";
import type { ClosedPack } from "../../../lib/pipe/stored_segment.ts";

const packBytes = 640;

class Slot implements FedSlot {
  readonly wantsPacks = true;
  isSated = false;
  readonly feed = new PackFeed();
  onPackTaken: (() => void) | undefined;
  known = 0;
  frames: number | null = null;

  grow(known: number, frames: number | null): void {
    this.known = known;
    this.frames = frames;
  }

  /** Uses up so many packs. */
  take(packs: number): void {
    for (; packs > 0; packs--) {
      assert.ok(this.feed.peek() !== undefined);
      this.feed.release();
    }
    this.onPackTaken!();
  }
}

/** A store whose packers are done at once, with packs of one frame that do not become smaller. */
function storeOf(packs: number, spill = false, mostFrames = Infinity) {
  const released: number[] = [];
  const writes: { id: number; to: Piece }[] = [];
  const reads: number[] = [];
  const moves: [number, number][] = [];
  const vacated: [number, number][] = [];
  const store: PackStore = new PackStore({
    budgetBytes: packs * packBytes,
    mostFrames,
    bound: () => packBytes,
    packFrames: 1,
    packers: 1,
    spill,
    devices: {
      pack: (id) => jobs.push(id),
      move: (from, to) => moves.push([from.offset, to.offset]),
      vacate: ({ offset, bytes }) => vacated.push([offset, bytes]),
      release: ({ first }) => released.push(first),
      write: (id, _from, to) => writes.push({ id, to }),
      read: (id) => reads.push(id),
    },
  });
  const jobs: number[] = [];
  const add = (pack: ClosedPack) => {
    store.add(pack);
    settle();
  };
  const settle = () => {
    for (let id; (id = jobs.shift()) !== undefined;) store.packed(id, packBytes);
  };
  return { store, add, settle, released, writes, reads, moves, vacated, jobs };
}

const packOf = (segment: number, first: number): ClosedPack => ({ segment, first, frames: 1 });

Deno.test("a PackStore keeps a segment's packs until it is settled", () => {
  const { store, add, released } = storeOf(3);
  for (let frame = 0; frame < 3; frame++) add(packOf(0, frame));
  store.close(0, 3);
  const slot = new Slot();
  for (let attempt = 0; attempt < 3; attempt++) {
    store.attach(0, slot);
    assert.deepEqual([slot.known, slot.frames], [3, 3]);
    slot.take(3);
    assert.ok(store.canRetry(0));
    store.detach(0, slot);
    assert.equal(store.usedBytes, 3 * packBytes);
  }
  store.settle(0);
  assert.deepEqual([store.usedBytes, released, store.canRetry(0)], [0, [0, 1, 2], false]);
});

Deno.test("a PackStore says of all memory that it gives up that nothing is in it, and of no other", () => {
  const { store, add, settle, vacated, jobs } = storeOf(3);
  add(packOf(0, 0));
  store.add(packOf(1, 1));
  assert.deepEqual(vacated, []);
  // It became a tenth of what it could have.
  store.packed(jobs.shift()!, packBytes / 10);
  assert.deepEqual(vacated, [[packBytes + packBytes / 10, packBytes - packBytes / 10]]);
  store.settle(0);
  assert.deepEqual(vacated.slice(1), [[0, packBytes]]);
  store.settle(1);
  settle();
  assert.deepEqual(vacated.slice(2), [[packBytes, packBytes / 10]]);
});

Deno.test("a PackStore without room takes nothing, and tells nothing, until there is some", () => {
  const { store, add, settle, released } = storeOf(2);
  const told: string[] = [];
  add(packOf(0, 0));
  store.then(() => told.push("0 is stored"));
  add(packOf(1, 1));
  store.then(() => told.push("1 is stored"));
  add(packOf(2, 2));
  store.then(() => told.push("2 is stored"));
  assert.deepEqual([told, released], [["0 is stored", "1 is stored"], [0, 1]]);
  store.settle(1);
  settle();
  assert.deepEqual([told.at(-1), released], ["2 is stored", [0, 1, 2]]);
});

Deno.test("a PackStore drops what was used of the only segment it holds, and no earlier", () => {
  const { store, add, settle, released } = storeOf(3);
  const [first, second] = [new Slot(), new Slot()];
  add(packOf(0, 0));
  store.close(0, 1);
  store.attach(0, first);
  add(packOf(1, 1));
  add(packOf(1, 2));
  add(packOf(1, 3));
  store.attach(1, second);
  second.take(1);
  settle();
  assert.deepEqual([released.length, store.canRetry(1)], [3, true], "segment 0 will make room");
  first.take(1);
  store.detach(0, first);
  store.settle(0);
  settle();
  assert.deepEqual([released.length, store.canRetry(1)], [4, true]);
  add(packOf(1, 4));
  settle();
  assert.deepEqual([released.length, store.canRetry(1)], [5, false], "now nothing else would");
  assert.equal(second.known, 4);
  store.detach(1, second);
  assert.throws(() => store.attach(1, second), { name: "TypeError", message: /its first frames are gone/ });
});

Deno.test("a PackStore puts a pack between others where it fits there, and so touches little of its memory", () => {
  const { store, released, moves, jobs } = storeOf(4);
  for (let frame = 0; frame < 3; frame++) {
    store.add(packOf(frame, frame));
    store.packed(jobs.shift()!, 64);
  }
  // Between segments 0 and 2 there is room for a small pack, though not for one that may still be large.
  store.settle(1);
  store.add(packOf(3, 3));
  store.packed(jobs.shift()!, 64);
  assert.deepEqual([moves, released.length, store.usedBytes], [[[192, 64]], 4, 192]);
});

Deno.test("a PackStore holds no more frames than it may, however small their packs", () => {
  for (const spill of [false, true]) {
    const { store, add, settle, released, writes } = storeOf(20, spill, 4);
    for (let frame = 0; frame < 6; frame++) add(packOf(frame >> 1, frame));
    assert.equal(released.length, 4);
    for (const { id } of writes.splice(0)) store.written(id, true);
    settle();
    assert.equal(released.length, spill ? 6 : 4, "a file takes what is needed last");
    store.settle(0);
    settle();
    assert.equal(released.length, 6);
  }
});

Deno.test("a slot that was detached begins another segment before its last one is settled, and goes on being heard", () => {
  const { store, add, settle, released } = storeOf(3);
  const slot = new Slot();
  add(packOf(0, 0));
  store.close(0, 1);
  store.attach(0, slot);
  slot.take(1);
  add(packOf(1, 1));
  add(packOf(1, 2));
  assert.throws(() => store.attach(1, slot), { name: "TypeError", message: /it is at segment 0/ });
  store.detach(0, slot);
  store.attach(1, slot);
  store.detach(0, slot);
  store.settle(0);
  assert.deepEqual([slot.known, slot.frames], [2, null]);
  for (let frame = 3; frame < 9; frame++) {
    slot.take(1);
    add(packOf(1, frame));
    settle();
  }
  assert.deepEqual([slot.known, released.length], [8, 9]);
});

Deno.test("a PackStore spills what is needed last, and what it has in the file it drops first", () => {
  const { store, add, settle, writes, reads } = storeOf(4, true);
  const slot = new Slot();
  add(packOf(0, 0));
  add(packOf(1, 1));
  add(packOf(2, 2));
  store.attach(0, slot);
  add(packOf(3, 3));
  assert.deepEqual(writes.map(({ id }) => id), [2, 1], "three packs have room beside what packs come back to");
  store.written(2, true);
  settle();
  assert.equal(store.spilledBytes, 2 * packBytes);
  store.written(1, true);
  store.detach(0, slot);
  store.settle(0);
  store.attach(2, slot);
  assert.deepEqual(reads, [2]);
  assert.equal(slot.known, 0);
  store.loaded(2, true);
  assert.equal(slot.known, 1);
  slot.take(1);
  store.detach(2, slot);
  store.settle(2);
  assert.equal(store.spilledBytes, packBytes, "its room in the file is free again");
});

Deno.test("a PackStore uses the file's free room again, and stops growing it when the disk is full", () => {
  const { store, add, settle, writes } = storeOf(2, true);
  add(packOf(0, 0));
  add(packOf(1, 1));
  assert.deepEqual(writes.map(({ to }) => to.offset), [0]);
  store.written(0, true);
  settle();
  add(packOf(2, 2));
  assert.equal(writes.length, 2);
  store.written(1, false);
  assert.equal(writes.length, 2, "nothing is tried while nothing has left the file");
  store.settle(0);
  assert.deepEqual(writes.map(({ to }) => to.offset), [0, packBytes, 0]);
});

Deno.test("a slot's try fails where a pack cannot be read back, and the next try reads it again", () => {
  const { store, add, settle, reads } = storeOf(2, true);
  const slot = new Slot();
  add(packOf(0, 0));
  add(packOf(1, 1));
  store.written(0, true);
  settle();
  for (const isRead of [false, true]) {
    store.attach(0, slot);
    store.loaded(0, isRead);
    assert.deepEqual([slot.feed.peek()!.bytes > 0, slot.known], [isRead, 1]);
    store.detach(0, slot);
  }
  assert.equal(reads.length, 2);
});

Deno.test("a pack that comes back for a try that has ended makes way for what the next try needs", () => {
  const { store, add, settle, reads } = storeOf(2, true);
  const slot = new Slot();
  add(packOf(0, 0));
  for (const frame of [1, 2]) {
    add(packOf(0, frame));
    store.written(frame - 1, true);
    settle();
  }
  store.attach(0, slot);
  store.loaded(0, true);
  slot.take(1);
  assert.deepEqual(reads, [0, 1]);
  store.detach(0, slot);
  store.attach(0, slot);
  assert.deepEqual(reads, [0, 1], "the room they come back to is taken");
  store.loaded(1, true);
  assert.deepEqual(reads, [0, 1, 0]);
  store.loaded(0, true);
  assert.equal(slot.known, 1);
});

Deno.test("a PackStore stores no more of what was given up", () => {
  const { store, add, settle, released } = storeOf(2);
  add(packOf(0, 0));
  add(packOf(1, 1));
  add(packOf(1, 2));
  let isTold = false;
  store.then(() => isTold = true);
  assert.equal(isTold, false);
  store.giveUp(1);
  settle();
  assert.deepEqual([isTold, released], [true, [0, 1, 2]]);
});

Deno.test("a PackStore refuses a budget with which it would stop", () => {
  const bound = () => packBytes;
  assert.equal(smallestStoreBytes({ bound, packFrames: 1 }), 2 * packBytes);
  assert.throws(() => storeOf(1), { name: "RangeError", message: /640 bytes: 1280 are needed/ });
});

Deno.test("slots at one segment get its packs each at its own pace, and detach in any order", () => {
  const { store, add } = storeOf(4);
  const slots = [new Slot(), new Slot(), new Slot()];
  for (let frame = 0; frame < 3; frame++) add(packOf(0, frame));
  store.attach(0, slots[0]!);
  slots[0]!.take(2);
  store.attach(0, slots[1]!);
  store.close(0, 3);
  store.attach(0, slots[2]!);
  assert.deepEqual(slots.map(({ known, frames }) => [known, frames]), [[3, 3], [3, 3], [3, 3]]);
  store.detach(0, slots[1]!);
  slots[0]!.take(1);
  slots[2]!.take(3);
  store.detach(0, slots[0]!);
  assert.deepEqual([store.usedBytes, store.canRetry(0)], [3 * packBytes, true]);
  store.settle(0);
  store.detach(0, slots[2]!);
  assert.deepEqual([store.usedBytes, store.canRetry(0)], [0, false]);
});

Deno.test("what the last slots of a settled segment may be reading stays until they are detached", () => {
  const { store, add } = storeOf(3);
  const [winner, loser] = [new Slot(), new Slot()];
  for (let frame = 0; frame < 3; frame++) add(packOf(0, frame));
  store.close(0, 3);
  store.attach(0, winner);
  store.attach(0, loser);
  winner.take(3);
  loser.take(1);
  store.detach(0, winner);
  store.settle(0);
  assert.equal(store.usedBytes, 2 * packBytes);
  loser.take(1);
  assert.equal(store.usedBytes, packBytes);
  store.detach(0, loser);
  assert.equal(store.usedBytes, 0);
  assert.throws(() => store.attach(0, winner), { name: "TypeError", message: /it was settled/ });
});

Deno.test("a segment is streamed as fast as the slowest of its slots", () => {
  const { store, add, settle, released } = storeOf(2);
  const [fast, slow] = [new Slot(), new Slot()];
  add(packOf(0, 0));
  store.attach(0, fast);
  store.attach(0, slow);
  add(packOf(0, 1));
  add(packOf(0, 2));
  fast.take(2);
  assert.deepEqual([released.length, store.canRetry(0)], [2, true]);
  slow.take(1);
  settle();
  assert.deepEqual([released.length, store.canRetry(0), fast.known, slow.known], [3, false, 3, 3]);
  add(packOf(0, 3));
  store.detach(0, slow);
  settle();
  assert.deepEqual([released.length, fast.known], [4, 4], "who is gone holds nothing up");
});

Deno.test("a slot that is sated gets no packs, and holds up none that comes back for another", () => {
  const { store, add, settle, reads } = storeOf(2, true);
  const [waiting, running] = [new Slot(), new Slot()];
  add(packOf(0, 0));
  add(packOf(1, 1));
  store.written(0, true);
  settle();
  add(packOf(1, 2));
  store.written(1, true);
  settle();
  waiting.isSated = true;
  store.attach(0, waiting);
  store.attach(1, running);
  assert.deepEqual([reads, waiting.known], [[1], 0]);
  store.loaded(1, true);
  running.take(1);
  assert.equal(running.known, 2);
  waiting.isSated = false;
  waiting.onPackTaken!();
  assert.deepEqual(reads, [1, 0]);
  store.loaded(0, true);
  assert.equal(waiting.known, 1);
});
