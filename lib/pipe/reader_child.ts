// The child of the reader's thread: started with it, heard out at the end of its frames, and told of to the main thread, which
// ends it where this thread is ended. What it says becomes the reader's own errors and notes.

import { IncompleteError, InputError } from "../errors.ts";
import { sizeIfThere } from "../machine/files.ts";
import type { ChildCommand } from "./child_command.ts";
import { judgeChild } from "./child_verdict.ts";
import type { ChildStart, ReaderReport } from "./reader_protocol.ts";
import { WatchedChild } from "./watched_child.ts";

/** A child that is waited for so long is spoken of: a filter may look at the whole film first, or it hangs. */
const silentMs = 60_000;
const lookEveryMs = 5_000;

export class ReaderChild implements Disposable {
  readonly #name: string;
  readonly #command: ChildCommand;
  readonly #report: (report: ReaderReport) => void;
  readonly #child: WatchedChild;
  readonly #watch: ReturnType<typeof setInterval>;
  #lastStamp = NaN;
  /** When the read that is waited for was begun. */
  #waitingSinceMs = Infinity;

  /** `name`: what messages call the input. Throws InputError. */
  constructor(name: string, command: ChildCommand, report: (report: ReaderReport) => void) {
    this.#name = name;
    this.#command = command;
    this.#report = report;
    this.#child = new WatchedChild(command, (first, stamps) => {
      for (const stamp of stamps) if (!(stamp <= this.#lastStamp)) this.#lastStamp = stamp;
      report({ kind: "stamps", first, stamps });
    });
    report({ kind: "child", pid: this.#child.pid });
    this.#watch = setInterval(() => this.#saySilence(), lookEveryMs);
  }

  /** The next piece, valid until the next call; null at the end. */
  async next(): Promise<Uint8Array | null> {
    this.#waitingSinceMs = performance.now();
    try {
      return await this.#child.next();
    } finally {
      this.#waitingSinceMs = Infinity;
    }
  }

  /** What it said before the header, which stands in its log by the time the header has come. */
  async start(): Promise<ChildStart> {
    if (this.#command.log !== "ffmpeg") return { clock: undefined, first: undefined };
    const first = await this.#child.firstFrame();
    // A header alone is what ffmpeg writes of nothing.
    if (first === undefined && this.#child.log.hasEnded) await this.refuse();
    if (first === undefined) {
      const said = this.#child.log.shownErrors.join("; ");
      throw new InputError(
        `Cannot read ${this.#name}: this ${this.#command.name} does not say when frames are shown${
          said && `: ${said}`
        }`,
      );
    }
    return { clock: this.#child.log.clock, first };
  }

  /** It has ended before a header, or a frame behind it, was whole: throws InputError with its reason, where it gave one. */
  async refuse(): Promise<void> {
    const end = await this.#child.ended();
    this.#report({ kind: "childEnded" });
    const given = { frames: 0, lastSeconds: undefined, expectFrames: undefined };
    const { fault } = judgeChild(this.#command, this.#child.log, end, given);
    throw new InputError(`Cannot read ${this.#name}: ${fault}`);
  }

  /** Its output has ended after `frames` frames and, where `damage` is given, a part of one. Gives what is wrong with that. */
  async judge(
    frames: number,
    damage: string | undefined,
    expectFrames: number | undefined,
  ): Promise<Error | undefined> {
    const end = await this.#child.ended();
    this.#report({ kind: "childEnded" });
    const { log } = this.#child;
    const { num, den } = log.clock?.timeBase ?? { num: 1, den: 1 };
    const lastSeconds = Number.isNaN(this.#lastStamp) ? undefined : (this.#lastStamp * num) / den;
    const { fault, note } = judgeChild(this.#command, log, end, {
      frames,
      lastSeconds,
      expectFrames,
      bytesNow: this.#command.file && sizeIfThere(this.#command.file.path),
    });
    if (fault !== undefined) {
      const what = `Cannot read ${this.#name}: ${fault}`;
      if (frames === 0) throw new InputError(what);
      return new IncompleteError(what);
    }
    if (note !== undefined && damage === undefined) this.#report({ kind: "note", text: `${this.#name}: ${note}` });
    return undefined;
  }

  /** No more than `frames` frames are wanted. */
  async stop(frames: number): Promise<void> {
    await this.#child.stop(frames);
    this.#report({ kind: "childEnded" });
  }

  [Symbol.dispose](): void {
    clearInterval(this.#watch);
    this.#child.kill();
  }

  /** Once for each silence. */
  #saySilence(): void {
    if (performance.now() - this.#waitingSinceMs < silentMs) return;
    this.#waitingSinceMs = Infinity;
    const { stamped } = this.#child.log;
    const text = `${this.#name}: ${this.#command.name} has given nothing for ${
      silentMs / 1000
    } s, after ${stamped} frames`;
    this.#report({ kind: "note", text });
  }
}
