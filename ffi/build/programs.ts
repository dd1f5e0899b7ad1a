// Where the programs are that building needs, and what to type to get those that are missing. Nothing is started here.

import { join } from "node:path";

/** Environment variables, as `Deno.env.toObject()` gives them. */
export type Environment = Readonly<Record<string, string>>;

/** A program in the folders of PATH, or in `more` after them. */
export function findProgram(name: string, environment: Environment, more: readonly string[] = []): string | undefined {
  for (const folder of [...(environment.PATH ?? "").split(":"), ...more]) {
    if (folder === "") continue;
    const path = join(folder, name);
    const info = statOrUndefined(path);
    if (info?.isFile && ((info.mode ?? 0) & 0o111) !== 0) return path;
  }
  return undefined;
}

/** `Deno.statSync`, or undefined for what is not there or must not be seen. */
export function statOrUndefined(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}

/** Package managers in the order they are looked for, and the commands that install what the build wants. */
const packageManagers = [
  { program: "apt-get", nasm: "sudo apt-get install nasm", compiler: "sudo apt-get install gcc libc6-dev" },
  { program: "dnf", nasm: "sudo dnf install nasm", compiler: "sudo dnf install gcc" },
  { program: "pacman", nasm: "sudo pacman -S nasm", compiler: "sudo pacman -S gcc" },
  { program: "zypper", nasm: "sudo zypper install nasm", compiler: "sudo zypper install gcc" },
  { program: "apk", nasm: "sudo apk add nasm", compiler: "sudo apk add build-base" },
  { program: "brew", nasm: "brew install nasm", compiler: "xcode-select --install" },
] as const;

/** The one command that installs nasm or a C compiler here. */
export function installCommand(what: "nasm" | "compiler", environment: Environment): string {
  const manager = packageManagers.find(({ program }) => findProgram(program, environment) !== undefined);
  if (manager !== undefined) return manager[what];
  if (what === "nasm") return "install nasm 2.15 or newer (https://nasm.us)";
  return Deno.build.os === "darwin" ? "xcode-select --install" : "install gcc or clang";
}
