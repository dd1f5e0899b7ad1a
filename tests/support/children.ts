// Programs that stand in for ffmpeg in a folder of their own, and what is left running of a test's.

import type { WorkFolder } from "./work_folder.ts";

/**
 * Puts a shell script `name` in a folder for PATH, which ends the encode's own run (the one that gives y4m) as `script` says,
 * with the real command in "$@"; every other use of it is the real one's. Gives the PATH.
 */
export function standIn(folder: WorkFolder, name: string, script: string): string {
  const real = new TextDecoder().decode(new Deno.Command("which", { args: [name] }).outputSync().stdout).trim();
  const bin = folder.file("bin");
  Deno.mkdirSync(bin, { recursive: true });
  const text =
    `#!/bin/sh\ncase "$*" in\n*yuv4mpegpipe*) set -- ${real} "$@"\n${script}\n;;\n*) exec ${real} "$@" ;;\nesac\n`;
  Deno.writeTextFileSync(`${bin}/${name}`, text, { mode: 0o755 });
  return `${bin}:${Deno.env.get("PATH")}`;
}

/** Numbers of processes whose command line has `word` in it, this one aside. Linux. */
export function processesWith(word: string): number[] {
  return [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter((pid) => {
    if (!(pid > 0) || pid === Deno.pid) return false;
    try {
      return Deno.readTextFileSync(`/proc/${pid}/cmdline`).includes(word);
    } catch {
      return false;
    }
  });
}

/** Waits until there are none. What a test waits for at most is a guard, not a measure. */
export async function allGone(word: string): Promise<void> {
  for (let tries = 0; processesWith(word).length > 0; tries++) {
    if (tries > 400) throw new Error(`${processesWith(word).length} processes with ${word} are left`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Waits until there is one: a process that is being replaced by another program has no command line for a moment. */
export async function someWith(word: string): Promise<void> {
  for (let tries = 0; processesWith(word).length === 0; tries++) {
    if (tries > 400) throw new Error(`no process with ${word} runs`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
