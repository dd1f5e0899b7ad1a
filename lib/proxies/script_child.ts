// The child that runs a script and writes its frames into the one that scales them, by a pipe that only the two have. That one
// sees whole frames and an end, whatever became of this: so how this one ended is asked, and how many frames it had promised.

import { ChildPipe } from "../../ffi/child_pipe.ts";
import type { Library } from "../../ffi/library.ts";
import type { ChildCommand } from "../pipe/child_command.ts";
import { judgeChild } from "../pipe/child_verdict.ts";
import { type ChildEnd, WatchedChild } from "../pipe/watched_child.ts";

export class ScriptChild implements Disposable {
  readonly #command: ChildCommand;
  readonly #limit: number;
  readonly #pipe: ChildPipe;
  readonly #child: WatchedChild;

  /** Starts it. `limit`: frames after which no more are wanted; 0 is all. Throws InputError. */
  constructor(library: Library, command: ChildCommand, limit: number) {
    using made = new DisposableStack();
    this.#command = command;
    this.#limit = limit;
    this.#pipe = made.use(new ChildPipe(library));
    this.#child = new WatchedChild(writingTo(command, this.#pipe.childDescriptor), () => {});
    // Whoever reads sees the end when the child has closed it.
    this.#pipe.closeWriting();
    made.move();
  }

  /** The descriptor under which the children that are started from now on read its frames. */
  lend(): number {
    return this.#pipe.lendReading();
  }

  /** The one that it is for has been started. */
  isLent(): void {
    this.#pipe.close();
  }

  /** Why the frames that were read are not all there are, once their reader has ended so; undefined where nothing says that. */
  async fault(readerEnd: ChildEnd, frames: number, expectFrames: number | undefined): Promise<string | undefined> {
    const isEnough = this.#limit > 0 && frames >= this.#limit;
    const isReaders = readerEnd.signal !== null || (readerEnd.code !== 0 && !this.#child.hasEnded);
    if (isEnough || isReaders) {
      this.#child.kill();
      return undefined;
    }
    const end = await this.#child.ended();
    const { fault } = judgeChild(this.#command, this.#child.log, end, { frames, lastSeconds: undefined, expectFrames });
    if (fault !== undefined) return fault;
    const { name, claims: { frames: promised } } = this.#command;
    if (promised === null || frames >= promised || frames === expectFrames) return undefined;
    return `${name} gave ${frames} of the ${promised} frames that it had promised`;
  }

  [Symbol.dispose](): void {
    this.#child.kill();
    this.#pipe.close();
  }
}

/** A shell gives the child's standard output its place, and becomes it. */
function writingTo({ program, args, ...rest }: ChildCommand, descriptor: number): ChildCommand {
  return { ...rest, program: "sh", args: ["-c", `exec "$0" "$@" >/dev/fd/${descriptor}`, program, ...args] };
}
