// Programs that only tests use, and that not every machine has.

/** Whether `program` is there; tests that need it are skipped where it is not. */
export function isFound(program: string): boolean {
  try {
    new Deno.Command(program, { args: ["--version"], stdin: "null", stdout: "null", stderr: "null" }).outputSync();
    return true;
  } catch {
    return false;
  }
}
