// The way to one worker: dialled, the password proven by both, and what passes over all its connections counted. At most
// one is open. Proving takes a few tenths of a second, most of it the password's iterations: whoever will connect soon begins
// that ahead.

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

/** What is connected ahead is taken within so long, or not at all: the worker may be gone since. */
const aheadMs = 3_000;

interface Attempt {
  readonly connected: Promise<Connected>;
  readonly stop: AbortController;
}

export class Connector {
  readonly #entry: WorkerEntry;
  #attempt: Attempt | undefined;
  /** The same, while nobody has asked for it. */
  #ahead: Attempt | undefined;
  #stopWaiting = () => {};
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

  /** Begins what the first `connect` then waits for, if that comes soon. */
  connectAhead(world: LinkWorld): void {
    const attempt = this.#ahead = this.#attempt = this.#begin(world);
    const wait = () => {
      if (this.#ahead === attempt) this.#stopWaiting = world.clock.after(aheadMs, () => this.leave());
    };
    // A failure is told to whoever connects.
    attempt.connected.then(wait, () => {});
  }

  /** Throws what `dial` and `handshake` do. `leave` has to be called in any case. */
  async connect(world: LinkWorld, signal: AbortSignal): Promise<Connected> {
    signal.throwIfAborted();
    this.#settleAhead();
    const { connected, stop } = this.#attempt ??= this.#begin(world);
    const abort = () => stop.abort(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await connected;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** It was asked for, or will not be. */
  #settleAhead(): void {
    this.#ahead = undefined;
    this.#stopWaiting();
  }

  #begin(world: LinkWorld): Attempt {
    const stop = new AbortController();
    return { stop, connected: this.#connect(world, stop.signal) };
  }

  async #connect({ dial, handshake, clock }: LinkWorld, signal: AbortSignal): Promise<Connected> {
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

  /** Ends the connection, or the attempt at one, at once; whoever waits for it is told so. */
  close(): void {
    this.#attempt?.stop.abort(new DOMException("The connection is not wanted any more", "AbortError"));
    this.#channel?.close();
  }

  /** The connection is over. */
  leave(): void {
    this.close();
    this.#settleAhead();
    this.#attempt = undefined;
    this.#past = { sent: this.bytesSent, received: this.bytesReceived };
    this.#channel = undefined;
  }
}
