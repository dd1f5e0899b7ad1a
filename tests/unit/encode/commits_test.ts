import assert from "node:assert/strict";
import type { AtWork } from "../../../lib/encode/at_work.ts";
import { Commits } from "../../../lib/encode/commits.ts";
import type { EncodeJob } from "../../../lib/encode/encode_job.ts";
import { Plan } from "../../../lib/encode/plan.ts";
import type { SegmentPackets } from "../../../lib/encode/segment_encoder.ts";

const given = { machine: 0, worker: null, slot: 0, startedMs: 0 } as AtWork;

/** Commits of two segments of three frames; `kept` lets the store have the next one. */
function twoSegments() {
  const plan = new Plan(), told: number[] = [], waiting: (() => void)[] = [];
  plan.advance({ decided: 6, keyframes: [0, 3], complete: true });
  const packets = (index: number) => {
    const data = new Uint8Array(3), sizes = new Uint32Array([1, 1, 1]);
    return {
      index,
      first: 3 * index,
      frames: 3,
      data,
      sizes,
      seconds: 1,
      firstFrameSentAt: 0,
    } as unknown as SegmentPackets;
  };
  const store = {
    commit: () => new Promise<void>((resolve) => waiting.push(resolve)),
    read: (index: number) => Promise.resolve(packets(index)),
  };
  const job = { store, sink: { write: () => Promise.resolve() }, onCommit: ({ segment }) => told.push(segment) } as
    & Partial<EncodeJob>
    & object as EncodeJob;
  const commits = new Commits(job, plan, { kept: () => true, committed: () => {}, failed: assert.fail });
  commits.begin(0, 1);
  return { commits, told, packets, kept: () => waiting.shift()!() };
}

Deno.test("a segment is told of when the store has it", async () => {
  const { commits, told, packets, kept } = twoSegments();
  commits.take(packets(0), given);
  assert.deepEqual(told, []);
  kept();
  await commits.settled();
  assert.deepEqual(told, [0]);
});

Deno.test("a segment that the store gets after the run was stopped is not told of", async () => {
  const { commits, told, packets, kept } = twoSegments();
  for (const index of [0, 1]) commits.take(packets(index), given);
  kept();
  await commits.settled();
  commits.stop();
  kept();
  for (let round = 0; round < 20; round++) await Promise.resolve();
  assert.deepEqual(told, [0]);
});
