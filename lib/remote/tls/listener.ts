// The daemon's door: every connection is handed out as soon as it is there. Where an identity is given TLS is agreed on when
// the connection is first read, so that whoever counts, times and delays unproven sessions counts, times and delays that
// too. Nothing that a connection does, or does not do, holds up the next one.

import { createServer, type Server, type Socket } from "node:net";
import { type SecureContext, TLSSocket } from "node:tls";
import { InputError } from "../../errors.ts";
import { type ByteStream, ConnectionLost } from "../wire/byte_stream.ts";
import { authTimeoutMs } from "../limits.ts";
import { connectionReason, listenReason, tlsReason } from "./connection_reason.ts";
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
/** Open at once; fewer where this process may have fewer files. */
const mostConnections = 4096;

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
        reject(new InputError(`Cannot listen at ${host}, port ${port}: ${listenReason(error)}`, { cause: error }));
      // A server of Deno's that could not accept a connection for want of files never accepts another: this keeps away
      // from that, though not where a burst takes the other half of a small limit.
      server.maxConnections = Math.min(mostConnections, Math.floor(mostFiles() / 2));
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
    // A connection that could not be accepted: the next may do better.
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
    // TLS costs a signature and 5 s of patience: who made a connection wait unread wants neither spent on it yet.
    const stream = new LateStream(socket, () => securedStream(socket, context));
    return { stream, certificates: [certificate] };
  }
}

/** What the system lets this process have open; Infinity where that cannot be asked. */
function mostFiles(): number {
  try {
    const [, limit] = /^Max open files +(\d+)/m.exec(Deno.readTextFileSync("/proc/self/limits")) ?? [];
    return limit === undefined ? Infinity : Number(limit);
  } catch {
    return Infinity;
  }
}

function securedStream(socket: Socket, secureContext: SecureContext): SocketStream {
  const tls = new TLSSocket(socket, { isServer: true, secureContext, minVersion: "TLSv1.3" });
  let isAgreedOn = false;
  const late = Object.assign(new Error("late"), { code: "ETIMEDOUT" });
  const timer = setTimeout(() => tls.destroy(late), authTimeoutMs);
  Deno.unrefTimer(timer);
  tls.on("secure", () => {
    isAgreedOn = true;
    clearTimeout(timer);
  });
  tls.on("close", () => {
    clearTimeout(timer);
    socket.destroy();
  });
  socket.on("close", () => tls.destroy());
  return new SocketStream(tls, (error) => isAgreedOn ? connectionReason(error) : tlsReason(error));
}

/** A stream that is made of its socket when it is first used. */
class LateStream implements ByteStream {
  readonly #socket: Socket;
  readonly #open: () => ByteStream;
  #stream: ByteStream | undefined;
  #closed = false;

  constructor(socket: Socket, open: () => ByteStream) {
    this.#socket = socket;
    this.#open = open;
    // Once it is open, what is below says nothing that what is above does not say.
    socket.on("error", () => {});
  }

  async read(): Promise<Uint8Array<ArrayBuffer> | null> {
    return await this.#opened().read();
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#opened().write(bytes);
  }

  close(): void {
    this.#closed = true;
    if (this.#stream === undefined) this.#socket.destroy();
    else this.#stream.close();
  }

  #opened(): ByteStream {
    if (this.#stream !== undefined) return this.#stream;
    if (this.#closed || this.#socket.destroyed) throw new ConnectionLost("the connection was closed");
    return this.#stream = this.#open();
  }
}
