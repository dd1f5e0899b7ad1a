// Runs with workers, which encode as real ones do and end as the test says: whatever they do, the packets are those of a run
// on this machine alone.

import assert from "node:assert/strict";
import { libraryFile } from "../../../ffi/build/library_file.ts";
import { openLibrary } from "../../../ffi/library.ts";
import type { CommittedSegment, EncodeJob, EncodeSummary, SegmentFailure } from "../../../lib/encode/encode_job.ts";
import { EncodeRun } from "../../../lib/encode/encode_run.ts";
import { FileSource } from "../../../lib/encode/file_source.ts";
import type { SegmentPackets } from "../../../lib/encode/segment_encoder.ts";
import { IncompleteError } from "../../../lib/errors.ts";
import { frameBytes } from "../../../lib/media/video_format.ts";
import { openY4mFile } from "../../../lib/media/y4m_file.ts";
import { openPipe } from "../../../lib/pipe/open_pipe.ts";
import { pipeMemory } from "../../../lib/pipe/pipe_memory.ts";
import { PipeSource } from "../../../lib/pipe/pipe_source.ts";
import { settingsOf } from "../../support/settings_of.ts";
import { smallClipFrames, WorkFolder } from "../../support/work_folder.ts";
import { FakeFleet, type FakeWorkerOptions } from "./fake_fleet.ts";
import { OwnSlots } from "../../../lib/encode/slot_limit.ts";

const library = await libraryFile((line) => console.error(line));
const settings = settingsOf({ minKeyint: 1, keyint: 3 });
const folder = new WorkFolder();
folder.clip("in.y4m");
globalThis.addEventListener("unload", () => folder[Symbol.dispose]());

class Case {
  readonly fleet: FakeFleet;
  readonly run: EncodeRun;
  readonly kept = new Map<number, SegmentPackets>();
  readonly written: Uint8Array[] = [];
  readonly commits: CommittedSegment[] = [];
  readonly failures: SegmentFailure[] = [];
  readonly notes: string[] = [];
  readonly announced = new Set<number>();

  constructor(slots: number, workers: readonly FakeWorkerOptions[], changes: Partial<EncodeJob> = {}) {
    this.fleet = new FakeFleet({ library, settings }, workers);
    const { layout } = openY4mFile(folder.file("in.y4m"));
    const input = { path: folder.file("in.y4m"), layout, skip: 0, frames: smallClipFrames };
    this.run = new EncodeRun({
      library,
      settings,
      resolved: openLibrary(library).resolve(settings),
      source: new FileSource({ library, settings, input, forcedKeyframes: [], packBytes: 20e6 }),
      skip: 0,
      slots,
      fleet: workers.length === 0 ? undefined : this.fleet,
      workerTimeoutSeconds: 600,
      limit: new OwnSlots(slots, { slotsNow: () => slots }),
      store: {
        announce: (segments) => Promise.resolve(segments.forEach((segment) => this.announced.add(segment))),
        heard: () => Promise.resolve(),
        commit: (packets) => {
          assert.equal(this.kept.has(packets.index), false, `segment ${packets.index} is committed twice`);
          this.kept.set(packets.index, packets);
          return Promise.resolve();
        },
        read: (segment) => Promise.resolve(this.kept.get(segment)!),
        extendPlan: (detected) => detected,
      },
      kept: undefined,
      plan: undefined,
      sink: { write: ({ data }) => Promise.resolve(void this.written.push(data)) },
      stallSeconds: undefined,
      onCommit: (segment) => this.commits.push(segment),
      onFailure: (failure) => this.failures.push(failure),
      onNote: (text) => this.notes.push(text),
      ...changes,
    });
  }

  /** Runs to the end; `onCommit` is called for each segment that is done. */
  async result(): Promise<EncodeSummary> {
    const summary = await this.run.run();
    if (summary.abandoned.length === 0) assert.equal(summary.frames, smallClipFrames);
    return summary;
  }

  get bytes(): string {
    return Uint8Array.from(this.written.flatMap((data) => [...data])).toHex();
  }
}

const alone = new Case(2, []);
await alone.result();
const { bytes: expected } = alone;

/** Calls `then` once, when so many segments are done. */
function after(commits: number, then: () => void): Partial<EncodeJob> {
  let count = 0;
  return { onCommit: () => ++count === commits && then() };
}

/** The clip as a pipe with so much room for frames above the least that works. */
async function piped(spareBytes: number): Promise<PipeSource> {
  const { header, pipe } = await openPipe(folder.file("in.y4m"));
  const size = frameBytes(header.format), packers = 1;
  return new PipeSource(pipe, {
    order: {
      library,
      settings,
      skip: 0,
      limit: 0,
      expectFrames: undefined,
      planned: undefined,
      forcedKeyframes: [],
      done: [],
    },
    budgetBytes: pipeMemory({ frameBytes: size, packers, spill: false }).floorBytes + spareBytes,
    mostFrames: 1000,
    tmpInput: { kind: "none" },
    packers,
  });
}

const box = (changes: Partial<FakeWorkerOptions> = {}): FakeWorkerOptions => ({ name: "box:1", slots: 1, ...changes });

Deno.test("a run on workers alone gives the packets of this machine, and announces nothing as its own", async () => {
  const run = new Case(0, [box({ slots: 2 }), box({ name: "other:1" })]);
  const { machines, segments, slots } = await run.result();
  assert.equal(run.bytes, expected);
  assert.deepEqual([...run.announced], []);
  assert.equal(slots, 3);
  assert.deepEqual(machines.map(({ worker }) => worker), ["box:1", "other:1"]);
  assert.equal(machines.reduce((sum, machine) => sum + machine.segments, 0), segments);
  assert.equal(machines.reduce((sum, { frames }) => sum + frames, 0), smallClipFrames);
  assert.ok(run.commits.every(({ worker }) => worker !== undefined));
});

Deno.test("a run on workers and this machine shares the segments and shows whose slots they are", async () => {
  const run = new Case(1, [box()]);
  const summary = run.result();
  const { slots } = run.run.status();
  assert.deepEqual(slots.map(({ slot, worker }) => [slot, worker]), [[0, null], [0, "box:1"]]);
  const { machines } = await summary;
  assert.equal(run.bytes, expected);
  assert.deepEqual(machines.map(({ worker }) => worker), [null, "box:1"]);
  assert.ok(machines.every(({ segments }) => segments > 0), JSON.stringify(machines));
});

for (const crashed of ["no", "unknown"] as const) {
  Deno.test(`a worker that is lost (crashed: ${crashed}) and comes back costs no try and no byte`, async () => {
    const workers = [box(), box({ name: "other:1" })];
    const run: Case = new Case(
      0,
      workers,
      after(3, () => {
        const [worker] = run.fleet.workers;
        worker!.vanish(crashed, false);
        queueMicrotask(() => worker!.comeBack());
      }),
    );
    const { abandoned } = await run.result();
    assert.equal(run.bytes, expected);
    assert.deepEqual([abandoned, run.failures], [[], []]);
  });
}

Deno.test("a worker that is refused for good in the middle is not asked again, and this machine goes on", async () => {
  const run: Case = new Case(1, [box()], after(2, () => run.fleet.workers[0]!.vanish("no", true)));
  await run.result();
  assert.equal(run.bytes, expected);
});

Deno.test("a segment that takes workers down is given to three of them, then to this machine", async () => {
  const names = ["a:1", "b:1", "c:1", "d:1", "e:1"];
  const fate = ({ index }: { index: number }) =>
    index === 2 ? { kind: "lost", reason: "it crashed", crashed: "yes" } as const : "encode";
  const run = new Case(1, names.map((name) => ({ name, slots: 1, ahead: 0, fate })));
  const { abandoned } = await run.result();
  assert.equal(run.bytes, expected);
  assert.deepEqual(abandoned, []);
  const times = run.fleet.workers.flatMap(({ begun }) => begun.filter((index) => index === 2)).length;
  assert.ok(times <= 3, `${times} workers`);
  assert.equal(run.failures.length, times);
});

Deno.test("without this machine a segment that took three workers down is given up, with its frames named", async () => {
  const names = ["a:1", "b:1", "c:1", "d:1", "e:1"];
  const fate = ({ index }: { index: number }) =>
    index === 2 ? { kind: "lost", reason: "it crashed", crashed: "yes" } as const : "encode";
  const run = new Case(0, names.map((name) => ({ name, slots: 1, ahead: 0, fate })));
  const { abandoned } = await run.result();
  assert.deepEqual(abandoned.map(({ segment: { index }, failures }) => [index, failures.length]), [[2, 3]]);
  assert.equal(run.fleet.workers.flatMap(({ begun }) => begun.filter((index) => index === 2)).length, 3);
  assert.deepEqual(run.failures.map(({ again, attempt }) => [again, attempt]), [[true, 1], [true, 2], [false, 3]]);
});

Deno.test("a segment over which three workers vanished waits until it is known why", async () => {
  let vanished = 0;
  const fate = ({ index }: { index: number }) =>
    index === 2 && vanished++ < 3 ? { kind: "lost", reason: "gone", crashed: "unknown" } as const : "encode";
  const names = ["a:1", "b:1", "c:1", "d:1"];
  const run: Case = new Case(0, names.map((name) => ({ name, slots: 1, ahead: 0, fate })), {
    onCommit: ({ segment }) => {
      run.commits.push({ segment } as CommittedSegment);
      if (run.commits.length === alone.kept.size - 1) run.fleet.events!.crashKnown(2, false);
    },
  });
  await run.result();
  assert.equal(run.bytes, expected);
  assert.equal(run.commits.at(-1)?.segment, 2);
  assert.equal(vanished, 4);
});

Deno.test("a worker at which everything fails, or whose results are wrong, loses the run only time", async () => {
  const failing = box({ name: "full:1", ahead: 0, fate: () => ({ kind: "failed", reason: "no space is left" }) });
  const wrong = box({
    name: "liar:1",
    ahead: 0,
    result: (outcome) =>
      outcome.kind === "done"
        ? { ...outcome, packets: { ...outcome.packets, frames: outcome.packets.frames + 1 } }
        : outcome,
  });
  const run = new Case(0, [failing, wrong, box()]);
  const { machines } = await run.result();
  assert.equal(run.bytes, expected);
  assert.deepEqual(machines.map(({ segments }) => segments > 0), [false, false, true]);
  // After three faults one has to wait.
  for (const { begun } of run.fleet.workers.slice(0, 2)) assert.ok(begun.length <= 5, `${begun.length}`);
  assert.ok(run.failures.every(({ again, worker }) => again && worker !== "box:1"));
});

Deno.test("a worker that fails at everything while the other is away gives no segment up", async () => {
  const away = box({ name: "away:1" });
  let failed = 0;
  const failing = box({
    name: "full:1",
    slots: 2,
    fate: () => {
      // Enough to give one up thrice over, were they counted.
      if (++failed === 4) queueMicrotask(() => run.fleet.workers[1]!.comeBack());
      return { kind: "failed", reason: "no space is left" };
    },
  });
  const run: Case = new Case(0, [failing, away]);
  Object.assign(run.fleet.workers[1]!, { slots: 0, ahead: 0 });
  const { abandoned } = await run.result();
  assert.deepEqual([run.bytes, abandoned], [expected, []]);
  assert.deepEqual(run.notes.filter((note) => note.startsWith("full:1 fails at whatever it is given")).length, 1);
});

Deno.test("a run whose only worker fails at everything ends as one that no worker comes to", async () => {
  const failing = box({ fate: () => ({ kind: "failed", reason: "no space is left" }) });
  const run = new Case(0, [failing], { workerTimeoutSeconds: 1 });
  await assert.rejects(
    run.run.run(),
    (error: Error) => error instanceof IncompleteError && /for 1 s \(--worker-timeout\)/.test(error.message),
  );
  assert.ok(run.failures.every(({ again }) => again));
});

Deno.test("a segment that the only worker fails at, and at no other, is given up after its tries", async () => {
  const run = new Case(0, [box({ fate: ({ index }) => index === 1 ? { kind: "failed", reason: "bad" } : "encode" })]);
  const { abandoned } = await run.result();
  assert.deepEqual(abandoned.map(({ segment }) => segment.index), [1]);
});

Deno.test("what a worker hangs on, and what waits behind it there, is encoded by this machine in the end", async () => {
  const run = new Case(1, [box({ ahead: 2, fate: () => "hang" })]);
  const { copySeconds, machines } = await run.result();
  assert.equal(run.bytes, expected);
  assert.equal(machines[1]!.segments, 0);
  assert.ok(copySeconds > 0);
  assert.equal(run.fleet.workers[0]!.begun.length >= 1, true);
});

Deno.test("without this machine and without any worker that could come, the run ends at once", async () => {
  const run = new Case(0, [box({ slots: 0, hopeful: false })]);
  await assert.rejects(
    run.run.run(),
    (error: Error) => error instanceof IncompleteError && /no worker is left/.test(error.message),
  );
});

Deno.test("without this machine the run waits for a worker, says so once, and goes on when one comes", async () => {
  const run: Case = new Case(0, [box()], {
    onNote: (text) => {
      run.notes.push(text);
      run.fleet.workers[0]!.comeBack();
    },
  });
  run.fleet.workers[0]!.slots = 0;
  run.fleet.workers[0]!.ahead = 0;
  await run.result();
  assert.equal(run.bytes, expected);
  assert.deepEqual(run.notes, ["waiting for a worker…"]);
});

Deno.test("without this machine a run that no worker comes to is given up after --worker-timeout", async () => {
  const run = new Case(0, [box()], { workerTimeoutSeconds: 1 });
  run.fleet.workers[0]!.slots = 0;
  await assert.rejects(
    run.run.run(),
    (error: Error) => error instanceof IncompleteError && /for 1 s \(--worker-timeout\)/.test(error.message),
  );
});

for (const spareBytes of [0, 100_000, 20e6]) {
  for (const slots of [0, 1]) {
    Deno.test(`a pipe with ${spareBytes} spare bytes is encoded by workers and ${slots} slots here, one worker lost in between`, async () => {
      const source = await piped(spareBytes);
      const run: Case = new Case(slots, [box({ slots: 2 }), box({ name: "other:1" })], {
        source,
        onCommit: ({ segment }) => {
          const [worker] = run.fleet.workers;
          if (segment === 4) worker!.vanish("no", false);
          if (segment === 8) worker!.comeBack();
        },
      });
      await run.result();
      assert.equal(run.bytes, expected);
    });
  }
}
