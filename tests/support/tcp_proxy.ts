// A stand-in for a bad network: a TCP proxy in front of a worker. Each connection's bytes pass through what a test says
// becomes of them, in either direction; those of all that came later may pass through something else.

import { connect, createServer, type Server, type Socket } from "node:net";
import { once } from "node:events";

export type Direction = "toWorker" | "toClient";

/** What becomes of the bytes of one direction of one connection: gives those that go on. */
export type Harm = (bytes: Uint8Array, wire: Wire) => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** What a harm can do beside. */
export interface Wire {
  /** Bytes that came this way before these. */
  readonly passed: number;
  /** Ends the connection with a reset, both ways. */
  cut(): void;
  /** From now on nothing passes in any direction, and neither side is told. */
  stall(): void;
}

export class TcpProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  #harm: (connection: number, direction: Direction) => Harm;
  /** Connections so far. */
  connections = 0;

  private constructor(target: number, harm: (connection: number, direction: Direction) => Harm) {
    this.#target = target;
    this.#harm = harm;
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => this.#serve(client));
  }

  /** In front of that port of this machine; connections are counted from 0. */
  static async start(target: number, harm: (connection: number, direction: Direction) => Harm): Promise<TcpProxy> {
    const proxy = new TcpProxy(target, harm);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  #serve(client: Socket): void {
    const worker = connect({ host: "127.0.0.1", port: this.#target, noDelay: true, allowHalfOpen: true });
    const number = this.connections++, both = [client, worker];
    let isStalled = false;
    const cut = () => both.forEach((socket) => socket.destroy());
    const stall = () => isStalled = true;
    for (const socket of both) {
      this.#sockets.add(socket);
      socket.on("error", cut);
      socket.on("close", () => this.#sockets.delete(socket));
    }
    const pass = async (from: Socket, to: Socket, harm: Harm) => {
      let passed = 0;
      for await (const bytes of from as AsyncIterable<Uint8Array>) {
        for await (const piece of harm(bytes, { passed, cut, stall })) {
          if (isStalled) break;
          if (!to.write(piece)) await Promise.race([once(to, "drain"), once(to, "close")]);
        }
        passed += bytes.length;
      }
      if (!isStalled) to.end();
    };
    pass(client, worker, this.#harm(number, "toWorker")).catch(cut);
    pass(worker, client, this.#harm(number, "toClient")).catch(cut);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}

/** Passes everything on as it is. */
export const unharmed: Harm = (bytes) => [bytes];

/** One byte at a time. */
export const dribbled: Harm = function* (bytes) {
  for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1);
};

/** Each piece after so long. */
export function delayed(ms: number): Harm {
  return async function* (bytes) {
    await new Promise((resolve) => setTimeout(resolve, ms));
    yield bytes;
  };
}

/** One bit of the byte at that offset of the direction is another. */
export function flippedAt(offset: number): Harm {
  return (bytes, { passed }) => {
    const at = offset - passed;
    if (at < 0 || at >= bytes.length) return [bytes];
    const altered = Uint8Array.from(bytes);
    altered[at]! ^= 0x10;
    return [altered];
  };
}

/** What comes from that offset on: the piece before it passes, then `then` happens. */
export function endsAt(offset: number, then: "cut" | "stall"): Harm {
  return function* (bytes, wire) {
    const left = offset - wire.passed;
    if (bytes.length <= left) return yield bytes;
    if (left > 0) yield bytes.subarray(0, left);
    wire[then]();
  };
}

/** So many bytes from that offset on do not arrive, what follows does. */
export function lostAt(offset: number, count: number): Harm {
  return function* (bytes, { passed }) {
    const begin = Math.min(Math.max(offset - passed, 0), bytes.length);
    const end = Math.min(Math.max(offset + count - passed, 0), bytes.length);
    yield bytes.subarray(0, begin);
    yield bytes.subarray(end);
  };
}

/** What comes at that offset comes twice. */
export function doubledAt(offset: number): Harm {
  return (bytes, { passed }) => passed <= offset && offset < passed + bytes.length ? [bytes, bytes] : [bytes];
}

/** Nothing from that offset on arrives, and the other direction passes: half of the connection is open. */
export function silentFrom(offset: number): Harm {
  return lostAt(offset, Infinity);
}

/** The two runs of so many bytes from that offset on come in each other's place, in whatever pieces they came. */
export function swappedAt(offset: number, count: number): Harm {
  let held = new Uint8Array(0);
  return function* (bytes, { passed }) {
    const end = offset + 2 * count, at = Math.max(0, offset - passed), behind = Math.max(at, end - passed);
    yield bytes.subarray(0, at);
    held = new Uint8Array([...held, ...bytes.subarray(at, behind)]);
    if (held.length < 2 * count) return;
    yield held.subarray(count);
    yield held.subarray(0, count);
    held = new Uint8Array(0);
    yield bytes.subarray(behind);
  };
}
