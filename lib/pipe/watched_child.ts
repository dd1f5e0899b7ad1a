// A child process whose standard output is read as the video. It is a session of its own, so that Ctrl-C at the terminal is
// answered by this program alone; what ends this program closes the pipe, on which the child ends. Its standard error is read
// all the time, whatever is done with its frames, so that it never waits for us there. How it ended is always asked.

import { InputError } from "../errors.ts";
import type { ChildCommand } from "./child_command.ts";
import { ChildLog, type FirstFrame } from "./child_log.ts";
import { childBegan, childEnded, killSession } from "./end_process.ts";

export interface ChildEnd {
  readonly code: number;
  readonly signal: string | null;
  /** It closed its output and went on; it was killed. */
  readonly hung: boolean;
}

const readBytes = 64 * 1024;
/** A child that has closed its output ends within. */
const endsWithinMs = 20_000;
/** Time stamps of frames that were read are there within. */
const stampsWithinMs = 10_000;

export class WatchedChild {
  readonly log: ChildLog;
  readonly pid: number;
  readonly #command: ChildCommand;
  readonly #process: Deno.ChildProcess;
  readonly #stdout: ReadableStreamBYOBReader;
  readonly #errorsRead: Promise<void>;
  #buffer = new Uint8Array(readBytes);
  #onStamps = Promise.withResolvers<void>();
  #hasEnded = false;
  #errorsEnded = false;

  /** Starts it. `onStamps` gets time stamps as they come. Throws InputError where it cannot be started. */
  constructor(command: ChildCommand, onStamps: (first: number, stamps: Float64Array) => void) {
    this.#command = command;
    this.log = new ChildLog(command.log);
    try {
      this.#process = new Deno.Command(command.program, {
        args: [...command.args],
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
        detached: true,
        env: { AV_LOG_FORCE_NOCOLOR: "1" },
      }).spawn();
    } catch (error) {
      const why = error instanceof Deno.errors.NotFound ? "it is not on PATH" : String(error);
      throw new InputError(`Cannot start ${command.name}: ${why}`, { cause: error });
    }
    this.pid = this.#process.pid;
    this.#stdout = this.#process.stdout.getReader({ mode: "byob" });
    this.#errorsRead = this.#readErrors(onStamps);
    childBegan(this.pid);
    this.#process.status.then(() => {
      this.#hasEnded = true;
      childEnded(this.pid);
    });
  }

  /** It has ended already. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** The next piece, valid until the next call; null at the end. */
  async next(): Promise<Uint8Array | null> {
    const { value, done } = await this.#stdout.read(this.#buffer);
    if (done || value === undefined) return null;
    this.#buffer = new Uint8Array(value.buffer);
    return value;
  }

  /** What its log says before its first frame; undefined where that does not come, though the frame has. */
  async firstFrame(): Promise<FirstFrame | undefined> {
    return await withinMs(this.log.firstFrame, stampsWithinMs);
  }

  /** To be called when its output has ended: waits for its own end, and kills it where that does not come. */
  async ended(): Promise<ChildEnd> {
    let hung = false;
    const timer = setTimeout(() => {
      hung = true;
      this.kill();
    }, endsWithinMs);
    const { code, signal } = await this.#process.status;
    clearTimeout(timer);
    // A child of its own may still hold its standard error.
    await withinMs(this.#errorsRead, stampsWithinMs);
    return { code, signal, hung };
  }

  /** Nothing more is wanted behind `frames` frames: waits for their time stamps and the one that ends the last, then ends it. */
  async stop(frames: number): Promise<void> {
    const enough = async () => {
      while (this.#command.log === "ffmpeg" && this.log.stamped <= frames) {
        if (this.#errorsEnded) break;
        await Promise.race([this.#onStamps.promise, this.#errorsRead]);
      }
    };
    await withinMs(enough(), stampsWithinMs);
    this.kill();
    await this.#process.status;
  }

  /** At once, and what it has started. Without effect on one that has ended. */
  kill(): void {
    if (!this.#hasEnded) killSession(this.pid);
  }

  async #readErrors(onStamps: (first: number, stamps: Float64Array) => void): Promise<void> {
    const decoder = new TextDecoder();
    let told = 0;
    const tell = () => {
      const stamps = this.log.takeStamps();
      if (stamps.length === 0) return;
      onStamps(told, stamps);
      told += stamps.length;
      this.#onStamps.resolve();
      this.#onStamps = Promise.withResolvers();
    };
    try {
      for await (const piece of this.#process.stderr) {
        this.log.push(decoder.decode(piece, { stream: true }));
        tell();
      }
    } catch {
      // What it said so far is all there is.
    }
    this.log.end();
    this.#errorsEnded = true;
    tell();
  }
}

async function withinMs<T>(what: Promise<T>, ms: number): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), ms);
  try {
    return await Promise.race([what, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
