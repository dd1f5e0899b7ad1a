import assert from "node:assert/strict";
import fc from "fast-check";
import { PackFeed } from "../../../../lib/pipe/pack_feed.ts";
import { PackRing, ringBytes } from "../../../../lib/remote/daemon/pack_ring.ts";
import { TaskPacks } from "../../../../lib/remote/daemon/task_packs.ts";
import type { PackPart } from "../../../../lib/remote/messages.ts";

const packBytes = 100;

function world(credit = 250) {
  const ring = new PackRing(ringBytes(credit, packBytes));
  const arena = new SharedArrayBuffer(ring.bytes), credits: number[] = [], grown: [number, number | null][] = [];
  const packs = new TaskPacks({ arena, ring, credit, packBytes, onCredit: (bytes) => credits.push(bytes) });
  const feed = new PackFeed();
  const slot = { feed, grow: (known: number, end: number | null) => void grown.push([known, end]) };
  return { packs, arena, credits, grown, feed, slot };
}

function part(number: number, changes: Partial<PackPart> = {}): PackPart {
  return { type: "pack", task: 1, number, frames: 2, bytes: 60, offset: 0, ...changes };
}

const refused = { name: "ProtocolError" };

Deno.test("packs reach the slot whole and in order, however they are cut, and what is used up comes back as credit", () => {
  fc.assert(fc.property(
    fc.array(fc.tuple(fc.integer({ min: 1, max: packBytes }), fc.integer({ min: 1, max: 9 })), {
      minLength: 1,
      maxLength: 200,
    }),
    fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
    (shapes, cuts) => {
      const { packs, arena, credits, grown, feed, slot } = world();
      feed.reset();
      packs.feed(slot);
      let sent = 0, cut = 0, taken = 0, frames = 0;
      const take = () => {
        const pack = feed.peek()!, bytes = new Uint8Array(arena, pack.offset, pack.bytes);
        assert.deepEqual([pack.bytes, pack.frames], shapes[taken]);
        assert(bytes.every((byte) => byte === taken % 251));
        taken++;
        feed.release();
        packs.taken();
      };
      for (const [number, [bytes, count]] of shapes.entries()) {
        while (sent + bytes > (credits.at(-1) ?? 250)) take();
        for (let offset = 0; offset < bytes;) {
          const length = Math.min(cuts[cut++ % cuts.length]!, bytes - offset);
          assert.equal(grown.at(-1)?.[0], frames);
          packs.add(part(number, { bytes, frames: count, offset }), new Uint8Array(length).fill(number % 251));
          offset += length;
        }
        frames += count;
        sent += bytes;
      }
      packs.end(1, frames);
      while (taken < shapes.length) take();
      assert.deepEqual(grown.at(-1), [frames, frames]);
    },
  ));
});

Deno.test("packs that came before there was a slot are told of when there is one, no more than a feed holds", () => {
  const { packs, feed, slot, grown } = world(10_000);
  for (let number = 0; number < 100; number++) packs.add(part(number, { bytes: 10, frames: 1 }), new Uint8Array(10));
  packs.end(1, 100);
  feed.reset();
  packs.feed(slot);
  assert.deepEqual(grown.at(-1), [64, 100]);
  feed.release();
  packs.taken();
  assert.deepEqual(grown.at(-1), [65, 100]);
});

Deno.test("parts that are not next, too large, empty, or beyond the credit are refused", () => {
  const body = new Uint8Array(30);
  const wrong: [PackPart, Uint8Array][] = [
    [part(1), body],
    [part(0, { offset: 30 }), body],
    [part(0, { bytes: 101 }), body],
    [part(0, { bytes: 20 }), body],
    [part(0), new Uint8Array(0)],
  ];
  for (const [header, bytes] of wrong) assert.throws(() => world().packs.add(header, bytes), refused);
  const second = [
    part(0, { offset: 29 }),
    part(0, { offset: 30, frames: 3 }),
    part(0, { offset: 30, bytes: 70 }),
    part(1),
  ];
  for (const header of second) {
    const { packs } = world();
    packs.add(part(0), body);
    assert.throws(() => packs.add(header, body), refused);
  }
  const { packs } = world();
  for (let number = 0; number < 4; number++) packs.add(part(number), new Uint8Array(60));
  assert.throws(() => packs.add(part(4), new Uint8Array(60)), /300 bytes came for task 1, 250 were allowed/);
});

Deno.test("an end within a pack, with another number of frames, or twice is refused, and so is a pack after it", () => {
  const begun = () => {
    const { packs } = world();
    packs.add(part(0), new Uint8Array(60));
    return packs;
  };
  assert.throws(() => begun().end(1, 3), refused);
  assert.throws(() => world().packs.end(1, 0), refused);
  const partial = begun();
  partial.add(part(1), new Uint8Array(10));
  assert.throws(() => partial.end(1, 2), refused);
  const ended = begun();
  ended.end(1, 2);
  assert(ended.isComplete);
  assert.throws(() => ended.end(1, 2), refused);
  assert.throws(() => ended.add(part(1), new Uint8Array(60)), refused);
});
