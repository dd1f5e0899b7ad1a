// Builds what is native in an executable, for other machines than this one: the library for each level of CPU, and the
// launcher. Nothing of the builder's own settings or paths gets in: flags are ours alone, folders are written as short
// names.

import { join } from "node:path";
import { needsNasm, provideNasm } from "../ffi/build/nasm.ts";
import { type Environment, installCommand } from "../ffi/build/programs.ts";
import { findRust, type Rust } from "../ffi/build/rust.ts";
import { type LibraryBuild, libraryBuilds } from "../lib/shape/library_builds.ts";
import { root, type Run } from "./command.ts";
import { provideZig, type Zig } from "./zig.ts";

/** What the builds need of this machine. */
export interface Tools {
  readonly rust: Rust;
  readonly zig: Zig | undefined;
  readonly nasm: string | undefined;
  readonly environment: Environment;
}

const target = join(root, "build", "cargo", "ship");
const triple = Deno.build.target;

/** Finds or fetches the tools. Throws where one is missing that has no stand-in. */
export async function findTools(run: Run, log: (line: string) => void): Promise<Tools> {
  const environment = Deno.env.toObject();
  const rust = findRust(environment);
  if (rust === undefined) throw new Error("Cannot build: Rust (cargo) is not installed; see https://rustup.rs");
  const nasm = needsNasm ? await provideNasm(root, environment, log) : undefined;
  if (needsNasm && nasm === undefined) {
    // Nobody downloads an encoder that takes four times as long.
    throw new Error(`Cannot build for others without nasm 2.15 or newer: ${installCommand("nasm", environment)}`);
  }
  return { rust, zig: await provideZig(environment, run, log), nasm, environment };
}

/** Builds the library for each level of CPU, into `folder`, and returns the paths. */
export async function buildLibraries(
  folder: string,
  tools: Tools,
  run: Run,
  log: (line: string) => void,
): Promise<string[]> {
  const libraries: string[] = [];
  for (const build of libraryBuilds) {
    log(`Building the encoder library for ${build.cpu}`);
    const made = await cargo("ffi/librav1e", build.cpu, tools, run);
    const path = join(folder, build.file);
    Deno.copyFileSync(join(made, libraryName(build)), path);
    libraries.push(path);
  }
  return libraries;
}

/** Builds what starts first in a self-extracting executable, and returns its path. */
export async function buildLauncher(tools: Tools, run: Run, log: (line: string) => void): Promise<string> {
  log("Building the launcher");
  return join(await cargo("ship/launcher", libraryBuilds.at(-1)!.cpu, tools, run), "rav1e-by-gop-launcher");
}

function libraryName({ file }: LibraryBuild): string {
  return `librav1e_by_gop.${file.split(".").at(-1)}`;
}

/** Builds a crate for a CPU and returns the folder of what it made. */
async function cargo(crate: string, cpu: string, { rust, zig, nasm, environment }: Tools, run: Run): Promise<string> {
  const flags = [`-Ctarget-cpu=${cpu}`, ...remappedPaths(environment)];
  const { RUSTFLAGS: _own, CARGO_BUILD_TARGET: _target, ...rest } = environment;
  const folders = [nasm, environment.PATH, join(rust.cargo, "..")].filter((folder) => folder !== undefined);
  // A folder for each CPU: cargo would keep both in one, under names that do not tell them apart.
  const folder = join(target, cpu);
  const command = zig === undefined ? [rust.cargo] : [zig.cargoCommand];
  const args = [
    zig === undefined ? "build" : "zigbuild",
    ...["--locked", "--release", "--quiet"],
    ...["--target", `${triple}${zig?.suffix ?? ""}`],
    ...["--target-dir", folder],
  ];
  await run(command[0]!, args, {
    cwd: join(root, crate),
    env: {
      ...rest,
      ...rust.environment,
      ...zig?.environment,
      CARGO: rust.cargo,
      CARGO_ENCODED_RUSTFLAGS: flags.join("\x1f"),
      PATH: folders.join(":"),
    },
  });
  return join(folder, triple, "release");
}

/** Source paths that get into messages of panics, without the folders of the machine that built them. */
function remappedPaths(environment: Environment): string[] {
  const cargoHome = environment.CARGO_HOME ?? join(environment.HOME ?? "/", ".cargo");
  return [`--remap-path-prefix=${cargoHome}=cargo`, `--remap-path-prefix=${root.replace(/\/$/, "")}=rav1e-by-gop`];
}
