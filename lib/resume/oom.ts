// How often the kernel has killed something for want of memory: read while a run is on and again at the next one's start,
// so that a run which just vanished can be told from one that was killed for its memory. Reading never fails; what is
// missing is null and decides nothing.
//
// Sources: the kernel's Documentation/admin-guide/cgroup-v2.rst ("memory.events"), cgroup-v1/memory.rst
// ("memory.oom_control"), proc(5) for vmstat's oom_kill and sys/kernel/random/boot_id.

import { type KernelFiles, kernelFiles } from "../machine/memory.ts";

export interface OomCounters {
  /** Changes with every start of the machine; counters of two starts are not compared. */
  readonly boot: string | null;
  /** Kills on the whole machine. */
  readonly machine: number | null;
  /** Kills in this process's control group, wherever memory ran out; the highest number found. */
  readonly group: number | null;
  /** Which group that is; a process of the next login has another. */
  readonly groupName?: string;
}

export function readOomCounters(files: KernelFiles = kernelFiles): OomCounters {
  const boot = read(`${files.proc}/sys/kernel/random/boot_id`)?.trim() || null;
  const groups = (read(`${files.proc}/self/cgroup`) ?? "").split("\n").flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (path === undefined) return [];
    if (controllers === "") {
      return [`${files.cgroup}${path}/memory.events`, `${files.cgroup}/unified${path}/memory.events`];
    }
    return controllers!.split(",").includes("memory") ? [`${files.cgroup}/memory${path}/memory.oom_control`] : [];
  });
  const counts = groups.flatMap((file) => {
    const kills = killsIn(read(file));
    return kills === null ? [] : [{ file, kills }];
  });
  const machine = killsIn(read(`${files.proc}/vmstat`));
  if (counts.length === 0) return { boot, machine, group: null };
  const group = Math.max(...counts.map(({ kills }) => kills));
  return { boot, machine, group, groupName: counts.map(({ file }) => file).join(" ") };
}

/**
 * Whether the process may have been killed for memory between the two readings, as far as they can be compared. Its own
 * group's count knows of every kill in it; only where there is none, or another one now, the machine's has to do, which
 * rises for anybody's.
 */
export function killedBetween(before: OomCounters, now: OomCounters): boolean {
  if (before.boot === null || before.boot !== now.boot) return false;
  const rose = (one: number | null, other: number | null) => one !== null && other !== null && other > one;
  if (rose(before.group, now.group)) return true;
  const isSameGroup = before.group !== null && now.group !== null && before.groupName !== undefined &&
    before.groupName === now.groupName;
  return !isSameGroup && rose(before.machine, now.machine);
}

function killsIn(text: string | undefined): number | null {
  const [, count] = /^oom_kill (\d+)$/m.exec(text ?? "") ?? [];
  return count === undefined ? null : Number(count);
}

function read(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}
