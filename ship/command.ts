// Runs the programs that building an executable needs. What one says is shown only when it fails.

import { fileURLToPath } from "node:url";

/** Runs a program to its end and gives its standard output; throws with the end of its error output. */
export type Run = (program: string, args: readonly string[], options?: RunOptions) => Promise<string>;

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Lines of a failed program's error output that are repeated. */
const linesShown = 20;

export const root = fileURLToPath(new URL("../", import.meta.url));

export function fromFileUrl(url: URL): string {
  return fileURLToPath(url);
}

export const run: Run = async (program, args, { cwd = root, env } = {}) => {
  const command = new Deno.Command(program, { args: [...args], cwd, env, stdin: "null" });
  const { success, stdout, stderr } = await command.output();
  if (!success) {
    const said = new TextDecoder().decode(stderr).trim().split("\n").slice(-linesShown).join("\n");
    throw new Error(`Cannot run ${program} ${args[0] ?? ""}: ${said}`);
  }
  return new TextDecoder().decode(stdout);
};
