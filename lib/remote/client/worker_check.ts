// One worker tried: connected to, the password proven by both sides, round trip and throughput measured with pings, whose
// bodies the worker only counts. Nothing is encoded and nothing is left behind there.

import { clientHandshake } from "../handshake.ts";
import { connectTimeoutMs, deadAfterMs, mostBodyBytes } from "../limits.ts";
import { parseDaemonMessage } from "../message_parser.ts";
import type { Ready } from "../messages.ts";
import { dial } from "../tls/dial.ts";
import { ConnectionLost } from "../wire/byte_stream.ts";
import { Channel, ProtocolError } from "../wire/channel.ts";
import { troubleOf } from "./trouble.ts";
import type { WorkerEntry } from "./worker_entry.ts";

export type WorkerReport =
  | {
    readonly kind: "ready";
    readonly ready: Ready;
    /** "TLS 1.3, pinned"; undefined without. */
    readonly tls: string | undefined;
    /** The shortest. */
    readonly roundTripMs: number;
    /** From here to there. */
    readonly bytesPerSecond: number;
  }
  /** One clause. */
  | { readonly kind: "trouble"; readonly reason: string };

/** Others in tests. */
export interface CheckWorld {
  readonly dial: typeof dial;
  nowMs(): number;
}

const realWorld: CheckWorld = { dial, nowMs: () => performance.now() };

const roundTrips = 5;
/** Bodies grow from the least to the most that a message may have, until so much time was measured. */
const leastBodyBytes = 64 * 1024;
const measuredMs = 1_000;
const mostBodies = 64;

/** `alone` runs what it is given while no other worker is measured: they share this machine's line. */
export async function checkWorker(
  entry: WorkerEntry,
  alone: <T>(measure: () => Promise<T>) => Promise<T>,
  world = realWorld,
): Promise<WorkerReport> {
  let channel: Channel | undefined;
  let isProven = false;
  try {
    const { stream, certificate, tls } = await world.dial(entry, new AbortController().signal);
    channel = new Channel(stream);
    const ready = await within(
      connectTimeoutMs,
      channel,
      clientHandshake(channel, { password: entry.password, certificate }),
    );
    isProven = true;
    const line = new Line(channel, world);
    const roundTripMs = await line.roundTripMs();
    const bytesPerSecond = await alone(() => line.bytesPerSecond(roundTripMs));
    await channel.send({ type: "bye", reason: "it was only a check" });
    return { kind: "ready", ready, tls, roundTripMs, bytesPerSecond };
  } catch (error) {
    const trouble = troubleOf(error);
    if (trouble === undefined) throw error;
    const mayBeTls = !entry.secure && !isProven && error instanceof ConnectionLost;
    return {
      kind: "trouble",
      reason: mayBeTls ? `${trouble.reason}; if it uses TLS, its table needs secure = true` : trouble.reason,
    };
  } finally {
    channel?.close();
  }
}

/** A connection on which pings are sent, one at a time. */
class Line {
  readonly #channel: Channel;
  readonly #world: CheckWorld;
  #pings = 0;
  #pong: { readonly number: number; arrived(): void; failed(error: unknown): void } | undefined;
  #end: { readonly error: unknown } | undefined;

  constructor(channel: Channel, world: CheckWorld) {
    this.#channel = channel;
    this.#world = world;
    this.#receive().catch((error) => {
      this.#end = { error };
      this.#pong?.failed(error);
    });
  }

  async roundTripMs(): Promise<number> {
    let least = Infinity;
    for (let ping = 0; ping < roundTrips; ping++) least = Math.min(least, await this.#ping());
    return least;
  }

  /** Without the time that an empty ping takes. */
  async bytesPerSecond(roundTripMs: number): Promise<number> {
    const content = crypto.getRandomValues(new Uint8Array(leastBodyBytes));
    const body = new Uint8Array(mostBodyBytes);
    for (let at = 0; at < body.length; at += content.length) body.set(content, at);
    let bytes = leastBodyBytes, sent = 0, tookMs = 0;
    for (let count = 0; count < mostBodies && tookMs < measuredMs; count++) {
      const ms = await this.#ping(body.subarray(0, bytes));
      // No clock is finer than this.
      tookMs += Math.max(0.01, ms - roundTripMs);
      sent += bytes;
      bytes = Math.min(mostBodyBytes, bytes * 2);
    }
    return sent / tookMs * 1000;
  }

  /** Milliseconds until it was answered. */
  #ping(body?: Uint8Array): Promise<number> {
    const number = this.#pings++, began = this.#world.nowMs();
    const answered = new Promise<number>((resolve, reject) => {
      if (this.#end !== undefined) return reject(this.#end.error);
      this.#pong = { number, arrived: () => resolve(this.#world.nowMs() - began), failed: reject };
    });
    const sent = this.#channel.send({ type: "ping", number }, body);
    return within(deadAfterMs, this.#channel, Promise.all([answered, sent]).then(([ms]) => ms));
  }

  async #receive(): Promise<never> {
    for (;;) {
      const received = await this.#channel.receive();
      if (received === null) throw new ConnectionLost("it ended the connection");
      const message = parseDaemonMessage(received.header, received.body.length);
      switch (message.type) {
        case "pong":
          if (message.number !== this.#pong?.number) throw new ProtocolError(`a pong ${message.number} came unasked`);
          this.#pong.arrived();
          this.#pong = undefined;
          break;
        case "ping":
          await this.#channel.send({ type: "pong", number: message.number });
          break;
        case "bye":
          throw new ConnectionLost(`it ended the connection: ${message.reason}`);
        case "drain":
          break;
        default:
          throw new ProtocolError(`${message.type} came where no session is open`);
      }
    }
  }
}

/** Closes the channel, and throws ConnectionLost, where that takes longer. */
async function within<T>(ms: number, channel: Channel, work: Promise<T>): Promise<T> {
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    channel.close();
  }, ms);
  try {
    return await work;
  } catch (error) {
    throw isLate ? new ConnectionLost(`it did not answer within ${ms / 1000} s`) : error;
  } finally {
    clearTimeout(timer);
  }
}
