// Runs cargo once and gives the path of the library it made. Whatever the user has set for his own Rust work (target, target
// folder, flags) neither breaks the build nor is broken by it: his flags come first, ours last. All that cargo wrote is kept
// in a log; of it the user sees one moving line on a terminal, and the first error.

import { dirname, join } from "node:path";
import { IncompleteError } from "../../lib/errors.ts";
import { explainFailure, parseArtifact, parseProgress } from "./cargo_output.ts";
import { type Environment, installCommand } from "./programs.ts";
import type { Rust } from "./rust.ts";

/** The library's name in Cargo.toml. */
const libraryName = "rav1e_by_gop";

export interface CompileOptions {
  /** Folder of Cargo.toml. */
  readonly crate: string;
  /** Folder for cargo's files. One machine's alone: "native" in the flags means another CPU elsewhere, and cargo could not tell. */
  readonly target: string;
  readonly rust: Rust;
  readonly environment: Environment;
  /** Folder of nasm; undefined builds with the crate's default features where nasm is not needed. */
  readonly nasm: string | undefined;
  readonly assembly: boolean;
  /** Shows one changing line, or nothing. */
  readonly progress: (text: string | undefined) => void;
  /** Ends the build. */
  readonly signal?: AbortSignal | undefined;
}

/** Builds the crate. Throws IncompleteError with cargo's first error and what to do. */
export async function compileLibrary(options: CompileOptions): Promise<string> {
  const { crate, target, progress } = options;
  Deno.mkdirSync(target, { recursive: true });
  const logPath = join(target, "build.log");
  using logFile = Deno.openSync(logPath, { write: true, create: true, truncate: true });
  const cargo = new Deno.Command(options.rust.cargo, {
    args: [
      "build",
      "--locked",
      "--release",
      ...(options.assembly ? [] : ["--no-default-features"]),
      // Named, so that a target in the user's cargo settings does not count.
      ...["--target", Deno.build.target],
      ...["--target-dir", target],
      "--message-format=json-render-diagnostics",
    ],
    cwd: crate,
    env: cargoEnvironment(options),
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: options.signal,
  }).spawn();

  const started = performance.now();
  let state = "starting";
  const show = () =>
    progress(`Building the encoder library: ${state} (${Math.round((performance.now() - started) / 1000)} s)`);
  const ticking = setInterval(show, 1000);
  let library: string | undefined;
  const said: string[] = [];
  const readMessages = async () => {
    for await (const line of linesOf(cargo.stdout)) library = parseArtifact(line, libraryName) ?? library;
  };
  const readErrors = async () => {
    for await (const line of linesOf(cargo.stderr)) {
      const step = parseProgress(line);
      if (step === undefined && line.trim() !== "") {
        said.push(line);
        logFile.writeSync(new TextEncoder().encode(`${line}\n`));
        if (/^\s*(Updating|Downloading|Downloaded)\b/.test(line)) state = "downloading crates";
      } else if (step !== undefined) {
        state = `${step.done} of ${step.total} steps, ${step.current}`;
      }
      show();
    }
  };
  try {
    const [status] = await Promise.all([cargo.status, readMessages(), readErrors()]);
    if (status.success && library !== undefined) return library;
    options.signal?.throwIfAborted();
    if (status.signal !== null) {
      throw new IncompleteError(`Cannot build the encoder library: cargo was ended by ${status.signal}`);
    }
    throw failure(said, logPath, options.environment);
  } finally {
    clearInterval(ticking);
    progress(undefined);
  }
}

/** The environment with the flags for this machine, and without what would lead cargo elsewhere. */
export function cargoEnvironment(
  { environment, rust, nasm }: Pick<CompileOptions, "environment" | "rust" | "nasm">,
): Record<string, string> {
  const result: Record<string, string> = { ...environment, ...rust.environment };
  // Wrong folder, wrong target, or no progress lines.
  const misleading = ["CARGO_BUILD_TARGET", "CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR", "CARGO_BUILD_RUSTFLAGS"];
  for (const name of [...misleading, "CARGO_TERM_QUIET", "CARGO_TERM_VERBOSE"]) delete result[name];
  // The encoded form, where set, makes cargo ignore the other.
  if (environment.CARGO_ENCODED_RUSTFLAGS !== undefined) {
    const flags = environment.CARGO_ENCODED_RUSTFLAGS.split("\x1f").filter((flag) => flag !== "");
    result.CARGO_ENCODED_RUSTFLAGS = [...flags, "-Ctarget-cpu=native"].join("\x1f");
  } else {
    result.RUSTFLAGS = `${environment.RUSTFLAGS ?? ""} -C target-cpu=native`.trim();
  }
  const folders = [nasm, environment.PATH, dirname(rust.cargo)];
  result.PATH = folders.filter((folder) => folder !== undefined && folder !== "").join(":");
  return {
    ...result,
    CARGO_TERM_COLOR: "never",
    CARGO_TERM_PROGRESS_WHEN: "always",
    CARGO_TERM_PROGRESS_WIDTH: "80",
    RUST_BACKTRACE: "0",
  };
}

function failure(said: readonly string[], logPath: string, environment: Environment): IncompleteError {
  const { cause, line } = explainFailure(said);
  const todo = {
    network: "its crates are downloaded once, so connect this machine to the network (or set the proxy) and try again",
    compiler: `install a C compiler: ${installCommand("compiler", environment)}`,
    rust: "install or update Rust: rustup update stable (https://rustup.rs)",
    other: undefined,
  }[cause];
  const log = `cargo's whole output is in ${logPath}`;
  return new IncompleteError(
    `Cannot build the encoder library: ${line}; ${todo === undefined ? log : `${todo} (${log})`}`,
  );
}

/** Lines that end in a newline or a carriage return. */
async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split(/[\r\n]/);
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}
