// The bytes of a pipe's input, read one piece after the other. A file is read one piece ahead, so that the disk works while
// the piece before is looked at; a pipe is not: the system's buffer does that, and a read must not wait when no more is wanted.

import { systemReason } from "../cli/system_reason.ts";
import { InputError } from "../errors.ts";
import type { PipeInput } from "./reader_protocol.ts";

type Source = Pick<Deno.FsFile, "read" | "close">;

export class InputBytes implements Disposable {
  readonly #source: Source;
  readonly #readsAhead: boolean;
  readonly #buffers: [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>];
  #ahead: Promise<Uint8Array | null> | undefined;

  private constructor(input: PipeInput, source: Source) {
    this.#source = source;
    this.#readsAhead = input.isFile;
    this.#buffers = [new Uint8Array(input.readBytes), new Uint8Array(input.isFile ? input.readBytes : 0)];
  }

  /** Opens the input; a named pipe is waited for until somebody writes to it. Throws InputError. */
  static async open(input: PipeInput): Promise<InputBytes> {
    try {
      return new InputBytes(input, input.path === null ? Deno.stdin : await Deno.open(input.path));
    } catch (error) {
      throw new InputError(`Cannot read ${input.name}: ${systemReason(error)}`, { cause: error });
    }
  }

  /** The next piece, valid until the call after the next; null at the end. Throws what the system reports. */
  async next(): Promise<Uint8Array | null> {
    if (!this.#readsAhead) return await this.#read();
    const piece = await (this.#ahead ?? this.#read());
    this.#ahead = piece === null ? undefined : this.#read();
    // Its error is thrown when it is asked for.
    this.#ahead?.catch(() => {});
    return piece;
  }

  /** No more is read. */
  close(): void {
    try {
      this.#source.close();
    } catch {
      // Closed already.
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #read(): Promise<Uint8Array | null> {
    if (this.#readsAhead) this.#buffers.reverse();
    const buffer = this.#buffers[0];
    const count = await this.#source.read(buffer);
    return count === null ? null : buffer.subarray(0, count);
  }
}
