// rav1e's x86-64 assembly is written for nasm 2.15 or newer. The one installed is used if it serves; where it does not, one
// is fetched into build/tools if the system's packages allow it. Without any the library is built without assembly, and a
// nasm that appears later is noticed by its file alone.

import { join } from "node:path";
import { type Environment, findProgram, statOrUndefined } from "./programs.ts";
import { shortHash } from "./store.ts";

/** Oldest version that rav1e's build accepts: major, minor. */
const oldestNasm = [2, 15] as const;

/** Where the assembler matters; arm64's assembly goes through the C compiler. */
export const needsNasm = Deno.build.arch === "x86_64";

/** Stands for the nasm on PATH, without starting it: when it changes, a library without assembly is worth another try. */
export function nasmIdentity(environment: Environment): Promise<string> {
  const path = findProgram("nasm", environment);
  const info = path === undefined ? undefined : statOrUndefined(path);
  return shortHash(info === undefined ? ["none"] : [`${info.size} ${info.mtime?.getTime()}`]);
}

/** Whether `nasm -v` printed a version that serves: "NASM version 2.16.01 compiled on ...". */
export function isUsableNasm(versionLine: string): boolean {
  const match = /^NASM version (\d+)\.(\d+)/.exec(versionLine);
  if (match === null) return false;
  const major = Number(match[1]), minor = Number(match[2]);
  return major > oldestNasm[0] || (major === oldestNasm[0] && minor >= oldestNasm[1]);
}

/** The folder of a nasm that serves, fetched where that is possible; undefined when there is none to be had. */
export async function provideNasm(
  root: string,
  environment: Environment,
  log: (line: string) => void,
): Promise<string | undefined> {
  const tools = join(root, "build", "tools");
  const ours = join(tools, "nasm", "usr", "bin");
  const installed = findProgram("nasm", environment);
  if (installed !== undefined && await serves(installed)) return join(installed, "..");
  if (await serves(join(ours, "nasm"))) return ours;
  if (findProgram("apt-get", environment) === undefined || findProgram("dpkg-deb", environment) === undefined) {
    return undefined;
  }
  log("Fetching the assembler nasm into build/tools (from this system's package sources; nothing is installed)");
  try {
    const { fetchNasm } = await import("./apt.ts");
    await fetchNasm(tools, environment);
  } catch (error) {
    log(`Warning: cannot fetch nasm: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
  return await serves(join(ours, "nasm")) ? ours : undefined;
}

async function serves(nasm: string): Promise<boolean> {
  try {
    const { stdout } = await new Deno.Command(nasm, { args: ["-v"], stdin: "null", stderr: "null" }).output();
    return isUsableNasm(new TextDecoder().decode(stdout));
  } catch {
    return false;
  }
}
