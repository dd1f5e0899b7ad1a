// A connection's bytes, TCP or TLS: what comes waits in the socket (64 KiB at most) until it is read, what goes is handed
// on one write at a time. Whatever ends the connection reaches the caller as ConnectionLost, and never as an event that
// nobody listens to.

import type { Socket } from "node:net";
import { type ByteStream, ConnectionLost } from "../wire/byte_stream.ts";
import { connectionReason } from "./connection_reason.ts";

/** What was handed on before the end may take so long to leave. */
const lingerMs = 2_000;

export class SocketStream implements ByteStream {
  readonly #socket: Socket;
  #lost: ConnectionLost | undefined;
  #ended = false;
  #wakeReader: (() => void) | undefined;
  #failWriter: ((error: Error) => void) | undefined;

  /** Takes the socket over. It is connected, and no byte was read from it. `reason` puts its errors into words. */
  constructor(socket: Socket, reason: (error: unknown) => string = connectionReason) {
    this.#socket = socket;
    socket.on("readable", () => this.#wakeReader?.());
    socket.on("end", () => {
      this.#ended = true;
      this.#wakeReader?.();
    });
    socket.on("error", (error) => this.#lose(reason(error)));
    socket.on("close", () => this.#lose("the other side closed the connection"));
  }

  async read(): Promise<Uint8Array<ArrayBuffer> | null> {
    for (;;) {
      // Bytes that came before the connection was lost are still given.
      const bytes: Uint8Array<ArrayBuffer> | null = this.#socket.read();
      if (bytes !== null && bytes.length > 0) return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
      if (this.#ended) return null;
      if (this.#lost !== undefined) throw this.#lost;
      await new Promise<void>((wake) => this.#wakeReader = wake);
      this.#wakeReader = undefined;
    }
  }

  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#lost !== undefined) return reject(this.#lost);
      this.#failWriter = reject;
      // The system takes no shared memory, which could change while it is sent.
      const own = bytes.buffer instanceof SharedArrayBuffer ? bytes.slice() : bytes;
      this.#socket.write(own, (error) => {
        // A failure follows as an event, with its reason.
        if (error) return;
        this.#failWriter = undefined;
        resolve();
      });
    });
  }

  close(): void {
    const isWriting = this.#failWriter !== undefined;
    if (this.#lost === undefined) this.#lose("the connection was closed here");
    this.#ended = false;
    if (this.#socket.destroyed) return;
    if (isWriting) {
      this.#socket.destroy();
      return;
    }
    // The last message may still be on its way, and TLS says goodbye.
    this.#socket.destroySoon();
    const timer = setTimeout(() => this.#socket.destroy(), lingerMs);
    Deno.unrefTimer(timer);
    this.#socket.once("close", () => clearTimeout(timer));
  }

  #lose(reason: string): void {
    this.#lost ??= new ConnectionLost(reason);
    this.#wakeReader?.();
    this.#failWriter?.(this.#lost);
    this.#failWriter = undefined;
  }
}
