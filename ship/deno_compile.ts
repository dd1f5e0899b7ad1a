// Deno's own kind of executable: the bundle, its threads and the libraries embedded in Deno's slim runtime, denort. Deno
// downloads that, or takes what DENORT_BIN names; without either there is no such executable. The embedded libraries are
// written to the system's temporary folder by the runtime when they are opened.

import { join } from "node:path";
import type { Run } from "./command.ts";
import { permissionFlags } from "./permissions.ts";

export interface CompileOptions {
  /** Folder of the bundle and all that goes with it. */
  readonly program: string;
  readonly output: string;
  /** Whether doing without is an error. */
  readonly required: boolean;
}

/** Whether the executable was made. */
export async function compileWithDeno(
  { program, output, required }: CompileOptions,
  run: Run,
  log: (line: string) => void,
): Promise<boolean> {
  // Everything in the folder is named: threads, chunks, libraries and notices are read when they are wanted.
  const included = [...Deno.readDirSync(program)].flatMap(({ name }) => ["--include", join(program, name)]);
  const args = ["compile", "--quiet", "--no-check", "--no-config", "--no-lock", ...permissionFlags, ...included];
  try {
    await run(Deno.execPath(), [...args, "--output", output, join(program, "main.js")]);
    return true;
  } catch (error) {
    if (required) throw error;
    const reason = String(error).split("\n").filter((line) => /^\s*\d+: (?!<unknown>)/.test(line)).at(-1)?.replace(
      /^\s*\d+: /,
      "",
    );
    log(`No denort here (${reason ?? error}; DENORT_BIN names one): making a self-extracting executable`);
    return false;
  }
}
