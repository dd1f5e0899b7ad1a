import assert from "node:assert/strict";
import fc from "fast-check";
import { type Blame, forgive, judge, noBlame, type PastRun, runLast, setAside } from "../../../lib/resume/blame.ts";
import { killedBetween, readOomCounters } from "../../../lib/resume/oom.ts";
import { KernelFolder } from "./kernel_folder.ts";

const calm = { boot: "a", machine: 5, group: 1 };
const killed = { boot: "a", machine: 6, group: 1 };
const memory = { total: 32e9, available: 16e9 };

function run(changes: Partial<PastRun> = {}): PastRun {
  return { clean: false, announced: [3, 7, 9], slots: 4, slotBytes: 800e6, memory, oom: calm, ...changes };
}

/** The same run again and again, judged each time. */
function judged(times: number, past: PastRun, mark?: { segment: number | null }, now = calm): Blame {
  let blame = noBlame;
  for (let time = 0; time < times; time++) blame = judge(blame, past, mark, now).blame;
  return blame;
}

Deno.test("a segment that was named by three crashes is set aside, and run last after the first", () => {
  assert.deepEqual(runLast(judged(1, run(), { segment: 7 })), [7]);
  assert.deepEqual(setAside(judged(2, run(), { segment: 7 })), []);
  const blame = judged(3, run(), { segment: 7 });
  assert.deepEqual([setAside(blame), runLast(blame)], [[7], []]);
});

Deno.test("a crash that names no segment counts for every one that may have been running", () => {
  assert.deepEqual(judge(noBlame, run(), { segment: null }, calm).blamed, [3, 7, 9]);
  assert.deepEqual(setAside(judged(3, run(), { segment: null })), [3, 7, 9]);
});

Deno.test("a crash that names a segment which was not running counts for none", () => {
  assert.deepEqual(judge(noBlame, run(), { segment: 4 }, calm).blamed, []);
});

Deno.test("being killed, however often, sets nothing aside and takes no slots", () => {
  const anyRun = fc.record({
    announced: fc.uniqueArray(fc.nat(50)),
    slots: fc.integer({ min: 0, max: 64 }),
    slotBytes: fc.integer({ min: 0, max: 1e9 }),
  });
  fc.assert(fc.property(fc.array(anyRun, { maxLength: 50 }), (runs) => {
    let blame = noBlame;
    for (const changes of runs) blame = judge(blame, run(changes), undefined, calm).blame;
    assert.deepEqual(blame, noBlame);
  }));
});

Deno.test("being killed with little memory left, however often, sets nothing aside", () => {
  const short = run({ memory: { total: 32e9, available: 1e9 }, slots: 1, announced: [3] });
  assert.deepEqual(setAside(judged(1000, short)), []);
  assert.deepEqual(runLast(judged(1000, short)), []);
});

Deno.test("a run that left as it should is not judged", () => {
  assert.deepEqual(judge(noBlame, run({ clean: true }), undefined, killed), {
    blame: noBlame,
    blamed: [],
    memoryWasShort: false,
  });
});

const slots: [number, number][] = [[1, 1], [2, 1], [3, 2], [4, 3], [5, 3], [8, 6], [16, 12]];
for (const [before, after] of slots) {
  Deno.test(`after ${before} slots were too many for the memory there are ${after}`, () => {
    const { blame, memoryWasShort } = judge(noBlame, run({ slots: before }), undefined, killed);
    assert.deepEqual([memoryWasShort, blame.slotLimit], [true, after]);
  });
}

Deno.test("memory was short when less than a twentieth, or half a slot, was left", () => {
  const left = (available: number, slotBytes = 0) =>
    judge(noBlame, run({ slotBytes, memory: { total: 32e9, available } }), undefined, calm).memoryWasShort;
  assert.deepEqual([left(1.59e9), left(1.61e9)], [true, false]);
  assert.deepEqual([left(1.9e9, 4e9), left(2.1e9, 4e9)], [true, false]);
});

Deno.test("a crash is no want of memory", () => {
  const { blame, memoryWasShort } = judge(noBlame, run(), { segment: 3 }, killed);
  assert.deepEqual([blame.slotLimit, memoryWasShort], [null, false]);
});

Deno.test("a segment that the kernel kills alone three times is set aside, several together are not", () => {
  assert.deepEqual(setAside(judged(3, run({ slots: 1, announced: [5] }), undefined, killed)), [5]);
  assert.deepEqual(setAside(judged(9, run(), undefined, killed)), []);
});

Deno.test("the slot limit stays until a run lowers it again", () => {
  const lowered = judge(noBlame, run(), undefined, killed).blame;
  assert.equal(judge(lowered, run({ clean: true }), undefined, calm).blame.slotLimit, 3);
  assert.equal(judge(lowered, run({ slots: 3 }), undefined, killed).blame.slotLimit, 2);
});

Deno.test("what is forgiven has all its tries again", () => {
  const blame = judged(3, run(), { segment: null });
  assert.deepEqual(setAside(forgive(blame, (segment) => segment === 7)), [3, 9]);
});

Deno.test("counters of two starts of the machine are not compared", () => {
  assert.equal(killedBetween(calm, killed), true);
  assert.equal(killedBetween(calm, { ...killed, boot: "b" }), false);
  assert.equal(killedBetween({ ...calm, boot: null }, { ...killed, boot: null }), false);
  assert.equal(killedBetween(calm, { boot: "a", machine: null, group: 2 }), true);
});

Deno.test("a kill elsewhere on the machine counts only where the process's own group cannot tell", () => {
  const before = { ...calm, groupName: "/session-1" };
  const elsewhere = { boot: "a", machine: 6, group: 1 };
  assert.equal(killedBetween(before, { ...elsewhere, groupName: "/session-1" }), false);
  assert.equal(killedBetween(before, { ...elsewhere, groupName: "/session-1", group: 2 }), true);
  assert.equal(killedBetween(before, { ...elsewhere, groupName: "/session-2", group: 0 }), true);
  assert.equal(killedBetween(calm, elsewhere), true);
});

Deno.test("readOomCounters() reads the machine's, and either version's of control groups", () => {
  using files = new KernelFolder();
  files.write("proc/sys/kernel/random/boot_id", "1-2-3\n");
  files.write("proc/vmstat", "nr_free_pages 9\noom_kill 12\n");
  assert.deepEqual(readOomCounters(files), { boot: "1-2-3", machine: 12, group: null });
  files.write("proc/self/cgroup", "5:memory:/batch/job\n0::/user/a\n");
  files.write("cgroup/memory/batch/job/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
  assert.equal(readOomCounters(files).group, 2);
  files.write("cgroup/user/a/memory.events", "low 0\noom 4\noom_kill 3\noom_group_kill 0\n");
  assert.equal(readOomCounters(files).group, 3);
  assert.match(readOomCounters(files).groupName!, /\/user\/a\/memory\.events/);
});

Deno.test("readOomCounters() takes what is missing for unknown", () => {
  using files = new KernelFolder();
  assert.deepEqual(readOomCounters(files), { boot: null, machine: null, group: null });
});
