// Takes nasm from the packages of Debian and its kin without installing it: apt's state, lists and caches are folders of
// ours and its hooks are off, so that no root is needed and the system stays as it is, even for root.

import { join } from "node:path";
import { type Environment, findProgram, statOrUndefined } from "./programs.ts";

/** For one run of apt: a network that swallows packets must not hold the build up for long. */
const aptTimeoutMs = 120_000;

/** Downloads the package and unpacks it to `tools`/nasm. Throws with the reason that apt or dpkg gave. */
export async function fetchNasm(tools: string, environment: Environment): Promise<void> {
  Deno.mkdirSync(tools, { recursive: true });
  // Several machines may share the checkout: each works in a folder of its own until the rename.
  const work = Deno.makeTempDirSync({ dir: tools, prefix: "nasm-" });
  try {
    for (const folder of ["lists/partial", "cache/archives/partial", "package"]) {
      Deno.mkdirSync(join(work, folder), { recursive: true });
    }
    const settings = join(work, "apt.conf");
    Deno.writeTextFileSync(settings, aptSettings(work));
    const apt = (...args: string[]) => run("apt-get", ["-c", settings, ...args], join(work, "package"), environment);
    // The system's own package lists first: mostly they are there and new enough, and then 9 MB need not be read.
    const systemLists = "/var/lib/apt/lists";
    if (!await succeeds(apt("-o", `Dir::State::lists=${systemLists}`, "download", "nasm"))) {
      // A package source that does not answer is not our concern unless it is the one with nasm.
      await succeeds(apt("update"));
      await apt("download", "nasm");
    }
    const downloaded = [...Deno.readDirSync(join(work, "package"))].find(({ name }) => name.endsWith(".deb"));
    if (downloaded === undefined) throw new Error("apt-get download left no package");
    await run("dpkg-deb", ["-x", downloaded.name, join(work, "nasm")], join(work, "package"), environment);
    const target = join(tools, "nasm");
    if (statOrUndefined(target) !== undefined) Deno.removeSync(target, { recursive: true });
    Deno.renameSync(join(work, "nasm"), target);
  } finally {
    Deno.removeSync(work, { recursive: true });
  }
}

/** What apt is told after the system's settings (proxies, mirrors and keys stay); the hooks would write to the system. */
function aptSettings(work: string): string {
  return [
    "#clear APT::Update::Pre-Invoke;",
    "#clear APT::Update::Post-Invoke;",
    "#clear APT::Update::Post-Invoke-Success;",
    `Dir::State "${work}";`,
    `Dir::State::lists "${work}/lists";`,
    `Dir::State::status "/var/lib/dpkg/status";`,
    `Dir::Cache "${work}/cache";`,
    `Dir::Cache::archives "${work}/cache/archives";`,
    // As root apt would drop to a user that may not see this folder.
    `APT::Sandbox::User "root";`,
    `Acquire::Languages "none";`,
    `Acquire::Retries "1";`,
    `Acquire::http::Timeout "20";`,
    `Acquire::https::Timeout "20";`,
    "",
  ].join("\n");
}

/** Runs a program to its end; throws with the last line of its error output. */
async function run(program: string, args: string[], folder: string, environment: Environment): Promise<void> {
  const path = findProgram(program, environment) ?? program;
  const signal = AbortSignal.timeout(aptTimeoutMs);
  const env = { ...environment, LC_ALL: "C" };
  const command = new Deno.Command(path, {
    args,
    cwd: folder,
    env,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    signal,
  });
  const { success, code, stderr } = await command.output();
  if (success) return;
  const lines = new TextDecoder().decode(stderr).split("\n").filter((line) => line.trim() !== "");
  throw new Error(
    lines.findLast((line) => line.startsWith("E:")) ?? lines.at(-1) ?? `${program} ended with code ${code}`,
  );
}

async function succeeds(running: Promise<void>): Promise<boolean> {
  try {
    await running;
    return true;
  } catch {
    return false;
  }
}
