// Processors this process may use: logical ones (hardware threads), and the physical cores they belong to. taskset,
// cpusets and CPU quotas are respected. Where the kernel does not tell the topology, each logical processor is a core.

export interface ProcessorFiles {
  readonly proc: string;
  /** Holds cpu0/topology/... */
  readonly cpu: string;
}

export const processorFiles: ProcessorFiles = { proc: "/proc", cpu: "/sys/devices/system/cpu" };

/** Logical processors usable, at least 1; the runtime asks the scheduler's mask and the control group's quota. */
export function logicalProcessors(): number {
  return Math.max(1, navigator.hardwareConcurrency);
}

/** Physical cores among the usable logical processors: at least 1, at most `logical`. */
export function physicalCores(logical = logicalProcessors(), files: ProcessorFiles = processorFiles): number {
  const cores = Deno.build.os === "darwin" && files === processorFiles ? coresByMacos() : coresByTopology(files);
  // A quota of two processors' time is no more for being spread over eight cores.
  return Math.max(1, Math.min(logical, cores ?? logical));
}

/** Different sets of sibling threads among the allowed processors; undefined where the kernel does not say. */
function coresByTopology(files: ProcessorFiles): number | undefined {
  const allowed = /^Cpus_allowed_list:\s*(\S+)$/m.exec(read(`${files.proc}/self/status`) ?? "")?.[1];
  const processors = parseProcessorList(allowed ?? "");
  if (!processors?.length) return undefined;
  const cores = new Set<string>();
  for (const processor of processors) {
    const core = coreName(`${files.cpu}/cpu${processor}/topology`);
    if (core === undefined) return undefined;
    cores.add(core);
  }
  return cores.size;
}

/** What all threads of one core have in common and no other core has. */
function coreName(folder: string): string | undefined {
  // core_cpus_list is the newer name of thread_siblings_list. The core's number is unique within its package only.
  for (const name of ["core_cpus_list", "thread_siblings_list"]) {
    const siblings = read(`${folder}/${name}`)?.trim();
    if (siblings && parseProcessorList(siblings)) return siblings;
  }
  const core = read(`${folder}/core_id`)?.trim();
  const socket = read(`${folder}/physical_package_id`)?.trim();
  return core && socket ? `${socket}/${core}` : undefined;
}

/** "0-2,8" as [0, 1, 2, 8] (cpuset(7), "List format"); undefined where it is not such a list. */
export function parseProcessorList(text: string): number[] | undefined {
  const processors: number[] = [];
  for (const part of text.split(",")) {
    const [, from, to] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part) ?? [];
    if (from === undefined) return undefined;
    for (let processor = Number(from); processor <= Number(to ?? from); processor++) processors.push(processor);
  }
  return processors;
}

function coresByMacos(): number | undefined {
  try {
    const { success, stdout } = new Deno.Command("/usr/sbin/sysctl", { args: ["-n", "hw.physicalcpu"] }).outputSync();
    const cores = Number(new TextDecoder().decode(stdout));
    return success && Number.isInteger(cores) && cores > 0 ? cores : undefined;
  } catch {
    return undefined;
  }
}

function read(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}
