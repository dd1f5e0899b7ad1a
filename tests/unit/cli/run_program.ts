// Runs a piece of the program as a real process: its exit code, its streams and the signals it gets are the subject.
// What is said on standard output tells when it is ready; nothing waits for a clock.

import { fileURLToPath } from "node:url";

export const root = new URL("../../../", import.meta.url);

/** A child whose output can be awaited line by line. */
export interface Child extends AsyncDisposable {
  process: Deno.ChildProcess;
  /** The next line of standard output; undefined at its end. */
  line(): Promise<string | undefined>;
}

/** Starts a script that may import from "lib/..." of this project. `wrapper` are words before deno's path. */
export async function startScript(
  script: string,
  wrapper: string[] = [],
  stderr: "inherit" | "piped" = "inherit",
): Promise<Child> {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(file, script.replaceAll('"lib/', `"${root}lib/`));
  const words = [...wrapper, Deno.execPath(), "run", "--allow-all", "--no-check", `--config=${fromRoot("deno.json")}`];
  const [command = "", ...args] = [...words, file];
  const process = new Deno.Command(command, { args, stdin: "null", stdout: "piped", stderr }).spawn();
  const reader = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  return {
    process,
    async line() {
      while (!text.includes("\n")) {
        const { value, done } = await reader.read();
        if (done) return undefined;
        text += value;
      }
      const end = text.indexOf("\n");
      const line = text.slice(0, end);
      text = text.slice(end + 1);
      return line;
    },
    async [Symbol.asyncDispose]() {
      try {
        process.kill("SIGKILL");
      } catch {
        // Gone already.
      }
      await process.status;
      await reader.cancel();
      await Deno.remove(file);
    },
  };
}

/** Runs main.ts to its end. */
export async function runMain(
  args: string[],
  options: Deno.CommandOptions = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const words = ["run", "--allow-all", "--no-check", fromRoot("main.ts"), ...args];
  const output = await new Deno.Command(Deno.execPath(), { args: words, stdin: "null", ...options }).output();
  const decoder = new TextDecoder();
  return { code: output.code, stdout: decoder.decode(output.stdout), stderr: decoder.decode(output.stderr) };
}

/** The path of a file of this project. */
export function fromRoot(name: string): string {
  return fileURLToPath(new URL(name, root));
}
