// A connection to a client whose password is proven: its messages parsed, its pings answered, its silence noticed. Only time
// in which this process ran counts as silence. What cannot be sent because the connection is gone is dropped: whoever sends
// learns of the loss where it receives.

import type { ConnectionSecret } from "../auth/connection_secret.ts";
import { deadAfterMs, pingEveryMs, progressEveryMs } from "../limits.ts";
import { parseClientMessage } from "../message_parser.ts";
import type { ClientMessage, DaemonMessage } from "../messages.ts";
import { ConnectionLost } from "../wire/byte_stream.ts";
import { type Channel, ProtocolError } from "../wire/channel.ts";

/** The times of a conversation, milliseconds. */
export interface Times {
  readonly pingEveryMs: number;
  readonly deadAfterMs: number;
  /** How often `onTick` is called. */
  readonly tickMs: number;
}

export const usualTimes: Times = { pingEveryMs, deadAfterMs, tickMs: progressEveryMs };

/** Of the time between two ticks at most so many of them count: the process was stopped, or the machine asleep. */
const mostTicksAtOnce = 4;
/** Posted messages that are not handed on yet, beyond which the client is not listened to: it has to read first. */
const mostPosted = 4_096;
/** What the last message may take. */
const lastWordsMs = 1_000;

export type SessionMessage = Exclude<ClientMessage, { type: "hello" | "proof" | "ping" | "pong" }>;

export interface ReceivedMessage {
  readonly message: SessionMessage;
  readonly body: Uint8Array<ArrayBuffer>;
}

export class ClientConnection {
  /** Called several times a second while the connection lives, unless what it sent last is still on its way. */
  onTick: (() => Promise<void> | void) | undefined;
  readonly #channel: Channel;
  readonly #times: Times;
  readonly #ticker: ReturnType<typeof setInterval>;
  #lastMs = performance.now();
  #heardBytes = 0;
  #silentMs = 0;
  #unpingedMs = 0;
  #pings = 0;
  #ticking = false;
  #posted = 0;
  /** Settles when what was posted last is handed on. */
  #lastPosted: Promise<unknown> = Promise.resolve();
  #closedBecause: string | undefined;
  #isLeft = false;

  constructor(channel: Channel, times: Times = usualTimes) {
    this.#channel = channel;
    this.#times = times;
    this.#ticker = setInterval(() => this.#tick(), times.tickMs);
  }

  /** How long nothing was heard, milliseconds; afterwards, how long that was when it ended. */
  get silentMs(): number {
    return this.#silentMs;
  }

  /** This side has ended it on purpose, and whoever did that has said so in the log. */
  get isLeft(): boolean {
    return this.#isLeft;
  }

  get secret(): ConnectionSecret {
    return this.#channel.secret;
  }

  get bytesSent(): number {
    return this.#channel.bytesSent;
  }

  get bytesReceived(): number {
    return this.#channel.bytesReceived;
  }

  /** False where the connection is gone. Resolves when the bytes are handed on; until then the body must not change. */
  async send(message: DaemonMessage, body?: Uint8Array): Promise<boolean> {
    try {
      await this.#channel.send(message, body);
      return true;
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error;
      return false;
    }
  }

  /**
   * The same for whoever has nothing to wait for: for what answers something that the client did, which is not heard any
   * more while too many of its answers wait.
   */
  post(message: DaemonMessage): void {
    this.#posted++;
    this.#lastPosted = this.send(message)
      .catch((error) => this.close(`a message could not be sent: ${error}`))
      .finally(() => this.#posted--);
  }

  /** The next message; null when the client has ended the connection. Throws ProtocolError and ConnectionLost. */
  async receive(): Promise<ReceivedMessage | null> {
    for (;;) {
      if (this.#posted > mostPosted) await this.#lastPosted;
      let received: Awaited<ReturnType<Channel["receive"]>>;
      try {
        received = await this.#channel.receive();
      } catch (error) {
        throw this.#closedBecause === undefined ? error : new ConnectionLost(this.#closedBecause);
      }
      if (received === null) return null;
      // What was read before it was closed and not looked at until now: the session may have another connection.
      if (this.#closedBecause !== undefined) throw new ConnectionLost(this.#closedBecause);
      const { body } = received, message = parseClientMessage(received.header, body.length);
      // Answered before the next is read: who does not read answers cannot have more of them made.
      if (message.type === "ping") await this.send({ type: "pong", number: message.number });
      else if (message.type === "hello" || message.type === "proof") {
        throw new ProtocolError(`${message.type} came after the password was proven`);
      } else if (message.type !== "pong") return { message, body };
    }
  }

  /** Says why, then ends the connection; resolves when that is done. May be called again. */
  async leave(reason: string): Promise<void> {
    this.#isLeft = true;
    this.#closedBecause ??= reason;
    clearInterval(this.#ticker);
    const timer = setTimeout(() => this.#channel.close(), lastWordsMs);
    try {
      await this.send({ type: "bye", reason });
    } finally {
      clearTimeout(timer);
      this.#channel.close();
    }
  }

  /** Ends the connection; `receive` throws ConnectionLost with this reason. May be called again. */
  close(reason: string): void {
    this.#closedBecause ??= reason;
    clearInterval(this.#ticker);
    this.#channel.close();
  }

  /** Ends the connection: there is a newer one. */
  replace(): void {
    this.#isLeft = true;
    this.close("its client has connected anew");
  }

  #tick(): void {
    const nowMs = performance.now(), { tickMs, deadAfterMs, pingEveryMs } = this.#times;
    const passed = Math.min(nowMs - this.#lastMs, mostTicksAtOnce * tickMs);
    this.#lastMs = nowMs;
    const heard = this.#channel.bytesReceived;
    this.#silentMs = heard === this.#heardBytes ? this.#silentMs + passed : 0;
    this.#heardBytes = heard;
    this.#unpingedMs += passed;
    if (this.#silentMs >= deadAfterMs) {
      this.close(`nothing was heard for ${Math.round(this.#silentMs / 1000)} s`);
    } else if (!this.#ticking) {
      this.#ticking = true;
      this.#say(pingEveryMs).finally(() => this.#ticking = false);
    }
  }

  async #say(pingEveryMs: number): Promise<void> {
    try {
      if (this.#unpingedMs >= pingEveryMs) {
        this.#unpingedMs = 0;
        await this.send({ type: "ping", number: this.#pings++ });
      }
      await this.onTick?.();
    } catch (error) {
      this.close(`a message could not be sent: ${error}`);
    }
  }
}
