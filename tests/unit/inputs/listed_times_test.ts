import assert from "node:assert/strict";
import fc from "fast-check";
import { ListedTimes, type ListedTimesOptions } from "../../../lib/inputs/listed_times.ts";

const film: ListedTimesOptions = {
  timeBase: { num: 1, den: 1000 },
  frameRate: { num: 24000, den: 1001 },
  isConstant: true,
  skip: 0,
};

async function all(times: ListedTimes, frames: number) {
  return await Promise.all(Array.from({ length: frames }, (_, frame) => times.of(frame)));
}

Deno.test("rounded stamps of a constant rate are that rate's own times, from any start on", async () => {
  await fc.assert(fc.asyncProperty(
    fc.constantFrom([24000, 1001], [30000, 1001], [60000, 1001], [25, 1], [50, 1]),
    fc.constantFrom(1000, 90000, 12800),
    fc.double({ min: 0, max: 100, noNaN: true }),
    async ([num, den], ticks, start) => {
      const irregular: string[] = [];
      const times = new ListedTimes({
        ...film,
        timeBase: { num: 1, den: ticks },
        frameRate: { num: num!, den: den! },
        onIrregular: (_, what) => irregular.push(what),
      });
      times.add(Float64Array.from({ length: 100 }, (_, n) => Math.round((start + (n * den!) / num!) * ticks)));
      times.end();
      assert.deepEqual(irregular, []);
      for (const [frame, { seconds, duration }] of (await all(times, 100)).entries()) {
        assert.ok(Math.abs(seconds - (frame * den!) / num!) < 1e-9);
        assert.ok(Math.abs(duration - den! / num!) < 1e-9);
      }
      assert.ok(Math.abs(times.startSeconds - start) <= 0.5 / ticks + 1e-9);
    },
  ));
});

Deno.test("where a tick is a whole frame, a frame that is missing stays missing", async () => {
  for (const ticksPerFrame of [1, 2]) {
    const told: number[] = [];
    const times = new ListedTimes({
      ...film,
      timeBase: { num: 1, den: 25 * ticksPerFrame },
      frameRate: { num: 25, den: 1 },
      onIrregular: (frame) => told.push(frame),
    });
    times.add(Float64Array.of(0, 2, 3, 4, 6).map((place) => place * ticksPerFrame));
    times.end();
    const places = (await all(times, 5)).map(({ seconds }) => Math.round(seconds * 25));
    assert.deepEqual(places, [0, 2, 3, 4, 6]);
    assert.deepEqual(told, [1]);
  }
});

Deno.test("stamps of a varying rate are kept as they are", async () => {
  const times = new ListedTimes({ ...film, isConstant: false });
  times.add(Float64Array.of(500, 540, 700));
  times.add(Float64Array.of(720));
  times.end();
  const found = (await all(times, 4)).map(({ seconds, duration }) =>
    [seconds, duration].map((s) => Math.round(s * 1000))
  );
  assert.deepEqual(found, [[0, 40], [40, 160], [200, 20], [220, 20]]);
});

Deno.test("a frame's time is known when the next one's is, or when there is none", async () => {
  const times = new ListedTimes(film);
  const settled: number[] = [];
  for (const frame of [0, 1]) times.of(frame).then(() => settled.push(frame));
  times.add(Float64Array.of(0, 42));
  await Promise.resolve();
  assert.deepEqual(settled, [0]);
  times.end();
  await Promise.resolve();
  assert.deepEqual(settled, [0, 1]);
  await assert.rejects(times.of(2), RangeError);
});

Deno.test("whoever waits for a frame that will not come hears why", async () => {
  const times = new ListedTimes(film);
  const waiting = times.of(5);
  times.fail(new Error("the disk is on fire"));
  await assert.rejects(waiting, /the disk is on fire/);
  await assert.rejects(times.of(6), /the disk is on fire/);
});

Deno.test("skipped frames are before zero, and the start is the first encoded frame's", async () => {
  const times = new ListedTimes({ ...film, frameRate: { num: 25, den: 1 }, skip: 3 });
  assert.equal(times.startSeconds, 0.12);
  times.add(Float64Array.of(1000));
  assert.ok(Math.abs(times.startSeconds - 1.12) < 1e-9);
  times.add(Float64Array.of(1040, 1080, 1120, 1160));
  times.end();
  assert.ok(Math.abs(times.startSeconds - 1.12) < 1e-9);
  assert.equal((await times.of(0)).seconds, 0);
  assert.ok(Math.abs((await times.of(1)).seconds - 0.04) < 1e-9);
});

Deno.test("times ascend whatever a source says, and what it says wrongly is told once", async () => {
  await fc.assert(fc.asyncProperty(
    fc.array(fc.oneof(fc.integer({ min: -1000, max: 1000 }), fc.constant(NaN)), { minLength: 1, maxLength: 50 }),
    fc.boolean(),
    async (stamps, isConstant) => {
      let told = 0;
      const times = new ListedTimes({ ...film, isConstant, onIrregular: () => told++ });
      times.add(Float64Array.from(stamps));
      times.end();
      let before = -Infinity;
      for (const { seconds, duration } of await all(times, stamps.length)) {
        assert.ok(seconds > before && duration > 0);
        before = seconds;
      }
      assert.ok(told <= 1);
    },
  ));
});

Deno.test("where the source's clock begins anew, frames go on at the rate, by the new clock", async () => {
  for (const isConstant of [true, false]) {
    const told: string[] = [];
    const onNewClock = (frame: number, what: string) => told.push(`${frame} ${what}`);
    const times = new ListedTimes({ ...film, frameRate: { num: 25, den: 1 }, isConstant, onNewClock });
    times.add(Float64Array.of(5000, 5040, 5080, 5720, 5760, 40, 80, 120, 800, 0, 40));
    times.end();
    const found = (await all(times, 11)).map(({ seconds }) => Math.round(seconds * 1000));
    assert.deepEqual(found, [0, 40, 80, 720, 760, 800, 840, 880, 1560, 1600, 1640]);
    assert.equal(told.length, 1);
    assert.match(told[0]!, /^5 is shown at -4\.960 s, behind one at 0\.760: the clock begins anew$/);
  }
});

Deno.test("one stamp that is far off is no new clock for those behind it", async () => {
  const times = new ListedTimes({ ...film, frameRate: { num: 25, den: 1 } });
  times.add(Float64Array.of(0, 40, 80, -90_000_000, 160, 200, NaN, 280));
  times.end();
  const found = (await all(times, 8)).map(({ seconds }) => Math.round(seconds * 1000));
  assert.deepEqual(found, [0, 40, 80, 120, 160, 200, 240, 280]);
});
