// The way to one worker: dialled, the password proven by both, and what passes over all its connections counted. At most
// one is open.

import { handshakeTimeoutMs } from "../limits.ts";
import type { Ready } from "../messages.ts";
import type { Dialed } from "../tls/dial.ts";
import { Channel } from "../wire/channel.ts";
import type { LinkClock } from "./clock.ts";
import type { WorkerEntry } from "./worker_entry.ts";

/** What a link needs of the world; others in tests. */
export interface LinkWorld {
  readonly clock: LinkClock;
  /** Throws DialFailed, or what the signal was aborted with. */
  dial(entry: WorkerEntry, signal: AbortSignal): Promise<Dialed>;
  /** Throws Refused, ProtocolError, ConnectionLost. */
  handshake(channel: Channel, secret: { password: string; certificate?: Uint8Array }): Promise<Ready>;
  /** Gives numbers from 0 up to 1. */
  random(): number;
}

export interface Connected {
  readonly channel: Channel;
  readonly ready: Ready;
}

export class Connector {
  readonly #entry: WorkerEntry;
  #channel: Channel | undefined;
  #past = { sent: 0, received: 0 };

  constructor(entry: WorkerEntry) {
    this.#entry = entry;
  }

  get bytesSent(): number {
    return this.#past.sent + (this.#channel?.bytesSent ?? 0);
  }

  get bytesReceived(): number {
    return this.#past.received + (this.#channel?.bytesReceived ?? 0);
  }

  /** Throws what `dial` and `handshake` do. `leave` has to be called in any case. */
  async connect({ dial, handshake, clock }: LinkWorld, signal: AbortSignal): Promise<Connected> {
    const { stream, certificate } = await dial(this.#entry, signal);
    const channel = this.#channel = new Channel(stream);
    signal.throwIfAborted();
    const stop = clock.after(handshakeTimeoutMs, () => channel.close());
    try {
      return { channel, ready: await handshake(channel, { password: this.#entry.password, certificate }) };
    } finally {
      stop();
    }
  }

  /** Ends the connection at once; whoever waits for it is told so. */
  close(): void {
    this.#channel?.close();
  }

  /** The connection is over. */
  leave(): void {
    this.close();
    this.#past = { sent: this.bytesSent, received: this.bytesReceived };
    this.#channel = undefined;
  }
}
