// A library built with target-cpu=native belongs to one kind of machine: this file names the kind. The name changes with
// what the compiler may have used (instruction sets, CPU model, operating system release) and with nothing else: not with
// the kernel's mitigations, the clock, or the number of CPUs. Reading it starts no process and takes about a millisecond.

import { cpus } from "node:os";
import { shortHash } from "./store.ts";

/** Instruction set extensions that a compiler emits, as /proc/cpuinfo of x86 names them; others come and go with kernels. */
const emittedExtensions =
  /^(mmx|sse|ssse|pni|avx|f16c|fma|xop|tbm|abm|lzcnt|popcnt|bmi|movbe|adx|aes|vaes|pclmul|vpclmul|gfni|sha|sm3|sm4|cx16|amx|apx)/;

/** The lines of a processor in /proc/cpuinfo that say what it is: x86 first, then arm64. */
const modelLines = [
  "vendor_id",
  "cpu family",
  "model",
  "CPU implementer",
  "CPU architecture",
  "CPU variant",
  "CPU part",
];

/** What the first processor of a Linux /proc/cpuinfo is, one string a fact. `text` may be cut after that processor. */
export function linuxCpu(text: string): string[] {
  const facts = new Map<string, string>();
  for (const line of text.split("\n")) {
    if (line.trim() === "" && facts.size > 0) break;
    const colon = line.indexOf(":");
    if (colon > 0) facts.set(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
  }
  const flags = (facts.get("flags") ?? "").split(/\s+/).filter((flag) => emittedExtensions.test(flag));
  const features = (facts.get("Features") ?? "").split(/\s+/).filter((feature) => feature !== "");
  return [
    ...modelLines.flatMap((name) => facts.has(name) ? [`${name}=${facts.get(name)}`] : []),
    [...flags, ...features].sort().join(" "),
  ];
}

/** What the library depends on here besides its sources and its compiler, one string a fact. */
export function machineFacts(): string[] {
  if (Deno.build.os !== "linux") return [Deno.build.target, cpus()[0]?.model ?? "unknown CPU"];
  return [Deno.build.target, ...linuxRelease(), ...linuxCpu(firstProcessor())];
}

/** The folder name for those facts, for instance x86_64-unknown-linux-gnu-0123456789ab. */
export async function machineName(facts: readonly string[]): Promise<string> {
  return `${facts[0]}-${await shortHash(facts)}`;
}

/** /proc/cpuinfo as far as the first processor, or what else is known. Only the beginning: with hundreds of CPUs the kernel needs long to write the whole file. */
export function firstProcessor(): string {
  try {
    using file = Deno.openSync("/proc/cpuinfo");
    const bytes = new Uint8Array(16_384);
    return new TextDecoder().decode(bytes.subarray(0, file.readSync(bytes) ?? 0));
  } catch {
    return cpus()[0]?.model ?? "";
  }
}

/** A newer release's C library may not be found on an older one that mounts the same checkout. */
function linuxRelease(): string[] {
  try {
    return Deno.readTextFileSync("/etc/os-release").split("\n").filter((line) => /^(ID|VERSION_ID)=/.test(line)).sort();
  } catch {
    return [];
  }
}
