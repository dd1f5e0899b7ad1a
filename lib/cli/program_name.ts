// How the program was called, for commands it prints: by its own name, or through the project's task.

let name = "rav1e-by-gop";

export function programName(): string {
  return name;
}

/** The program runs as `deno task encode`. */
export function calledAsTask(): void {
  name = "deno task encode";
}
