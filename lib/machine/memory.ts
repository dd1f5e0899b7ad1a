// How much memory there is for this process and how much of it is free now: the machine's, or less where a control
// group (a container, a systemd unit, a batch system) holds the process to less. Files of the kernel that are missing or
// say something unexpected count as "no limit from there"; reading them never fails.
//
// Sources: proc(5) for meminfo and self/statm; the kernel's Documentation/admin-guide/cgroup-v2.rst ("memory.max",
// "memory.high") and cgroup-v1/memory.rst, where "none" is the largest multiple of the page size, about 9.2e18.

/** Where the kernel's files are; other folders in tests. */
export interface KernelFiles {
  readonly proc: string;
  readonly cgroup: string;
}

export const kernelFiles: KernelFiles = { proc: "/proc", cgroup: "/sys/fs/cgroup" };

export interface MemoryState {
  /** Bytes this process could ever have: the machine's memory, or the tightest control group's limit. */
  readonly total: number;
  /** Bytes that can be taken now, files that the kernel can drop from its cache included; at most `total`. */
  readonly available: number;
  /** True where a control group sets `total`. */
  readonly limited: boolean;
}

interface Limit {
  readonly limit: number;
  readonly available: number;
}

/** Memory now. On machines without /proc/meminfo (macOS) the system's own figures. */
export function memoryState(files: KernelFiles = kernelFiles): MemoryState {
  const machine = machineMemory(files);
  const limits = [...groupsV2(files), ...groupsV1(files)];
  const total = Math.min(machine.limit, ...limits.map(({ limit }) => limit));
  const available = Math.min(machine.available, ...limits.map(({ available }) => available));
  return { total, available: Math.min(total, Math.max(0, available)), limited: total < machine.limit };
}

/** Bytes of this process that are in memory now. */
export function residentBytes(): number {
  return Deno.memoryUsage().rss;
}

function machineMemory(files: KernelFiles): Limit {
  const meminfo = fields(read(`${files.proc}/meminfo`));
  const total = meminfo.get("MemTotal");
  const available = meminfo.get("MemAvailable");
  if (total && available !== undefined) return { limit: total * 1024, available: available * 1024 };
  const system = Deno.systemMemoryInfo();
  return { limit: system.total, available: system.available };
}

/** The process's group of the unified hierarchy (version 2) and all groups above it that have a limit. */
function groupsV2(files: KernelFiles): Limit[] {
  const path = groupPath(files, (controllers) => controllers === "");
  if (path === undefined) return [];
  // "unified" is where a machine that still uses version 1 mounts version 2.
  return ["", "/unified"].flatMap((mount) =>
    upwards(path).flatMap((group) => {
      const folder = files.cgroup + mount + group;
      const limit = Math.min(bytesIn(`${folder}/memory.max`), bytesIn(`${folder}/memory.high`));
      const used = bytesIn(`${folder}/memory.current`);
      return limitOf(limit, used, fields(read(`${folder}/memory.stat`)), "");
    })
  );
}

/** The same in the memory hierarchy of version 1. */
function groupsV1(files: KernelFiles): Limit[] {
  const path = groupPath(files, (controllers) => controllers.split(",").includes("memory"));
  if (path === undefined) return [];
  return upwards(path).flatMap((group) => {
    const folder = `${files.cgroup}/memory${group}`;
    const limit = bytesIn(`${folder}/memory.limit_in_bytes`);
    const used = bytesIn(`${folder}/memory.usage_in_bytes`);
    return limitOf(limit, used, fields(read(`${folder}/memory.stat`)), "total_");
  });
}

/** None where there is no limit. 2^60 is beyond any memory and below version 1's "none". */
function limitOf(limit: number, used: number, stat: Map<string, number>, prefix: string): Limit[] {
  if (limit >= 2 ** 60) return [];
  const field = (name: string) => stat.get(prefix + name) ?? 0;
  // As the kernel reckons MemAvailable: cached files are free memory, whether looked at once (inactive) or twice (the
  // input is: by the detector and by a slot). Mapped ones are not: they are the running program.
  const cached = Math.max(
    0,
    field("inactive_file") + field("active_file") - field("mapped_file") - field("file_mapped"),
  );
  return [{ limit, available: Number.isFinite(used) ? limit - Math.max(0, used - cached) : limit }];
}

/** The group's path, "" for the root. In a container it may be the host's, of which only the upper folders exist. */
function groupPath(files: KernelFiles, wanted: (controllers: string) => boolean): string | undefined {
  for (const line of (read(`${files.proc}/self/cgroup`) ?? "").split("\n")) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined || !wanted(controllers)) continue;
    // "/.." stands for a group above the container's root, which cannot be seen from here.
    return path.split("/").includes("..") ? "" : path.replace(/\/+$/, "");
  }
  return undefined;
}

/** "/a/b" gives "/a/b", "/a" and "". */
function upwards(path: string): string[] {
  const parts = path.split("/");
  return parts.map((_, index) => parts.slice(0, parts.length - index).join("/"));
}

/** A file of one number; Infinity for "max", a missing file and anything else. */
function bytesIn(path: string): number {
  const text = read(path)?.trim() ?? "";
  return /^\d+$/.test(text) ? Number(text) : Infinity;
}

/** Lines of "name value" or "name: value", the first number of each. */
function fields(text: string | undefined): Map<string, number> {
  const pairs = [...(text ?? "").matchAll(/^(\w+):?\s+(\d+)/gm)];
  return new Map(pairs.map(([, name, value]) => [name!, Number(value)]));
}

function read(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}
