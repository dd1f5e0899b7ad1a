import assert from "node:assert/strict";
import fc from "fast-check";
import { OrderedOutput, type PacketSink } from "../../../lib/encode/ordered_output.ts";
import type { SegmentPackets } from "../../../lib/encode/segment_encoder.ts";
import { numberedPackets, segmentOf } from "./packets.ts";

/** A sink whose writes end when the test says so. */
class HeldSink implements PacketSink {
  readonly written: { first: number; index: number }[] = [];
  #running: PromiseWithResolvers<void> | undefined;

  write({ first, index }: SegmentPackets): Promise<void> {
    assert.equal(this.#running, undefined, "two writes at a time");
    this.written.push({ first, index });
    this.#running = Promise.withResolvers<void>();
    return this.#running.promise;
  }

  get busy(): boolean {
    return this.#running !== undefined;
  }

  /** Ends the running write, and lets what waits for it happen. */
  async end(error?: Error): Promise<void> {
    const running = this.#running!;
    this.#running = undefined;
    if (error === undefined) running.resolve();
    else running.reject(error);
    await turn();
  }

  get order(): number[] {
    return this.written.map(({ index }) => index);
  }
}

/** All promises that can be settled are, when this one is. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

function noFailure(error: unknown): never {
  throw error;
}

/** A store of segments of two frames each. */
function read(index: number): Promise<SegmentPackets> {
  return Promise.resolve(segmentOf(index, numberedPackets(index, 2), 2 * index));
}

function add(output: OrderedOutput, index: number, bytes = 14): void {
  output.add(index, bytes);
}

Deno.test("OrderedOutput writes in order what comes in any order, without what is skipped", async () => {
  const cases = fc.array(fc.boolean(), { maxLength: 20 }).chain((skipped) =>
    fc.tuple(fc.constant(skipped), fc.shuffledSubarray([...skipped.keys()], { minLength: skipped.length }))
  );
  const speeds = fc.constantFrom("at once", "a microtask", "a turn");
  await fc.assert(fc.asyncProperty(cases, speeds, fc.boolean(), async ([skipped, order], speed, spread) => {
    const written: number[] = [];
    let writing = 0;
    const sink: PacketSink = {
      async write({ first, index }) {
        assert.equal(++writing, 1, "two writes at a time");
        assert.equal(first, 2 * index);
        written.push(index);
        if (speed === "a microtask") await Promise.resolve();
        if (speed === "a turn") await turn();
        writing--;
      },
    };
    const output = new OrderedOutput(read, sink, noFailure);
    for (const index of order) {
      if (skipped[index]) output.skip(index);
      else add(output, index);
      if (spread) await Promise.resolve();
    }
    await output.settled();
    const expected = [...skipped.keys()].filter((index) => !skipped[index]);
    assert.deepEqual(written, expected);
    const bytes = expected.length * (3 + 4);
    assert.deepEqual(output.written, { frames: 2 * expected.length, bytes });
  }));
});

Deno.test("OrderedOutput keeps early segments back and counts only what is written", async () => {
  const sink = new HeldSink();
  const output = new OrderedOutput(read, sink, noFailure);
  add(output, 2);
  add(output, 1);
  await turn();
  assert.deepEqual([sink.order, output.written.frames], [[], 0]);
  add(output, 0);
  await turn();
  assert.deepEqual([sink.order, output.written.frames], [[0], 0]);
  await sink.end();
  assert.deepEqual([sink.order, output.written.frames], [[0, 1], 2]);
  await sink.end();
  await sink.end();
  assert.deepEqual([sink.order, output.written.frames, sink.busy], [[0, 1, 2], 6, false]);
  await output.settled();
});

Deno.test("OrderedOutput goes on with a segment that comes at any moment after a write has ended", async () => {
  for (let microtasks = 0; microtasks < 12; microtasks++) {
    const ended = Promise.withResolvers<void>();
    const written: number[] = [];
    const output = new OrderedOutput(read, {
      write: ({ index }) => {
        written.push(index);
        return index === 0 ? ended.promise : Promise.resolve();
      },
    }, noFailure);
    add(output, 0);
    ended.resolve();
    for (let step = 0; step < microtasks; step++) await Promise.resolve();
    add(output, 1);
    await output.settled();
    assert.deepEqual(written, [0, 1], `${microtasks} microtasks after the write`);
  }
});

Deno.test("settled() waits for what is added while it waits", async () => {
  const sink = new HeldSink();
  const output = new OrderedOutput(read, sink, noFailure);
  add(output, 0);
  let settled = false;
  const waiting = output.settled().then(() => settled = true);
  add(output, 1);
  await turn();
  await sink.end();
  assert.deepEqual([sink.order, settled], [[0, 1], false]);
  await sink.end();
  await waiting;
});

Deno.test("settled() does not wait for segments that have not come", async () => {
  const output = new OrderedOutput(read, new HeldSink(), noFailure);
  add(output, 1);
  await output.settled();
  assert.equal(output.written.frames, 0);
});

Deno.test("OrderedOutput says once that a write failed, writes nothing more and throws it ever after", async () => {
  for (const how of ["rejects", "throws"]) {
    const failure = new Error("no space");
    const failures: unknown[] = [];
    const asked: number[] = [];
    const output = new OrderedOutput(read, {
      write({ index }) {
        asked.push(index);
        if (index !== 1) return Promise.resolve();
        if (how === "throws") throw failure;
        return Promise.reject(failure);
      },
    }, (error) => failures.push(error));
    for (const index of [3, 2, 1, 0]) add(output, index);
    await assert.rejects(output.settled(), failure);
    // One turn each, so that every one of them could start a write.
    for (const late of [() => add(output, 4), () => output.skip(2), () => add(output, 3), () => add(output, 2)]) {
      late();
      await turn();
    }
    await assert.rejects(output.settled(), failure);
    assert.deepEqual([asked, failures], [[0, 1], [failure]], how);
    assert.equal(output.written.frames, 2);
  }
});

Deno.test("OrderedOutput reads small segments ahead, and large ones one at a time", async () => {
  for (const [bytes, expected] of [[1000, [0, 1, 2, 3]], [1e6, [0, 1, 2, 3]], [3e6, [0]]] as const) {
    const sink = new HeldSink(), asked: number[] = [];
    const output = new OrderedOutput((index) => (asked.push(index), read(index)), sink, noFailure);
    for (const index of [3, 1, 2, 0]) add(output, index, bytes);
    await turn();
    assert.deepEqual([asked, sink.order], [expected, [0]], `${bytes} bytes each`);
    for (let written = 0; written < 4; written++) await sink.end();
    await output.settled();
    assert.deepEqual([asked, sink.order], [[0, 1, 2, 3], [0, 1, 2, 3]]);
  }
});

Deno.test("OrderedOutput that cannot read a segment back says so once and writes nothing after it", async () => {
  const failure = new Error("damaged");
  const failures: unknown[] = [], written: number[] = [];
  const output = new OrderedOutput(
    (index) => index === 1 ? Promise.reject(failure) : read(index),
    { write: ({ index }) => Promise.resolve(void written.push(index)) },
    (error) => failures.push(error),
  );
  for (const index of [0, 1, 2]) add(output, index);
  await assert.rejects(output.settled(), failure);
  assert.deepEqual([written, failures], [[0], [failure]]);
});
