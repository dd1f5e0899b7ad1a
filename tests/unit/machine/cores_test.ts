import assert from "node:assert/strict";
import { logicalProcessors, parseProcessorList, physicalCores } from "../../../lib/machine/cores.ts";
import { withFiles } from "./files.ts";

/** Kernel files of a machine: `siblings[n]` is the list of processor n's core. */
function machine(allowed: string, siblings: string[], name = "thread_siblings_list"): Record<string, string> {
  return {
    "proc/self/status": `Name:\tdeno\nCpus_allowed:\tff\nCpus_allowed_list:\t${allowed}\nMems_allowed:\t1\n`,
    ...Object.fromEntries(siblings.map((list, n) => [`cpu/cpu${n}/topology/${name}`, `${list}\n`])),
  };
}

function coresOf(files: Record<string, string>, logical: number): number {
  let cores = 0;
  withFiles(files, (root) => cores = physicalCores(logical, { proc: `${root}/proc`, cpu: `${root}/cpu` }));
  return cores;
}

const fourCores = ["0,4", "1,5", "2,6", "3,7", "0,4", "1,5", "2,6", "3,7"];

Deno.test("physicalCores() counts cores, not their threads", () => {
  assert.equal(coresOf(machine("0-7", fourCores), 8), 4);
  assert.equal(coresOf(machine("0-7", fourCores, "core_cpus_list"), 8), 4);
  assert.equal(coresOf(machine("0-3", ["0", "1", "2", "3"]), 4), 4);
});

Deno.test("physicalCores() counts only cores this process may use", () => {
  assert.equal(coresOf(machine("0,4", fourCores), 2), 1);
  assert.equal(coresOf(machine("0-2,6", fourCores), 4), 3);
});

Deno.test("physicalCores() is no more than a quota allows", () => {
  assert.equal(coresOf(machine("0-7", fourCores), 2), 2);
});

Deno.test("physicalCores() tells cores of two sockets apart by their numbers", () => {
  const files = machine("0-3", []);
  for (const n of [0, 1, 2, 3]) {
    files[`cpu/cpu${n}/topology/core_id`] = `${n % 2}\n`;
    files[`cpu/cpu${n}/topology/physical_package_id`] = `${n >> 1}\n`;
  }
  assert.equal(coresOf(files, 4), 4);
});

Deno.test("physicalCores() takes each processor for a core where the kernel does not tell", () => {
  assert.equal(coresOf({ unrelated: "" }, 8), 8);
  assert.equal(coresOf(machine("0-7", fourCores.slice(0, 3)), 8), 8);
  assert.equal(coresOf(machine("rubbish", fourCores), 8), 8);
  assert.equal(coresOf(machine("0-1", ["", "?"]), 2), 2);
});

Deno.test("parseProcessorList() reads ranges and single numbers", () => {
  assert.deepEqual(parseProcessorList("0-2,8"), [0, 1, 2, 8]);
  assert.deepEqual(parseProcessorList("3"), [3]);
  for (const text of ["", "a", "1-", "-1", "1,,2", "1-2-3", "999999999999"]) {
    assert.equal(parseProcessorList(text), undefined, text);
  }
});

Deno.test("logicalProcessors() is at least one, and physicalCores() no more than that", () => {
  assert.ok(logicalProcessors() >= 1);
  assert.ok(physicalCores() >= 1 && physicalCores() <= logicalProcessors());
});
