import assert from "node:assert/strict";
import fc from "fast-check";
import { type Member, SharedSlots, type SharingRun } from "../../../lib/encode/shared_slots.ts";

/** A run that has so many segments to begin; each is at work until it is told to end. */
class Run implements SharingRun {
  running = 0;
  allWait = false;
  most = 0;
  readonly member: Member;

  constructor(readonly pool: SharedSlots, public left: number, bytesPerSlot = 1, besideBytes = 0) {
    this.member = pool.join();
    this.member.begin(this, { bytesPerSlot, besideBytes, slotsNow: () => pool.slots });
  }

  wake(): void {
    let wantsMore = false;
    while (this.left > 0) {
      wantsMore = this.running >= this.member.share(this.running);
      if (wantsMore) break;
      this.left--;
      this.running++;
    }
    this.most = Math.max(this.most, this.running);
    this.member.used({ running: this.running, wantsMore, isExhausted: this.left === 0, elsewhere: [] });
  }

  end(): void {
    this.running--;
    this.wake();
  }
}

/** All microtasks that were queued by then, and those that they queue. */
async function settled(): Promise<void> {
  for (let round = 0; round < 50; round++) await Promise.resolve();
}

Deno.test("shared slots are all at work while anybody has work, never more of them, the earliest member's first", async () => {
  const step = fc.record({ run: fc.nat(3), what: fc.constantFrom("end", "more") });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 6 }),
      fc.array(fc.nat(9), { minLength: 1, maxLength: 4 }),
      fc.array(step),
      async (
        slots,
        lefts,
        steps,
      ) => {
        const pool = new SharedSlots(slots, () => {});
        const runs = lefts.map((left) => new Run(pool, left));
        for (const run of runs) run.wake();
        const check = async () => {
          await settled();
          const running = runs.reduce((sum, run) => sum + run.running, 0), left = runs.some((run) => run.left > 0);
          assert.equal(pool.running, running);
          assert.ok(running <= slots);
          if (left) assert.equal(running, slots);
        };
        await check();
        for (const { run: at, what } of steps) {
          const run = runs[at % runs.length]!;
          const earlier = runs.slice(0, runs.indexOf(run)).filter(({ left }) => left > 0), before = run.running;
          if (what === "end" && run.running > 0) {
            run.end();
            await check();
            if (earlier.length > 0) assert.equal(run.running, before - 1, "a slot that an earlier member wanted");
          } else if (what === "more") {
            run.left++;
            run.wake();
            await check();
          }
        }
      },
    ),
  );
});

Deno.test("the owner hears of slots that no member can use, also when a member leaves, and not while one wants them", async () => {
  let spares = 0;
  const pool = new SharedSlots(2, () => spares++);
  const run = new Run(pool, 3);
  run.wake();
  await settled();
  assert.equal(spares, 0);
  assert.equal(pool.areExhausted, false);
  run.end();
  await settled();
  assert.deepEqual([run.running, spares, pool.areExhausted], [2, 0, true]);
  run.end();
  await settled();
  assert.deepEqual([run.running, spares], [1, 1]);
  run.member[Symbol.dispose]();
  await settled();
  assert.equal(spares, 2);
});

Deno.test("a member counts what the others need, and knows whether all of them wait for frames", async () => {
  const pool = new SharedSlots(3, () => {});
  const first = new Run(pool, 2, 100, 7), second = new Run(pool, 9, 10, 3);
  for (const run of [first, second]) run.wake();
  await settled();
  assert.deepEqual([first.running, second.running], [2, 1]);
  assert.equal(first.member.bytesOfOthers, 3 + 10);
  assert.equal(second.member.bytesOfOthers, 7 + 2 * 100);
  assert.equal(second.member.othersWait, false);
  first.allWait = true;
  assert.equal(second.member.othersWait, true);
  assert.equal(first.member.othersWait, false);
});
