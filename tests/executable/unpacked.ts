// The executable under test, started with a home of its own and nothing else of this process's environment, and what it
// leaves there. RAV1E_BY_GOP names it; by default it is what `deno task compile` makes.

import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const executable = Deno.env.get("RAV1E_BY_GOP") ??
  fileURLToPath(new URL("../../dist/rav1e-by-gop", import.meta.url));

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another file than the executable itself, a link to it for instance. */
  readonly program?: string;
  /** Words in front: a program that runs the rest. */
  readonly under?: readonly string[];
}

/** An empty home for first starts. */
export class Home implements Disposable {
  readonly path = Deno.makeTempDirSync({ prefix: "rav1e-by-gop-home-" });
  readonly cache = join(this.path, ".cache", "rav1e-by-gop");

  /** Starts the executable without waiting. */
  spawn(args: readonly string[], { cwd = this.path, env, program = executable, under = [] }: StartOptions = {}) {
    const [command, ...words] = [...under, program, ...args];
    return new Deno.Command(command!, {
      args: words,
      cwd,
      env: { HOME: this.path, PATH: "/nonexistent", TMPDIR: this.path, ...env },
      clearEnv: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  async start(args: readonly string[], options: StartOptions = {}): Promise<Result> {
    const { code, stdout, stderr } = await this.spawn(args, options).output();
    const text = new TextDecoder();
    return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
  }

  /** A first start that must go well, and the folder it unpacked to. */
  async unpack(options: StartOptions = {}): Promise<string> {
    const { code, stderr } = await this.start(["--help"], options);
    if (code !== 0) throw new Error(`Cannot start ${executable}: ${stderr}`);
    return this.unpacked();
  }

  /** The one folder of unpacked files. Throws where there is none or more. */
  unpacked(cache = this.cache): string {
    const [name, ...others] = names(cache).filter((name) => /^\d{10}-[0-9a-f]{32}$/.test(name));
    if (name === undefined || others.length > 0) throw new Error(`Not one folder: ${names(cache).join(" ")}`);
    return join(cache, name);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

/** Sorted; none where the folder is not there. */
export function names(folder: string): string[] {
  try {
    return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Changes bytes of a file and leaves its size, mode and time as they were. */
export function damageUnseen(path: string, offset: number, bytes: Uint8Array): void {
  const { mode, mtime } = Deno.statSync(path);
  Deno.chmodSync(path, 0o600);
  {
    using file = Deno.openSync(path, { write: true });
    file.seekSync(offset, Deno.SeekMode.Start);
    file.writeSync(bytes);
  }
  Deno.utimeSync(path, mtime!, mtime!);
  Deno.chmodSync(path, mode! & 0o7777);
}
