// A pipe without a name that a child process writes into: what a child with several streams of output needs beside its
// standard output. Nothing is left of it whatever ends either process. Ownership: the child inherits the writing end, and
// must be the only one that is started between `new` and `closeWriting`; whoever reads opens `readingPath` anew, after which
// `closeReading` leaves it to them. Then its end is theirs to see when the child has closed it, and the child's to see when
// they are gone.

import type { Library } from "./library.ts";
import { NativeHandle } from "./native_handle.ts";

/** What Linux gives to any user. Pipes are 64 KiB where that is not asked for; this takes a sixteenth of the wake-ups. */
const capacity = 1024 * 1024;
const [reading, writing] = [0, 1];

export class ChildPipe implements Disposable {
  readonly #handle: NativeHandle;
  readonly readingPath: string;
  /** The descriptor that the child has it under. */
  readonly childDescriptor: number;

  /** Throws LibraryError where the system gives no more pipes. */
  constructor(readonly library: Library) {
    this.#handle = new NativeHandle(
      library,
      library.symbols.rbg_child_pipe_new(BigInt(capacity)),
      "rbg_child_pipe_free",
    );
    this.readingPath = `/dev/fd/${this.#end(reading)}`;
    this.childDescriptor = this.#end(writing);
  }

  /** The child has it: no other shall. Before it was opened for reading, nobody would be let in any more (fifo(7)). */
  closeWriting(): void {
    this.#close(writing);
  }

  /** The reader has opened it. */
  closeReading(): void {
    this.#close(reading);
  }

  close(): void {
    this.#handle.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #end(end: number): number {
    return this.library.unwrap(this.library.symbols.rbg_child_pipe_end(this.#handle.id, end));
  }

  #close(end: number): void {
    this.library.unwrap(this.library.symbols.rbg_child_pipe_close(this.#handle.id, end));
  }
}
