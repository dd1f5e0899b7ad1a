// The one place where a program is started whose output is used: ffmpeg, ffprobe, vspipe, avs2yuv. Its standard error is read all
// the time, whatever becomes of its output, so that it never waits for us there; and it is ended when this process leaves,
// whatever it is doing. Who started it says what its words, its frames and its end mean.

import { endProcess, kill } from "./end_process.ts";

export interface ChildOptions {
  /** Name on PATH, or path. */
  readonly program: string;
  readonly args: readonly string[];
  /** "null" where absent. */
  readonly stdin?: "null" | "piped";
  /** "piped" where absent. */
  readonly stdout?: "null" | "piped";
  /**
   * Ctrl-C at the terminal is answered by this program alone, which ends it with all that it has started; else it stays in the
   * terminal's group, so that Ctrl-C ends both.
   */
  readonly hasOwnSession: boolean;
  /** Gets pieces of what it says on standard error, as they come. */
  readonly onSaid: (text: string) => void;
}

/** The message is one clause. */
export class CannotStart extends Error {
  override name = "CannotStart";

  constructor(readonly isMissing: boolean, message: string, cause: unknown) {
    super(message, { cause });
  }
}

export class StartedChild {
  readonly #process: Deno.ChildProcess;
  readonly status: Promise<Deno.CommandStatus>;
  /** Resolves when it, and whoever has its standard error from it, will say nothing more there. */
  readonly said: Promise<void>;
  #hasEnded = false;

  /** Throws CannotStart. */
  constructor({ program, args, stdin = "null", stdout = "piped", hasOwnSession, onSaid }: ChildOptions) {
    try {
      this.#process = new Deno.Command(program, {
        args: [...args],
        stdin,
        stdout,
        stderr: "piped",
        detached: hasOwnSession,
        // Its words are looked at, not shown.
        env: { AV_LOG_FORCE_NOCOLOR: "1" },
      }).spawn();
    } catch (error) {
      const isMissing = error instanceof Deno.errors.NotFound;
      throw new CannotStart(isMissing, isMissing ? "it is not on PATH" : String(error), error);
    }
    const { pid } = this.#process;
    endWithUs(pid);
    this.status = this.#process.status.finally(() => {
      this.#hasEnded = true;
      hasEnded(pid);
    });
    this.said = this.#listen(onSaid);
  }

  get pid(): number {
    return this.#process.pid;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get stdin(): WritableStream<Uint8Array> {
    return this.#process.stdin;
  }

  get stdout(): Deno.ChildProcess["stdout"] {
    return this.#process.stdout;
  }

  /** At once. Without effect on one that has ended. */
  kill(): void {
    if (!this.#hasEnded) kill(this.pid);
  }

  async #listen(onSaid: (text: string) => void): Promise<void> {
    const decoder = new TextDecoder();
    try {
      for await (const piece of this.#process.stderr) onSaid(decoder.decode(piece, { stream: true }));
    } catch {
      // What it said so far is all there is.
    }
  }
}

/** Process numbers; of the main thread also those of children that other threads started. */
const running = new Set<number>();

/** A child that another thread started is ended with this process, too. */
export function endWithUs(pid: number): void {
  if (running.size === 0) globalThis.addEventListener("unload", endAll);
  running.add(pid);
}

export function hasEnded(pid: number): void {
  running.delete(pid);
}

function endAll(): void {
  for (const pid of running) endProcess(pid);
}

/** A path that no program takes for an option. */
export function plainPath(path: string): string {
  return path.startsWith("/") || path.startsWith("./") ? path : `./${path}`;
}

/** A path as ffmpeg's file of that very name, never an option or another protocol. */
export function fileUrl(path: string): string {
  return `file:${path}`;
}
