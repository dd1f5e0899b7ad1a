import assert from "node:assert/strict";
import fc from "fast-check";
import { memoryState, residentBytes } from "../../../lib/machine/memory.ts";
import { withFiles } from "./files.ts";

const gibibyte = 1024 ** 3;
const machine = {
  "proc/meminfo": "MemTotal:       33554432 kB\nMemFree:  1 kB\nMemAvailable:   25165824 kB\nHugePages_Total: 0\n",
};
const free = { total: 32 * gibibyte, available: 24 * gibibyte, limited: false };

function stateOf(files: Record<string, string>) {
  let state: ReturnType<typeof memoryState> | undefined;
  withFiles(files, (root) => state = memoryState({ proc: `${root}/proc`, cgroup: `${root}/cgroup` }));
  return state!;
}

Deno.test("memoryState() tells the machine's memory where no group limits it", () => {
  assert.deepEqual(stateOf(machine), free);
  assert.deepEqual(stateOf({ ...machine, "proc/self/cgroup": "0::/user.slice\n" }), free);
  const root = { "proc/self/cgroup": "0::/\n", "cgroup/cgroup.procs": "1\n" };
  assert.deepEqual(stateOf({ ...machine, ...root }), free);
});

Deno.test("memoryState() respects the limit of a version 2 group, its cached files being free", () => {
  const files = {
    "proc/self/cgroup": "0::/app\n",
    "cgroup/app/memory.max": `${8 * gibibyte}\n`,
    "cgroup/app/memory.high": "max\n",
    "cgroup/app/memory.current": `${5 * gibibyte}\n`,
    "cgroup/app/memory.stat": `anon ${gibibyte}\nfile_mapped ${gibibyte}\ninactive_file ${gibibyte}\nactive_file ${
      2 * gibibyte
    }\n`,
  };
  assert.deepEqual(stateOf({ ...machine, ...files }), { total: 8 * gibibyte, available: 5 * gibibyte, limited: true });
  const high = { ...files, "cgroup/app/memory.high": `${6 * gibibyte}\n` };
  assert.deepEqual(stateOf({ ...machine, ...high }), { total: 6 * gibibyte, available: 3 * gibibyte, limited: true });
});

Deno.test("memoryState() finds the limit of a group further up", () => {
  const files = {
    "proc/self/cgroup": "0::/a:b/c/d\n",
    "cgroup/a:b/memory.max": `${4 * gibibyte}`,
    "cgroup/a:b/memory.current": `${gibibyte}`,
    "cgroup/a:b/c/memory.max": "max",
    "cgroup/a:b/c/memory.current": "0",
    "cgroup/a:b/c/d/memory.max": `${16 * gibibyte}`,
    "cgroup/a:b/c/d/memory.current": "0",
  };
  assert.deepEqual(stateOf({ ...machine, ...files }), { total: 4 * gibibyte, available: 3 * gibibyte, limited: true });
});

Deno.test("memoryState() respects version 1 and its way to say none", () => {
  const files = {
    "proc/self/cgroup": "9:cpu,cpuacct:/x\n4:hugetlb,memory:/docker/abc\n0::/\n",
    "cgroup/memory/docker/abc/memory.limit_in_bytes": "9223372036854771712\n",
    "cgroup/memory/docker/memory.limit_in_bytes": `${2 * gibibyte}\n`,
    "cgroup/memory/docker/memory.usage_in_bytes": `${gibibyte}\n`,
    "cgroup/memory/docker/memory.stat": `total_inactive_file ${
      gibibyte / 2
    }\ntotal_active_file 0\ntotal_mapped_file 0\n`,
  };
  assert.deepEqual(stateOf({ ...machine, ...files }), {
    total: 2 * gibibyte,
    available: 1.5 * gibibyte,
    limited: true,
  });
});

Deno.test("memoryState() uses the mounted root where a container is told a path of its host", () => {
  const limits = { "memory.max": `${2 * gibibyte}`, "memory.current": "0" };
  for (const path of ["/docker/0123", "/../other", "/"]) {
    const files = {
      "proc/self/cgroup": `0::${path}\n`,
      "cgroup/memory.max": limits["memory.max"],
      "cgroup/memory.current": limits["memory.current"],
    };
    assert.equal(stateOf({ ...machine, ...files }).total, 2 * gibibyte, path);
  }
});

Deno.test("memoryState() says none is available in a group that is over its limit", () => {
  const files = {
    "proc/self/cgroup": "0::/a\n",
    "cgroup/a/memory.max": `${gibibyte}`,
    "cgroup/a/memory.current": `${2 * gibibyte}`,
  };
  assert.deepEqual(stateOf({ ...machine, ...files }), { total: gibibyte, available: 0, limited: true });
});

Deno.test("memoryState() asks the system where there is no /proc", () => {
  const state = stateOf({ "unrelated": "" });
  assert.equal(state.total, Deno.systemMemoryInfo().total);
  assert.ok(state.available > 0 && state.available <= state.total);
});

Deno.test("memoryState() never fails, whatever the files say", () => {
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom("max\n", "0\n", "-1\n", "1e9", "18446744073709551615\n", "0::/a\n"),
  );
  const names = ["proc/meminfo", "proc/self/cgroup", "cgroup/a/memory.max", "cgroup/a/memory.current"];
  fc.assert(
    fc.property(fc.tuple(text, text, text, text), (texts) => {
      const state = stateOf(Object.fromEntries(names.map((name, index) => [name, texts[index]!])));
      assert.ok(state.total >= 0 && state.available >= 0 && state.available <= state.total);
    }),
    { numRuns: 40 },
  );
});

Deno.test("residentBytes() is this process's share of the memory", () => {
  assert.ok(residentBytes() > 1e6 && residentBytes() < memoryState().total);
});
