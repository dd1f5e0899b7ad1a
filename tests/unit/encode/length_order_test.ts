import assert from "node:assert/strict";
import fc from "fast-check";
import { LengthOrder } from "../../../lib/encode/length_order.ts";

const lengths = fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 60 });

Deno.test("LengthOrder gives the longest within the limit that are in and wanted, however often and in whatever order they leave", () => {
  const asked = fc.array(
    fc.record({
      count: fc.integer({ min: 1, max: 5 }),
      limit: fc.oneof(fc.nat(60), fc.constant(Infinity)),
      leave: fc.nat(59),
      spared: fc.nat(59),
    }),
    { maxLength: 80 },
  );
  fc.assert(fc.property(lengths, asked, (lengths, asked) => {
    const segments = lengths.map((frames, index) => ({ index, frames }));
    const order = new LengthOrder(segments), gone = new Set<number>();
    for (const { count, limit, leave, spared } of asked) {
      const expected = segments.filter(({ index, frames }) => !gone.has(index) && index !== spared && frames <= limit)
        .sort((a, b) => b.frames - a.frames || a.index - b.index).slice(0, count).map(({ index }) => index);
      assert.deepEqual(order.longest(count, limit, (index) => !gone.has(index), (index) => index !== spared), expected);
      gone.add(leave);
    }
  }));
});

Deno.test("LengthOrder passes a place that is empty only once", () => {
  const count = 100_000;
  const order = new LengthOrder(Array.from({ length: count }, (_, index) => ({ index, frames: index + 1 })));
  let looks = 0;
  const isIn = (index: number) => {
    looks++;
    return index < 10;
  };
  for (let round = 0; round < 1000; round++) assert.deepEqual(order.longest(1, Infinity, isIn), [9]);
  assert.equal(looks, count - 10 + 1000);
});
