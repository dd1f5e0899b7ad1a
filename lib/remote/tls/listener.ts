// The daemon's door: every connection is handed out as soon as it is there, with TLS still to be agreed on where an
// identity is given, so that whoever counts and times unproven sessions counts and times that too. Nothing that a
// connection does, or does not do, holds up the next one.

import { createServer, type Server, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { InputError } from "../../errors.ts";
import type { ByteStream } from "../wire/byte_stream.ts";
import { authTimeoutMs } from "../limits.ts";
import { connectionReason } from "./connection_reason.ts";
import type { IdentitySource } from "./identity_source.ts";
import { SocketStream } from "./socket_stream.ts";

export interface Accepted {
  readonly stream: ByteStream;
  /** "192.0.2.1:50000", "[2001:db8::1]:50000". */
  readonly peer: string;
  /** Its address alone; an IPv4 address that came through an IPv6 socket is written as IPv4. */
  readonly address: string;
  /** DER; the certificate that this connection is shown. Empty without TLS. */
  readonly certificates: Uint8Array<ArrayBuffer>[];
}

export interface ListenerOptions {
  /** Name or address to listen at. */
  readonly host: string;
  /** 0 is any free port. */
  readonly port: number;
  /** Undefined is plain TCP. */
  readonly identity?: IdentitySource;
}

/** Connections of which the other side is not yet looked at: more wait in the system's queue. */
const backlog = 512;

export class Listener {
  readonly address: { readonly host: string; readonly port: number };
  readonly #server: Server;
  readonly #identity: IdentitySource | undefined;
  readonly #waiting: Accepted[] = [];
  #wake: (() => void) | undefined;
  #closed = false;

  /** Throws InputError where that address cannot be listened at. */
  static open({ host, port, identity }: ListenerOptions): Promise<Listener> {
    return new Promise((resolve, reject) => {
      // Bytes wait in the system until somebody reads.
      const server = createServer({ pauseOnConnect: true, noDelay: true, keepAlive: true });
      const fail = (error: Error) =>
        reject(new InputError(`Cannot listen at ${host}, port ${port}: ${connectionReason(error)}`, { cause: error }));
      server.once("error", fail);
      server.listen({ host, port, backlog }, () => {
        server.removeListener("error", fail);
        resolve(new Listener(server, identity));
      });
    });
  }

  private constructor(server: Server, identity: IdentitySource | undefined) {
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("It listens at no address");
    this.address = { host: address.address, port: address.port };
    this.#server = server;
    this.#identity = identity;
    server.on("connection", (socket) => this.#admit(socket));
    // A connection that could not be accepted, for want of files for instance: the next may do better.
    server.on("error", () => {});
  }

  /** Connections as they come, until close(). One reader. */
  async *accept(): AsyncGenerator<Accepted, void, void> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next !== undefined) yield next;
      else if (this.#closed) return;
      else await new Promise<void>((wake) => this.#wake = wake);
    }
  }

  /** No more connections; those that are there go on. May be called again. */
  close(): void {
    this.#closed = true;
    this.#server.close();
    for (const { stream } of this.#waiting.splice(0)) stream.close();
    this.#wake?.();
  }

  #admit(socket: Socket): void {
    // Gone before it was looked at.
    if (socket.remoteAddress === undefined) return void socket.destroy();
    const address = socket.remoteAddress.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/, "");
    const peer = `${address.includes(":") ? `[${address}]` : address}:${socket.remotePort}`;
    this.#waiting.push({ ...this.#opened(socket), peer, address });
    this.#wake?.();
  }

  #opened(socket: Socket): Pick<Accepted, "stream" | "certificates"> {
    if (this.#identity === undefined) return { stream: new SocketStream(socket), certificates: [] };
    const { context, certificate } = this.#identity.current();
    const secured = new TLSSocket(socket, { isServer: true, secureContext: context, minVersion: "TLSv1.3" });
    const timer = setTimeout(() => secured.destroy(), authTimeoutMs);
    Deno.unrefTimer(timer);
    secured.on("secure", () => clearTimeout(timer));
    secured.on("close", () => {
      clearTimeout(timer);
      socket.destroy();
    });
    // What the connection below says is said by the one above, too.
    socket.on("error", () => {});
    socket.on("close", () => secured.destroy());
    return { stream: new SocketStream(secured), certificates: [certificate] };
  }
}
