import assert from "node:assert/strict";
import fc from "fast-check";
import { nextInTurn, shareSlots } from "../../../../lib/remote/daemon/slot_shares.ts";

const busy = (cap = Infinity) => ({ cap, open: 1000 });

Deno.test("one session has all slots, two that want them all have half each", () => {
  assert.deepEqual(shareSlots(8, [busy()]), [8]);
  assert.deepEqual(shareSlots(8, [busy(), busy()]), [4, 4]);
  assert.deepEqual(shareSlots(7, [busy(), busy()]), [4, 3]);
});

Deno.test("what a session cannot use is for the others", () => {
  assert.deepEqual(shareSlots(8, [busy(2), busy()]), [2, 6]);
  assert.deepEqual(shareSlots(8, [{ cap: Infinity, open: 0 }, busy()]), [1, 7]);
  assert.deepEqual(shareSlots(8, [{ cap: Infinity, open: 2 }, busy(4)]), [4, 4]);
});

Deno.test("more sessions than slots: each may send a task all the same", () => {
  assert.deepEqual(shareSlots(2, [busy(), busy(), busy()]), [1, 1, 1]);
});

Deno.test("shares are within the caps, at least 1, and come to no more than there is where everybody can have one", () => {
  const claim = fc.record({ cap: fc.integer({ min: 1, max: 40 }), open: fc.integer({ min: 0, max: 100 }) });
  fc.assert(fc.property(fc.integer({ min: 1, max: 64 }), fc.array(claim, { maxLength: 12 }), (total, claims) => {
    const shares = shareSlots(total, claims);
    const sum = shares.reduce((all, share) => all + share, 0);
    for (const [at, share] of shares.entries()) assert(share >= 1 && share <= claims[at]!.cap);
    assert(sum <= Math.max(total, claims.length));
    const wanted = claims.reduce((all, { cap }) => all + cap, 0);
    if (claims.length <= total) assert.equal(sum, Math.min(total, wanted));
  }));
});

Deno.test("a free slot goes to whoever has fewest, then to whoever waited longest", () => {
  const first = { cap: 9, running: 2, waiting: 3, lastGiven: 1 },
    second = { cap: 9, running: 1, waiting: 1, lastGiven: 5 };
  assert.equal(nextInTurn([first, second]), second);
  assert.equal(nextInTurn([first, { ...second, waiting: 0 }]), first);
  assert.equal(nextInTurn([first, { ...second, cap: 1 }]), first);
  assert.equal(nextInTurn([{ ...first, running: 1 }, second])?.lastGiven, 1);
  assert.equal(nextInTurn([]), undefined);
});
