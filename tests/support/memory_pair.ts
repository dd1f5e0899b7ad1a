// Two ends of a connection within the process, for tests and measurements of what speaks over one. It behaves as TCP does: a
// bounded number of bytes is on its way, a writer waits for the reader beyond that, bytes that were handed on arrive though
// the writer closes, and then reading ends.

import { type ByteStream, ConnectionLost } from "../../lib/remote/wire/byte_stream.ts";

/** One end. */
export class MemoryStream implements ByteStream {
  readonly #incoming: Pipe;
  readonly #outgoing: Pipe;

  constructor(incoming: Pipe, outgoing: Pipe) {
    this.#incoming = incoming;
    this.#outgoing = outgoing;
  }

  read(): Promise<Uint8Array<ArrayBuffer> | null> {
    return this.#incoming.read();
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#outgoing.write(bytes);
  }

  close(): void {
    this.#outgoing.end();
    this.#incoming.abandon("the connection was closed");
  }

  /** The connection is gone, for both ends and with all that was on its way. */
  cut(): void {
    for (const pipe of [this.#incoming, this.#outgoing]) pipe.abandon("the connection was cut");
  }
}

/** `capacity`: bytes that may be on their way in each direction. */
export function memoryPair(capacity = 64 * 1024): [MemoryStream, MemoryStream] {
  const there = new Pipe(capacity), back = new Pipe(capacity);
  return [new MemoryStream(back, there), new MemoryStream(there, back)];
}

/** One direction. */
class Pipe {
  readonly #capacity: number;
  readonly #chunks: Uint8Array<ArrayBuffer>[] = [];
  #held = 0;
  #hasEnded = false;
  #lost: string | undefined;
  /** Called once at the next change. */
  #waiting: (() => void)[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  async read(): Promise<Uint8Array<ArrayBuffer> | null> {
    for (;;) {
      this.#checkLost();
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#held -= chunk.length;
        this.#changed();
        return chunk;
      }
      if (this.#hasEnded) return null;
      await this.#change();
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      this.#checkLost();
      if (this.#hasEnded) throw new ConnectionLost("the connection was closed");
      const room = this.#capacity - this.#held;
      if (room > 0) {
        const chunk = bytes.slice(at, at + room) as Uint8Array<ArrayBuffer>;
        this.#chunks.push(chunk);
        this.#held += chunk.length;
        at += chunk.length;
        this.#changed();
      } else await this.#change();
    }
  }

  end(): void {
    this.#hasEnded = true;
    this.#changed();
  }

  abandon(reason: string): void {
    this.#lost ??= reason;
    this.#chunks.length = 0;
    this.#held = 0;
    this.#changed();
  }

  #checkLost(): void {
    if (this.#lost !== undefined) throw new ConnectionLost(this.#lost);
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #changed(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }
}
