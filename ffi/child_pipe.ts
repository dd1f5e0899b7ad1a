// A pipe without a name that a child process writes into: what a child with several streams of output needs beside its
// standard output, and what one child needs to read what another writes. Nothing is left of it whatever ends either process. Ownership: every child that is started while the
// writing end is open and not kept inherits it, so only the one that it is for may be. Who reads opens `readingPath` anew;
// while nobody writes, that would wait for ever, so `close` comes when it was opened. From then on the reader sees the end when
// the child has closed it, and the child that the reader is gone.

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

  /** The child has it: no other shall. */
  keep(): void {
    this.library.unwrap(this.library.symbols.rbg_child_pipe_keep(this.#handle.id));
  }

  /** Children that are started from now on read from it, under this descriptor, until `close`. */
  lendReading(): number {
    this.library.unwrap(this.library.symbols.rbg_child_pipe_lend_reading(this.#handle.id));
    return this.#end(reading);
  }

  /** The child has it, and so has the reader where `closeReading` was called. */
  closeWriting(): void {
    this.#close(writing);
  }

  /** The reader has opened it. */
  closeReading(): void {
    this.#close(reading);
  }

  /** Both ends; twice is fine. */
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
