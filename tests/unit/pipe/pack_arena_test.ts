import assert from "node:assert/strict";
import fc from "fast-check";
import { PackArena, type Piece } from "../../../lib/pipe/pack_arena.ts";

Deno.test("PackArena takes the first place that fits, and joins what becomes free", () => {
  const arena = new PackArena(64 * 10 + 63);
  const [a, b, c] = [arena.allocate(64 * 3)!, arena.allocate(64 * 3)!, arena.allocate(64 * 3)!];
  assert.deepEqual([a.offset, b.offset, c.offset, arena.used], [0, 64 * 3, 64 * 6, 64 * 9]);
  assert.equal(arena.allocate(65), undefined);
  assert.equal(arena.allocate(64)!.offset, 64 * 9);
  arena.free(a);
  arena.free(c);
  assert.equal(arena.allocate(64 * 4), undefined, "two gaps are not one");
  arena.free(b);
  assert.equal(arena.allocate(64 * 9)!.offset, 0);
});

Deno.test("PackArena gives back what a piece turned out not to need", () => {
  const arena = new PackArena(64 * 10);
  const trimmed = arena.trim(arena.allocate(64 * 10)!, 65);
  assert.deepEqual([trimmed, arena.used], [{ offset: 0, bytes: 65 }, 128]);
  assert.equal(arena.allocate(64 * 8)!.offset, 128);
  arena.free(trimmed);
  assert.equal(arena.allocate(1)!.offset, 0);
});

Deno.test("PackArena refuses to give back what nobody has", () => {
  const arena = new PackArena(640);
  const piece = arena.allocate(64)!;
  arena.free(piece);
  assert.throws(() => arena.free(piece), TypeError);
  assert.throws(() => arena.trim(piece, 1), TypeError);
  assert.throws(() => arena.trim(arena.allocate(64)!, 65), RangeError);
});

Deno.test("PackArena without a limit takes no more than it needs", () => {
  const arena = new PackArena(Infinity);
  const pieces = Array.from({ length: 9 }, () => arena.allocate(1e9)!);
  for (const piece of pieces.slice(0, 5)) arena.free(piece);
  for (let index = 0; index < 5; index++) arena.allocate(1e9);
  assert.equal(arena.highest, arena.used);
  arena.free(pieces[8]!);
  assert.equal(arena.allocate(1e9, arena.highest - 1), undefined, "nothing from there on");
});

Deno.test("PackArena never gives a byte twice, and all of it again in the end", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("allocate" as const), bytes: fc.integer({ min: 1, max: 3000 }) }),
    fc.record({ kind: fc.constant("free" as const), which: fc.nat() }),
    fc.record({
      kind: fc.constant("trim" as const),
      which: fc.nat(),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  );
  fc.assert(fc.property(fc.integer({ min: 0, max: 20_000 }), fc.array(step, { maxLength: 200 }), (capacity, steps) => {
    const arena = new PackArena(capacity);
    const held: Piece[] = [];
    for (const one of steps) {
      if (one.kind === "allocate") {
        const piece = arena.allocate(one.bytes);
        if (piece !== undefined) held.push(piece);
        else assert.ok(!hasRoom(held, capacity, one.bytes), "what fits is given");
      } else if (held.length > 0) {
        const [piece] = held.splice(one.which % held.length, 1) as [Piece];
        if (one.kind === "free") arena.free(piece);
        else held.push(arena.trim(piece, Math.max(1, Math.floor(piece.bytes * one.part))));
      }
      held.sort((a, b) => a.offset - b.offset);
      for (const [index, { offset, bytes }] of held.entries()) {
        assert.ok(offset % 64 === 0 && offset + bytes <= (held[index + 1]?.offset ?? capacity));
      }
      assert.equal(arena.used, held.reduce((sum, { bytes }) => sum + Math.ceil(bytes / 64) * 64, 0));
    }
    for (const piece of held) arena.free(piece);
    if (capacity >= 64) assert.equal(arena.allocate(capacity - capacity % 64)?.offset, 0);
  }));
});

/** Whether a gap between the pieces is large enough. */
function hasRoom(held: readonly Piece[], capacity: number, bytes: number): boolean {
  const up = (value: number) => Math.ceil(value / 64) * 64;
  const ends = [0, ...held.map((piece) => piece.offset + up(piece.bytes))];
  const starts = [...held.map(({ offset }) => offset), capacity - capacity % 64];
  return ends.some((end, index) => starts[index]! - end >= up(bytes));
}
