// The program in a line of a shell, as its users join it to others.

import { programCommand } from "./program.ts";
import type { WorkFolder } from "./work_folder.ts";

/** Runs a line of bash in the folder; `program` in it is the program. */
export async function shell(
  folder: WorkFolder,
  line: string,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { command, before } = programCommand();
  const words = [command, ...before].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", `program() { ${words} "$@"; }; ${line}`],
    cwd: folder.path,
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
