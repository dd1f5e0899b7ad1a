// Zig links for an older glibc than this machine's: Deno itself runs with 2.27, and the library and the launcher should not
// ask for more. It comes from PyPI into build/tools, pinned by hash; where pip cannot fetch it, the system's linker
// serves and the executable asks for this machine's glibc.

import { join } from "node:path";
import { type Environment, findProgram } from "../ffi/build/programs.ts";
import { root, type Run } from "./command.ts";

/** The oldest glibc that Deno's own executable runs with. */
export const glibc = "2.27";

/** What cargo needs to link with Zig. */
export interface Zig {
  readonly cargoCommand: string;
  /** Behind the target triple. */
  readonly suffix: string;
  readonly environment: Environment;
}

/** undefined where it is not to be had, or not needed. */
export async function provideZig(
  environment: Environment,
  run: Run,
  log: (line: string) => void,
): Promise<Zig | undefined> {
  if (Deno.build.os !== "linux") return undefined;
  const requirements = join(root, "ship", "zig_requirements.txt");
  const folder = join(root, "build", "tools", "zig");
  const stamp = join(folder, "requirements.txt");
  const wanted = Deno.readTextFileSync(requirements);
  if (textOf(stamp) !== wanted) {
    const python = findProgram("python3", environment);
    log("Fetching Zig, which links for older systems (from PyPI into build/tools; nothing is installed)");
    try {
      if (python === undefined) throw new Error("there is no python3");
      await run(python, [
        ...["-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "--upgrade"],
        ...["--target", folder, "--requirement", requirements],
      ]);
      Deno.writeTextFileSync(stamp, wanted);
    } catch (error) {
      const reason = error instanceof Error ? error.message.split("\n").at(-1) : error;
      log(`Warning: cannot fetch Zig (${reason}); the executable will need a glibc as new as this machine's`);
      return undefined;
    }
  }
  return {
    cargoCommand: join(folder, "bin", "cargo-zigbuild"),
    suffix: `.${glibc}`,
    environment: {
      CARGO_ZIGBUILD_ZIG_PATH: join(folder, "ziglang", "zig"),
      CARGO_ZIGBUILD_CACHE_DIR: join(root, "build", "cargo", "zig-wrappers"),
      ZIG_GLOBAL_CACHE_DIR: join(root, "build", "cargo", "zig-cache"),
    },
  };
}

function textOf(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}
