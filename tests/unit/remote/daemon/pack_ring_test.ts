import assert from "node:assert/strict";
import fc from "fast-check";
import { PackRing, ringBytes } from "../../../../lib/remote/daemon/pack_ring.ts";

Deno.test("a ring of ringBytes() has room for every pack that the credit allows to begin, and packs never overlap", () => {
  const property = fc.property(
    fc.integer({ min: 1, max: 50 }),
    fc.integer({ min: 0, max: 200 }),
    fc.array(fc.oneof(fc.integer({ min: 1, max: 50 }), fc.constant("release" as const)), { maxLength: 300 }),
    (packBytes, more, steps) => {
      const credit = packBytes + more, ring = new PackRing(ringBytes(credit, packBytes));
      const held: { offset: number; bytes: number }[] = [];
      let used = 0;
      for (const step of steps) {
        if (step === "release") {
          if (held.length === 0) continue;
          const oldest = held.shift()!;
          assert.deepEqual(ring.release(), oldest);
          used -= oldest.bytes;
          continue;
        }
        const bytes = Math.min(step, packBytes);
        // A pack may begin while a byte of credit is left.
        if (used >= credit) continue;
        const piece = ring.reserve(bytes);
        assert(piece !== undefined, `no room for ${bytes} with ${used} of ${credit} used`);
        assert(piece.offset >= 0 && piece.offset + bytes <= ring.bytes);
        for (const other of held) {
          assert(piece.offset + bytes <= other.offset || other.offset + other.bytes <= piece.offset);
        }
        held.push(piece);
        used += bytes;
      }
      assert.equal(ring.count, held.length);
    },
  );
  fc.assert(property, { numRuns: 2000 });
});

Deno.test("a ring that became empty begins at its start again, so that little of its memory is ever touched", () => {
  const ring = new PackRing(1000);
  for (let at = 0; at < 100; at++) {
    assert.equal(ring.reserve(400)?.offset, 0);
    ring.release();
  }
  assert.throws(() => ring.release(), TypeError);
});
