import assert from "node:assert/strict";
import { Announcer } from "../../../lib/encode/announcer.ts";

/** A disk that is done when the test says so. */
class HeldDisk {
  /** What was new, and all that was said, each time. */
  readonly asked: number[][] = [];
  readonly all: number[][] = [];
  #running: PromiseWithResolvers<void> | undefined;

  readonly announce = (segments: readonly number[]): Promise<void> => {
    assert.equal(this.#running, undefined, "two at a time");
    this.asked.push(segments.filter((segment) => !this.asked.flat().includes(segment)));
    this.all.push([...segments]);
    this.#running = Promise.withResolvers<void>();
    return this.#running.promise;
  };

  async end(): Promise<void> {
    const running = this.#running!;
    this.#running = undefined;
    running.resolve();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

const from = (first: number, last: number) => (count: number) =>
  Array.from({ length: Math.max(0, last - first) }, (_, at) => first + at).slice(0, count);

Deno.test("Announcer lets a segment begin only once it is on the disk", async () => {
  const disk = new HeldDisk();
  const announcer = new Announcer(disk.announce, 2);
  let times = 0;
  announcer.ask(from(0, 3), true, () => times++);
  assert.deepEqual([disk.asked, announcer.has(0), times], [[[0, 1, 2]], false, 0]);
  await disk.end();
  assert.deepEqual([announcer.has(0), announcer.has(2), announcer.has(3), times], [true, true, false, 1]);
  announcer.begin(1);
  assert.equal(announcer.has(1), false);
});

Deno.test("Announcer asks ahead of need, and not for every segment", async () => {
  const disk = new HeldDisk();
  const announcer = new Announcer(disk.announce, 2);
  announcer.ask(from(0, 100), true, () => {});
  await disk.end();
  assert.deepEqual(disk.asked, [[0, 1, 2, 3]]);
  for (const next of [1, 2]) {
    announcer.begin(next - 1);
    announcer.ask(from(next, 100), false, () => {});
    assert.equal(disk.asked.length, 1);
  }
  announcer.begin(2);
  announcer.remove(1);
  announcer.ask(from(3, 100), false, () => {});
  assert.deepEqual([disk.asked[1], disk.all[1]], [[4, 5, 6], [0, 2, 3, 4, 5, 6]]);
  await disk.end();
});

Deno.test("Announcer asks for more at once where slots wait for the disk", async () => {
  const disk = new HeldDisk();
  const announcer = new Announcer(disk.announce, 1);
  let next = 0;
  for (let round = 0; round < 5; round++) {
    announcer.ask(from(next, 10_000), true, () => {});
    // However often it is asked meanwhile.
    for (let times = 0; times < 5; times++) announcer.ask(from(next, 10_000), true, () => {});
    await disk.end();
    for (const segment of disk.asked.at(-1)!) announcer.begin(segment);
    next += disk.asked.at(-1)!.length;
  }
  // For the first they wait whatever the disk does.
  assert.deepEqual(disk.asked.map(({ length }) => length), [2, 2, 4, 8, 16]);
  // From then on half of what is asked for is always ahead, and the plan has to reach that far.
  assert.equal(announcer.wanted, 64);
  announcer.ask(from(next, 10_000), false, () => {});
  await disk.end();
  for (let segment = next; segment < next + 16; segment++) announcer.begin(segment);
  announcer.ask(from(next + 16, 10_000), false, () => {});
  assert.deepEqual(disk.asked.slice(5).map(({ length }) => length), [32]);
  announcer.begin(next + 16);
  announcer.ask(from(next + 17, 10_000), false, () => {});
  assert.deepEqual(disk.asked.slice(5).map(({ length }) => length), [32, 17]);
  await disk.end();
});

Deno.test("Announcer hands on what the disk says", async () => {
  const announcer = new Announcer(() => Promise.reject(new Error("no space")), 1);
  await assert.rejects(announcer.ask(from(0, 1), true, () => assert.fail("announced")), /no space/);
  assert.equal(announcer.has(0), false);
});

Deno.test("Announcer takes back what another machine begins, and keeps what this one has of it", async () => {
  const disk = new HeldDisk();
  const announcer = new Announcer(disk.announce, 2);
  announcer.ask(from(0, 4), true, () => {});
  await disk.end();
  announcer.begin(0);
  for (const segment of [0, 1]) announcer.beginElsewhere(segment);
  assert.deepEqual([announcer.has(1), announcer.has(2)], [false, true]);
  announcer.ask(from(4, 8), true, () => {});
  assert.deepEqual(disk.all.at(-1), [0, 2, 3, 4, 5, 6, 7]);
  await disk.end();
});
