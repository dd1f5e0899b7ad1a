// Runs a command and measures it from outside, the same way for every command: wall time, CPU seconds by bash's `time`
// (of the process and all it waited for), and, where asked, memory and threads by reading /proc while it runs. Linux.

import { programCommand } from "../../tests/support/program.ts";

export interface Run {
  /** Milliseconds since 1970 when the command was started. */
  readonly startedAt: number;
  readonly wallSeconds: number;
  /** User and system. */
  readonly cpuSeconds: number;
  readonly stderr: string;
}

/** A command with its arguments. */
export type CommandLine = readonly [command: string, ...args: string[]];

/** This program with arguments. */
export function ownCommand(...args: string[]): CommandLine {
  const { command, before } = programCommand();
  return [command, ...before, ...args];
}

/** Throws with stderr where the command fails. */
export async function measureRun(line: CommandLine): Promise<Run> {
  const startedAt = Date.now(), started = performance.now();
  const { success, stderr } = await new Deno.Command("bash", {
    args: ["-c", 'TIMEFORMAT=$\'\\ncpu %3U %3S\'; time "$0" "$@"', ...line],
    env: { LC_ALL: "C" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  const wallSeconds = (performance.now() - started) / 1000;
  const said = new TextDecoder().decode(stderr);
  const times = /\ncpu ([\d.]+) ([\d.]+)\n$/.exec(said);
  if (!success || !times) throw new Error(`Cannot measure ${line.join(" ")}: ${said}`);
  return { startedAt, wallSeconds, cpuSeconds: Number(times[1]) + Number(times[2]), stderr: said };
}

/** Encodes one frame, unmeasured: the first run of all may build the library and compile the program. */
export async function warmUp(input: string, output = `${input}.warm-up.ivf`): Promise<void> {
  await measureRun(ownCommand(input, "-o", output, "-y", "--limit", "1", "--speed", "10"));
}

export interface Footprint {
  /** Highest resident size, bytes (VmHWM). */
  readonly peakBytes: number;
  /** CPU of the first thread over that of the process, 0 to 1. */
  readonly mainThreadShare: number;
  /** Most threads at once. */
  readonly threads: number;
  readonly stderr: string;
}

/** Looks at a command every 20 ms while it runs. What grows in its last 20 ms is not seen. */
export async function watchRun([command, ...args]: CommandLine): Promise<Footprint> {
  const child = new Deno.Command(command, { args, stdin: "null", stdout: "null", stderr: "piped" }).spawn();
  let ended = false;
  const output = child.output().finally(() => ended = true);
  let peakBytes = 0, threads = 0, mainTicks = 0, allTicks = 0;
  while (!ended) {
    try {
      const text = Deno.readTextFileSync(`/proc/${child.pid}/status`);
      peakBytes = Math.max(peakBytes, Number(/^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024);
      threads = Math.max(threads, Number(/^Threads:\s+(\d+)$/m.exec(text)?.[1] ?? 0));
      mainTicks = cpuTicks(`/proc/${child.pid}/task/${child.pid}/stat`);
      allTicks = cpuTicks(`/proc/${child.pid}/stat`);
    } catch (error) {
      // It ended between two reads.
      if (!(error instanceof Deno.errors.NotFound) && !/No such process/.test(`${error}`)) throw error;
    }
    await new Promise((wake) => setTimeout(wake, 20));
  }
  const { code, stderr: said } = await output, stderr = new TextDecoder().decode(said);
  if (code !== 0) throw new Error(`Cannot watch ${command} ${args.join(" ")}: exit code ${code}: ${stderr}`);
  return { peakBytes, threads, mainThreadShare: allTicks === 0 ? 0 : mainTicks / allTicks, stderr };
}

/** utime + stime of a stat file of proc(5), fields 14 and 15; the name in field 2 may hold spaces. */
function cpuTicks(path: string): number {
  const fields = Deno.readTextFileSync(path).replace(/^.*\) /s, "").split(" ");
  return Number(fields[11]) + Number(fields[12]);
}
