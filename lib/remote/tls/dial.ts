// The client's way to a worker: TCP, and TLS where workers.toml says so. What comes back is connected; what fails says in
// one clause why, and whether another try could help.

import { connect, type Socket } from "node:net";
import type { WorkerEntry } from "../client/worker_entry.ts";
import { connectTimeoutMs } from "../limits.ts";
import type { ByteStream } from "../wire/byte_stream.ts";
import { connectionReason } from "./connection_reason.ts";
import { SocketStream } from "./socket_stream.ts";

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
  /** `isHopeless`: it was refused for good, as by its certificate; nothing is won by another try. */
  constructor(message: string, readonly isHopeless: boolean, options?: ErrorOptions) {
    super(message, options);
  }
}

/** A probe on a connection that says nothing finds out that the other machine is gone. */
const keepAliveAfterMs = 10_000;

/** Connects. Throws DialFailed, or what `signal` was aborted with. */
export async function dial(entry: WorkerEntry, signal: AbortSignal): Promise<Dialed> {
  signal.throwIfAborted();
  return { stream: new SocketStream(await connected(entry, signal)), certificate: undefined, tls: undefined };
}

function connected({ host, port }: WorkerEntry, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveAfterMs });
    const settle = (result: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      socket.removeListener("connect", succeed);
      socket.removeListener("error", fail);
      result();
    };
    const giveUp = (error: unknown) =>
      settle(() => {
        // It may still fail of its own accord.
        socket.on("error", () => {});
        socket.destroy();
        reject(error);
      });
    const succeed = () => settle(() => resolve(socket));
    const fail = (error: Error) => giveUp(new DialFailed(connectionReason(error), false, { cause: error }));
    const abort = () => giveUp(signal.reason);
    const timer = setTimeout(
      () => giveUp(new DialFailed(`it did not answer within ${connectTimeoutMs / 1000} s`, false)),
      connectTimeoutMs,
    );
    signal.addEventListener("abort", abort);
    socket.on("connect", succeed);
    socket.on("error", fail);
  });
}
