// The one way to the native library's file: the one that came with the executable, or in a checkout the one for this checkout's sources, this compiler and this machine, built
// on the spot when there is none. Finding it starts no process and writes nothing, so a read-only checkout works once it is
// built. What is found is complete: builds happen under a lock and appear by renaming.

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { IncompleteError } from "../../lib/errors.ts";
import { shippedLibrary } from "../../lib/shape/library_builds.ts";
import { takeLock } from "./lock.ts";
import { machineFacts, machineName } from "./machine.ts";
import { nasmIdentity, needsNasm, provideNasm } from "./nasm.ts";
import { type Environment, installCommand } from "./programs.ts";
import { findRust, type Rust } from "./rust.ts";
import { findLibrary, hashSources, type LibraryKey, listLibraries, publishLibrary, shortHash } from "./store.ts";

/** How much longer the same encode takes without assembly, by speed, as bench/asm.ts measures it (720p, AVX-512). */
export const timesSlowerWithoutAssembly = { speed6: 4.4, speed10: 4.8 };

/** CPU seconds of a build: 139 on the machine of the measurements. */
const buildCpuSeconds = 140;

export interface LibraryOptions {
  /** The checkout; by default the one this file belongs to. */
  readonly root?: string;
  /** By default the process's own. */
  readonly environment?: Environment;
  /** What the library is built for, as machineFacts() gives it; the target triple comes first. */
  readonly machine?: readonly string[];
  /** Shows one changing line while building, or nothing; by default on stderr where that is a terminal. */
  readonly progress?: (text: string | undefined) => void;
  /** Ends a build that is under way. */
  readonly signal?: AbortSignal;
}

interface Place {
  readonly root: string;
  readonly crate: string;
  readonly environment: Environment;
  readonly machine: string;
  /** The machine's folder of libraries. */
  readonly folder: string;
  readonly rust: Rust | undefined;
  readonly key: LibraryKey;
}

/**
 * The path of the shared library to open. `log` gets a line when something is built, waited for or amiss. Throws
 * IncompleteError where it is neither there nor can be built.
 */
export async function libraryFile(log: (line: string) => void, options: LibraryOptions = {}): Promise<string> {
  const shipped = shippedLibrary();
  if (shipped !== undefined) return shipped;
  const place = await look(options);
  const found = findLibrary(place.folder, place.key);
  if (found === undefined) return await build(place, log, options);
  if (found.withoutAssembly !== undefined) warnOfNoAssembly(log, place.environment);
  return found.path;
}

/** The library's path where it is built already; undefined where the next encode would build it. */
export async function builtLibrary(options: LibraryOptions = {}): Promise<string | undefined> {
  const shipped = shippedLibrary();
  if (shipped !== undefined) return shipped;
  const { folder, key } = await look(options);
  return findLibrary(folder, key)?.path;
}

async function look(options: LibraryOptions): Promise<Place> {
  const root = options.root ?? fileURLToPath(new URL("../../", import.meta.url));
  const environment = options.environment ?? Deno.env.toObject();
  const machine = await machineName(options.machine ?? machineFacts());
  const crate = join(root, "ffi", "librav1e");
  const rust = findRust(environment);
  const key = {
    sources: await hashSources(crate),
    compiler: rust === undefined ? undefined : await shortHash([rust.identity]),
    ...(needsNasm ? { withoutAssembly: await nasmIdentity(environment) } : {}),
  };
  return { root, crate, environment, machine, folder: join(root, "build", "native", machine), rust, key };
}

async function build(place: Place, log: (line: string) => void, options: LibraryOptions): Promise<string> {
  const { root, crate, environment, machine, folder, rust, key } = place;
  if (rust === undefined) {
    throw new IncompleteError(
      "Cannot build the encoder library: Rust (cargo) is not installed; install it from https://rustup.rs: " +
        "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh",
    );
  }
  const started = performance.now();
  using _lock = await lockFolder(folder, log, options.signal);
  const builtMeanwhile = findLibrary(folder, key);
  if (builtMeanwhile !== undefined) return builtMeanwhile.path;

  log(`Building the encoder library (once; ${whyBuild(place)}): about ${estimate()}`);
  const nasm = needsNasm ? await provideNasm(root, environment, log) : undefined;
  const assembly = !needsNasm || nasm !== undefined;
  if (!assembly) warnOfNoAssembly(log, environment);
  // Loaded here, so that finding a library costs none of it.
  const { compileLibrary } = await import("./compile.ts");
  const target = join(root, "build", "cargo", machine);
  const progress = options.progress ?? terminalLine();
  const built = await compileLibrary({
    crate,
    target,
    rust,
    environment,
    nasm,
    assembly,
    progress,
    signal: options.signal,
  });
  const path = publishLibrary(built, folder, { ...key, withoutAssembly: assembly ? undefined : key.withoutAssembly });
  log(`Built the encoder library in ${Math.round((performance.now() - started) / 1000)} s`);
  return path;
}

async function lockFolder(folder: string, log: (line: string) => void, signal?: AbortSignal): Promise<Disposable> {
  try {
    Deno.mkdirSync(folder, { recursive: true });
    const onWait = () => log("Waiting for another process that is building the encoder library");
    return await takeLock(join(folder, "lock"), onWait, signal);
  } catch (cause) {
    if (!(cause instanceof Error) || signal?.aborted) throw cause;
    const message = `Cannot build the encoder library: cannot write ${folder} (${cause.message}); make it writable`;
    throw new IncompleteError(message, { cause });
  }
}

/** What is new, as far as the libraries that are there tell. */
function whyBuild({ root, folder, key }: Place): string {
  const here = listLibraries(folder);
  const sameSources = here.filter(({ sources }) => sources === key.sources);
  if (sameSources.some(({ compiler }) => compiler === key.compiler)) return "the nasm on this machine changed";
  if (sameSources.length > 0) return "the Rust compiler changed";
  if (here.length > 0) return "its sources changed";
  const machines = [...Deno.readDirSync(join(root, "build", "native"))].map(({ name }) =>
    join(root, "build", "native", name)
  );
  if (machines.some((machine) => machine !== folder && listLibraries(machine).length > 0)) {
    return "those there are made for another CPU or system";
  }
  return "the first run needs it";
}

function estimate(): string {
  const cores = navigator.hardwareConcurrency;
  // rav1e itself, half of the work, hardly gains from more than a few cores.
  const seconds = Math.max(30, Math.round(buildCpuSeconds / cores / 10) * 10);
  return `${seconds} s on ${cores} ${cores === 1 ? "core" : "cores"}`;
}

function warnOfNoAssembly(log: (line: string) => void, environment: Environment): void {
  const { speed6, speed10 } = timesSlowerWithoutAssembly;
  log(
    `Warning: no nasm 2.15 or newer here, so the encoder library is built without assembly and is ${speed6} (speed 6) to ` +
      `${speed10} (speed 10) times slower; to have it built again with assembly: ${
        installCommand("nasm", environment)
      }`,
  );
}

/** Draws on stderr where that is a terminal. */
function terminalLine(): (text: string | undefined) => void {
  if (!Deno.stderr.isTerminal()) return () => {};
  return (text) => {
    const columns = columnsOfTerminal();
    Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[2K${text?.slice(0, columns - 1) ?? ""}`));
  };
}

function columnsOfTerminal(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return 80;
  }
}
