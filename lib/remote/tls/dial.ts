// The client's way to a worker: TCP, and TLS 1.3 where workers.toml says so. What comes back is connected, to the worker
// whose certificate was asked for; what fails says in one clause why, and whether another try could help.

import { X509Certificate } from "node:crypto";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import type { WorkerEntry } from "../client/worker_entry.ts";
import { connectTimeoutMs } from "../limits.ts";
import type { ByteStream } from "../wire/byte_stream.ts";
import { connectionReason, tlsReason } from "./connection_reason.ts";
import { SocketStream } from "./socket_stream.ts";
import { type Trust, trustFor } from "./trust.ts";

export interface Dialed {
  readonly stream: ByteStream;
  /** The worker's certificate, DER, which it has proven to be its own; undefined without TLS. */
  readonly certificate: Uint8Array<ArrayBuffer> | undefined;
  /** For the user: "TLS 1.3, pinned"; undefined without TLS. */
  readonly tls: string | undefined;
}

/** There is no connection. `message` is one clause for the user. */
export class DialFailed extends Error {
  override name = "DialFailed";
  /** `isHopeless`: it is refused, as by its certificate; nothing is won by another try while the other side is who it is. */
  constructor(message: string, readonly isHopeless: boolean, options?: ErrorOptions) {
    super(message, options);
  }
}

/** A probe on a connection that says nothing finds out that the other machine is gone. */
const keepAliveAfterMs = 10_000;

/** Connects. Throws DialFailed, or what `signal` was aborted with. */
export async function dial(entry: WorkerEntry, signal: AbortSignal): Promise<Dialed> {
  signal.throwIfAborted();
  const { host, port, secure } = entry;
  // Before anything is connected: a file that cannot be read is no fault of the worker's.
  const trust = secure ? trustOf(entry) : undefined;
  using limit = new TimeLimit(signal);
  const tcp = connectTcp({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveAfterMs });
  await settled(tcp, "connect", limit, connectionReason);
  if (trust === undefined) return { stream: new SocketStream(tcp), certificate: undefined, tls: undefined };
  // Whatever certificate is shown, its key is proven; whether it is trusted is asked below.
  const options = { ...trust.options, host, socket: tcp, rejectUnauthorized: false, minVersion: "TLSv1.3" } as const;
  const secured = connectTls(options);
  tcp.on("error", () => {});
  await settled(secured, "secureConnect", limit, tlsReason);
  return judged(secured, trust);
}

function trustOf(entry: WorkerEntry): Trust {
  try {
    return trustFor(entry);
  } catch (error) {
    throw new DialFailed(error instanceof Error ? error.message : String(error), true, { cause: error });
  }
}

function judged(socket: TLSSocket, trust: Trust): Dialed {
  const refuse = (why: string) => {
    socket.on("error", () => {});
    socket.destroy();
    return new DialFailed(why, true);
  };
  const version = socket.getProtocol();
  if (version !== "TLSv1.3") return raise(refuse(`it speaks ${version}, not TLS 1.3`));
  const raw: Uint8Array | undefined = socket.getPeerCertificate().raw;
  if (raw === undefined) return raise(refuse("it shows no certificate"));
  const objection = socket.authorized ? null : String(socket.authorizationError ?? "without a reason");
  const refusal = trust.refusal({ certificate: new X509Certificate(raw), objection });
  if (refusal !== undefined) return raise(refuse(refusal));
  return { stream: new SocketStream(socket), certificate: Uint8Array.from(raw), tls: `TLS 1.3, ${trust.how}` };
}

function raise(error: Error): never {
  throw error;
}

/** Ends what waits when the caller wants that, or it has taken too long. */
class TimeLimit {
  /** Called with the error that ends it, once. */
  onEnd: ((error: unknown) => void) | undefined;
  readonly #signal: AbortSignal;
  readonly #abort = () => this.onEnd?.(this.#signal.reason);
  readonly #timer = setTimeout(() => {
    this.onEnd?.(new DialFailed(`it did not answer within ${connectTimeoutMs / 1000} s`, false));
  }, connectTimeoutMs);

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener("abort", this.#abort);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#signal.removeEventListener("abort", this.#abort);
  }
}

/** Waits for the event; a socket that fails instead is destroyed. */
function settled(
  socket: Socket,
  event: "connect" | "secureConnect",
  limit: TimeLimit,
  reason: (error: unknown) => string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      limit.onEnd = undefined;
      socket.removeListener(event, succeed);
      socket.removeListener("error", fail);
      socket.removeListener("close", closed);
    };
    const succeed = () => {
      settle();
      resolve();
    };
    const giveUp = (error: unknown) => {
      settle();
      // It may still fail of its own accord.
      socket.on("error", () => {});
      socket.destroy();
      reject(error);
    };
    const fail = (error: Error) => giveUp(new DialFailed(reason(error), false, { cause: error }));
    const closed = () => giveUp(new DialFailed(reason(undefined), false));
    limit.onEnd = giveUp;
    socket.on(event, succeed);
    socket.on("error", fail);
    socket.on("close", closed);
  });
}
