// Runs the program as its users do: a process of its own, seen only through arguments, streams, files and exit code.
// RAV1E_BY_GOP=/path/to/executable runs that one instead of this checkout's main.ts, in every black-box test at once: from an
// empty folder, with a home that was empty, no PATH, and nothing else of this process's environment.
// TESTED_FFMPEG=/folder gives it the ffmpeg and ffprobe in there; what tests make files with stays the one on PATH.

const root = new URL("../../", import.meta.url);
const testedFfmpeg = Deno.env.get("TESTED_FFMPEG");
const places = [...testedFfmpeg === undefined ? [] : [testedFfmpeg], ...(Deno.env.get("PATH") ?? "").split(":")];

export interface RunOptions {
  /** Where the program is started; relative paths in `args` mean this folder. */
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Bytes for its stdin; empty and closed where absent. */
  readonly stdin?: Uint8Array;
}

export interface RunResult {
  readonly code: number;
  readonly signal: Deno.Signal | null;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

/** The executable and what comes before the user's arguments. */
export function programCommand(): { command: string; before: string[] } {
  const executable = Deno.env.get("RAV1E_BY_GOP");
  if (executable) return { command: executable, before: [] };
  const main = decodeURIComponent(new URL("main.ts", root).pathname);
  const config = decodeURIComponent(new URL("deno.json", root).pathname);
  return { command: Deno.execPath(), before: ["run", "--allow-all", "--quiet", "--config", config, main] };
}

/** Starts the program and leaves it running: for signals, and for looking at it while it works. */
export function startProgram(
  args: readonly string[],
  { cwd, env, stdin = "null" }: Pick<RunOptions, "cwd" | "env"> & { stdin?: "null" | "piped" } = {},
): Deno.ChildProcess {
  const { command, before } = programCommand();
  return new Deno.Command(command, {
    args: [...before, ...args],
    cwd: cwd ?? bareMachine()?.folder,
    env: ownEnvironment(env),
    clearEnv: true,
    stdin,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Runs the program to its end. */
export async function runProgram(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const child = startProgram(args, { ...options, stdin: options.stdin ? "piped" : "null" });
  const output = child.output();
  if (options.stdin) {
    const writer = child.stdin.getWriter();
    // A program that refuses its input may close the pipe before all of it was written; its exit code says so.
    await writer.write(options.stdin).then(() => writer.close()).catch(() => {});
  }
  const { code, signal, stdout, stderr } = await output;
  return { code, signal, stdout, stderr: new TextDecoder().decode(stderr) };
}

function ownEnvironment(added: Readonly<Record<string, string>> = {}): Record<string, string> {
  const bare = bareMachine();
  // Without what `deno task` leaves behind: these would move the folder that relative paths mean.
  const { INIT_CWD: _taskFolder, RAV1E_BY_GOP_CWD: _ownFolder, ...inherited } = Deno.env.toObject();
  return { ...bare?.environment ?? { ...inherited, PATH: places.join(":") }, ...added };
}

interface BareMachine {
  /** Empty. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

let bare: BareMachine | undefined;
const lent: string[] = [];

/**
 * From now on an executable finds these programs of this machine, and still no others: for files of tests about what it starts.
 * Before it is run the first time.
 */
export function lendPrograms(...names: string[]): void {
  lent.push(...names);
}

/** A folder with links to what is lent, as far as it is there. */
function linksToLent(folder: string): string {
  Deno.mkdirSync(folder);
  for (const name of new Set(lent)) {
    const found = places.map((place) => `${place}/${name}`).find((path) => isFile(path));
    if (found !== undefined) Deno.symlinkSync(found, `${folder}/${name}`);
  }
  return folder;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** What an executable gets of this machine; undefined for the checkout, which needs more. One for all of a file's tests. */
function bareMachine(): BareMachine | undefined {
  if (!Deno.env.get("RAV1E_BY_GOP")) return undefined;
  if (bare !== undefined) return bare;
  const path = Deno.makeTempDirSync({ prefix: "rav1e-by-gop-bare-" });
  globalThis.addEventListener("unload", () => Deno.removeSync(path, { recursive: true }));
  const folder = `${path}/empty`, home = `${path}/home`;
  for (const made of [folder, home]) Deno.mkdirSync(made, { mode: 0o700 });
  // The build of the library is a test's choice.
  const build = Deno.env.get("RAV1E_BY_GOP_LIBRARY");
  const programs = lent.length === 0 ? "/nonexistent" : linksToLent(`${path}/programs`);
  const environment = { HOME: home, PATH: programs, ...build && { RAV1E_BY_GOP_LIBRARY: build } };
  return bare = { folder, environment };
}
