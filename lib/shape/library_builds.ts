// The builds of the native library that an executable carries, the better first, and which of them this CPU runs. All
// give the same packets. A checkout has its own build and does not look here.

import { join } from "node:path";
import { firstProcessor } from "../../ffi/build/machine.ts";
import { UsageError } from "../errors.ts";
import { shippedFolder } from "./shape.ts";

export interface LibraryBuild {
  /** What --version and RAV1E_BY_GOP_LIBRARY call it. */
  readonly name: string;
  /** rustc's target-cpu. */
  readonly cpu: string;
  readonly file: string;
}

const extension = Deno.build.os === "darwin" ? "dylib" : "so";
const build = (name: string, cpu: string): LibraryBuild => ({ name, cpu, file: `librav1e-${name}.${extension}` });

/** Only x86-64 has levels worth a second build; the last one runs everywhere. */
export const libraryBuilds: readonly [LibraryBuild, ...LibraryBuild[]] = Deno.build.arch === "x86_64"
  ? [build("x86-64-v3", "x86-64-v3"), build("baseline", "x86-64")]
  : [build("baseline", "generic")];

/** x86-64 psABI, table 3.1, levels 2 and 3, in the words of /proc/cpuinfo. The kernel leaves out what it does not enable. */
const level3 = "cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3 avx avx2 bmi1 bmi2 f16c fma abm movbe xsave".split(" ");

/** Whether a Linux /proc/cpuinfo says that its first processor runs x86-64-v3. */
export function runsLevel3(cpuinfo: string): boolean {
  const flags = new Set(/^flags\s*:(.*)$/m.exec(cpuinfo)?.[1]?.split(/\s+/));
  return level3.every((flag) => flags.has(flag));
}

/** The build for this machine, or the one that RAV1E_BY_GOP_LIBRARY names. Throws a UsageError. */
export function chosenBuild(): LibraryBuild {
  const named = Deno.env.get("RAV1E_BY_GOP_LIBRARY");
  if (named) {
    const found = libraryBuilds.find(({ name }) => name === named);
    if (found !== undefined) return found;
    const known = libraryBuilds.map(({ name }) => name).join(" or ");
    throw new UsageError(`RAV1E_BY_GOP_LIBRARY=${named}: must be ${known}`);
  }
  return libraryBuilds.length > 1 && runsLevel3(firstProcessor()) ? libraryBuilds[0] : libraryBuilds.at(-1)!;
}

/** The path of the library that came with the executable; undefined in a checkout. */
export function shippedLibrary(): string | undefined {
  return shippedFolder === undefined ? undefined : join(shippedFolder, chosenBuild().file);
}
