import assert from "node:assert/strict";
import fc from "fast-check";
import type { FileInput } from "../../../lib/encode/file_frames.ts";
import { type FilePackJob, FilePacks, packsAhead } from "../../../lib/encode/file_packs.ts";
import type { FedSlot } from "../../../lib/encode/video_source.ts";
import { PackFeed } from "../../../lib/pipe/pack_feed.ts";

const placeBytes = 1000;

function inputOf(firstFrame: number): FileInput {
  return {
    path: "x.y4m",
    layout: { frameBytes: 1, fixed: { firstFrame, stride: 1 }, offsets: undefined },
    skip: 0,
    frames: 1e6,
  };
}

class Slot implements FedSlot {
  readonly wantsPacks = true;
  readonly feed = new PackFeed();
  onPackTaken: (() => void) | undefined;
  isSated = false;
  known = 0;
  frames: number | null = null;
  /** Frames taken, and those of the segment that the source has been told of. */
  taken = 0;
  told = 0;
  /** It takes nothing before that slot has ended. */
  behind: Slot | undefined;
  ended = false;

  constructor(readonly first = 0, readonly length = 0) {}

  grow(known: number, frames: number | null): void {
    assert.ok(known >= this.known && (frames === null || known <= frames));
    this.known = known;
    this.frames = frames;
  }
}

/** FilePacks whose packers are answered by hand. */
function packsOf(places: number, packers = Infinity, packFrames = 4) {
  const jobs: FilePackJob[] = [];
  const open = new Set<FilePackJob>();
  const failures: string[] = [];
  const packs = new FilePacks({
    input: inputOf(0),
    places,
    placeBytes,
    packFrames,
    make: (job) => {
      if (open.size >= packers) return false;
      assert.ok([...open].every(({ offset }) => offset !== job.offset), "one pack a place");
      open.add(job);
      jobs.push(job);
      return true;
    },
    onFailure: (reason) => failures.push(reason),
  });
  const made = (job: FilePackJob, bytes: number) => {
    open.delete(job);
    packs.made(job.id, bytes);
  };
  const notMade = (job: FilePackJob, reason: string) => {
    open.delete(job);
    packs.notMade(job.id, reason);
  };
  return { packs, jobs, open, failures, made, notMade };
}

function take(slot: Slot): void {
  assert.ok(slot.feed.peek() !== undefined);
  slot.feed.release();
  slot.onPackTaken!();
}

Deno.test("a slot gets packs of its segment's frames in order, two ahead, the last one shorter", () => {
  const { packs, jobs, made } = packsOf(8);
  const slot = new Slot();
  packs.attach(3, 100, slot);
  packs.grow(slot, 9, 9);
  assert.deepEqual(jobs.map(({ first, frames }) => [first, frames]), [[100, 4], [104, 4]]);
  made(jobs[1]!, 20);
  assert.deepEqual([slot.known, slot.frames], [0, 9], "the first one comes first");
  made(jobs[0]!, 10);
  assert.deepEqual([slot.known, slot.feed.peek()], [8, { offset: jobs[0]!.offset, bytes: 10, frames: 4 }]);
  take(slot);
  assert.deepEqual([jobs[2]!.first, jobs[2]!.frames, jobs[2]!.offset], [108, 1, jobs[0]!.offset]);
  made(jobs[2]!, 10);
  assert.equal(slot.known, 9);
});

Deno.test("a slot of an open segment gets whole packs, or what there is where it has nothing", () => {
  const { packs, jobs, made } = packsOf(8);
  const slot = new Slot();
  packs.attach(0, 0, slot);
  packs.grow(slot, 3, null);
  packs.grow(slot, 6, null);
  packs.grow(slot, 7, null);
  assert.deepEqual(jobs.map(({ first, frames }) => [first, frames]), [[0, 3], [3, 4]]);
  packs.grow(slot, 7, 7);
  for (const job of jobs) made(job, 1);
  assert.deepEqual([slot.known, slot.frames, jobs.length], [7, 7, 2]);
});

Deno.test("packs by a layout that was corrected are made again, whatever became of them", () => {
  const { packs, jobs, failures, made, notMade } = packsOf(8);
  const slot = new Slot();
  packs.attach(0, 0, slot);
  packs.grow(slot, 8, 8);
  packs.relocate(inputOf(7));
  notMade(jobs[0]!, "no FRAME line");
  made(jobs[1]!, 10);
  assert.deepEqual([slot.known, failures], [0, []]);
  assert.deepEqual(jobs.slice(2).map(({ first, input }) => [first, input.layout.fixed!.firstFrame]), [[0, 7], [4, 7]]);
  for (const job of jobs.slice(2)) made(job, 10);
  assert.equal(slot.known, 8);
});

Deno.test("frames that cannot be read are said, unless nobody waits for them", () => {
  const { packs, jobs, failures, made, notMade } = packsOf(8);
  const slot = new Slot();
  packs.attach(0, 0, slot);
  packs.grow(slot, 8, 8);
  packs.detach(slot);
  notMade(jobs[0]!, "gone");
  made(jobs[1]!, 1);
  assert.deepEqual(failures, []);
  packs.attach(0, 0, slot);
  packs.grow(slot, 8, 8);
  notMade(jobs[2]!, "gone");
  assert.deepEqual(failures, ["gone"]);
});

Deno.test("a slot that is sated gets no packs until it says so", () => {
  const { packs, jobs } = packsOf(8);
  const slot = new Slot();
  slot.isSated = true;
  packs.attach(0, 0, slot);
  packs.grow(slot, 8, 8);
  assert.deepEqual([jobs.length, slot.frames], [0, 8]);
  slot.isSated = false;
  slot.onPackTaken!();
  assert.equal(jobs.length, 2);
});

Deno.test("a slot is at one segment at a time", () => {
  const { packs } = packsOf(2);
  const slot = new Slot();
  packs.attach(0, 0, slot);
  assert.throws(() => packs.attach(1, 9, slot), { name: "TypeError", message: /it is at segment 0/ });
});

Deno.test("no slot gets a second pack from the room of one that has none", () => {
  const { packs, jobs } = packsOf(3);
  const slots = [new Slot(), new Slot()];
  slots.forEach((slot, number) => packs.attach(number, number * 100, slot));
  packs.grow(slots[0]!, 50, 50);
  assert.equal(jobs.length, 2);
  packs.grow(slots[1]!, 50, 50);
  assert.deepEqual(jobs.map(({ first }) => first), [0, 4, 100]);
});

Deno.test("however few places there are, every slot gets all its frames, in any order of events", () => {
  const worlds = fc.record({
    lengths: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 }),
    places: fc.integer({ min: 1, max: 6 }),
    packers: fc.integer({ min: 1, max: 3 }),
    packFrames: fc.integer({ min: 1, max: 5 }),
    /** Of 100 chances: that a slot takes nothing before an earlier one has ended, and whether it says so. */
    waits: fc.constantFrom(0, 50, 100),
    says: fc.boolean(),
    choices: fc.infiniteStream(fc.nat(1e6)),
  });
  fc.assert(
    fc.property(worlds, ({ lengths, places, packers, packFrames, waits, says, choices }) => {
      const chance = (count: number) => choices.next().value! % count;
      const { packs, open, failures, made, notMade } = packsOf(places, packers, packFrames);
      /** Which frames lie in which place. */
      const content = new Map<number, FilePackJob>();
      let first = 0, layout = 0;
      const waiting = lengths.map((length) => new Slot((first += length) - length, length));
      const slots: Slot[] = [];
      const end = (slot: Slot) => {
        slot.ended = true;
        packs.detach(slot);
        for (const other of slots) {
          if (other.behind !== slot) continue;
          other.behind = undefined;
          other.isSated = false;
          other.onPackTaken?.();
        }
      };
      for (let step = 0; waiting.length > 0 || slots.some(({ ended }) => !ended) || open.size > 0; step++) {
        assert.ok(step < 10_000);
        const events: (() => void)[] = [];
        if (waiting.length > 0) {
          events.push(() => {
            const slot = waiting.shift()!;
            const earlier = slots.filter(({ ended }) => !ended);
            if (earlier.length > 0 && chance(100) < waits) {
              slot.behind = earlier[chance(earlier.length)]!;
              slot.isSated = says;
            }
            slots.push(slot);
            packs.attach(slots.length, slot.first, slot);
          });
        }
        for (const slot of slots.filter(({ ended }) => !ended)) {
          if (slot.told < slot.length || slot.frames === null) {
            events.push(() => {
              slot.told = Math.min(slot.length, slot.told + 1 + chance(9));
              packs.grow(slot, slot.told, slot.told === slot.length && chance(2) === 0 ? slot.length : null);
              if (slot.told === slot.length) packs.grow(slot, slot.told, slot.length);
            });
          }
          if (slot.taken < slot.known && slot.behind === undefined) {
            events.push(() => {
              const { offset, bytes, frames } = slot.feed.peek()!;
              const job = content.get(offset)!;
              assert.deepEqual([job.first, job.frames, bytes], [slot.first + slot.taken, frames, frames * 10]);
              slot.taken += frames;
              take(slot);
            });
          }
          if (slot.taken === slot.length && slot.frames !== null) events.push(() => end(slot));
          if (chance(100) === 0) events.push(() => end(slot));
        }
        for (const job of open) {
          events.push(() => {
            content.set(job.offset, job);
            if (job.input.layout.fixed!.firstFrame !== layout && chance(2) === 0) notMade(job, "elsewhere");
            else made(job, job.frames * 10);
          });
        }
        if (chance(50) === 0) events.push(() => packs.relocate(inputOf(++layout)));
        assert.ok(events.length > 0, "deadlock");
        events[chance(events.length)]!();
        for (const slot of slots) assert.ok(slot.feed.waitingBytes <= packsAhead * packFrames * 10);
      }
      assert.deepEqual(failures, []);
    }),
    { numRuns: 1000 },
  );
});
