// A child process whose standard output is read as the video. It is a session of its own, so that Ctrl-C at the terminal is
// answered by this program alone. How it ended is always asked.

import { InputError } from "../errors.ts";
import { CannotStart, StartedChild } from "../machine/started_child.ts";
import type { ChildCommand } from "./child_command.ts";
import { ChildLog, type FirstFrame } from "./child_log.ts";

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
  readonly #command: ChildCommand;
  readonly #child: StartedChild;
  readonly #stdout: ReadableStreamBYOBReader;
  readonly #heard: Promise<void>;
  readonly #tellStamps: (first: number, stamps: Float64Array) => void;
  #told = 0;
  #buffer = new Uint8Array(readBytes);
  #onStamps = Promise.withResolvers<void>();

  /** Starts it. `onStamps` gets time stamps as they come. Throws InputError where it cannot be started. */
  constructor(command: ChildCommand, onStamps: (first: number, stamps: Float64Array) => void) {
    this.#command = command;
    this.#tellStamps = onStamps;
    this.log = new ChildLog(command.log);
    try {
      const { program, args } = command;
      this.#child = new StartedChild({ program, args, hasOwnSession: true, onSaid: (text) => this.#hear(text) });
    } catch (error) {
      if (!(error instanceof CannotStart)) throw error;
      throw new InputError(`Cannot start ${command.name}: ${error.message}`, { cause: error });
    }
    this.#stdout = this.#child.stdout.getReader({ mode: "byob" });
    this.#heard = this.#child.said.then(() => {
      this.log.end();
      this.#tell();
    });
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** It has ended already. */
  get hasEnded(): boolean {
    return this.#child.hasEnded;
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
    const { code, signal } = await this.#child.status;
    clearTimeout(timer);
    // A child of its own may still hold its standard error.
    await withinMs(this.#heard, stampsWithinMs);
    return { code, signal, hung };
  }

  /** Nothing more is wanted behind `frames` frames: waits for their time stamps and the one that ends the last, then ends it. */
  async stop(frames: number): Promise<void> {
    const enough = async () => {
      while (this.#command.log === "ffmpeg" && this.log.stamped <= frames) {
        if (this.log.hasEnded) break;
        await Promise.race([this.#onStamps.promise, this.#heard]);
      }
    };
    await withinMs(enough(), stampsWithinMs);
    this.kill();
    await this.#child.status;
  }

  /** At once, and what it has started. Without effect on one that has ended. */
  kill(): void {
    this.#child.kill();
  }

  #hear(text: string): void {
    this.log.push(text);
    // It would wait for what it is not given, or go on without it.
    if (this.log.refusal !== undefined) this.kill();
    this.#tell();
  }

  #tell(): void {
    const stamps = this.log.takeStamps();
    if (stamps.length === 0) return;
    this.#tellStamps(this.#told, stamps);
    this.#told += stamps.length;
    this.#onStamps.resolve();
    this.#onStamps = Promise.withResolvers();
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
