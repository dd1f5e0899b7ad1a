// A worker that knows the password and lies: real connections, the real handshake, and from there on whatever a test makes
// of it. What it says of its encoder is true, so that it is given segments.

import { encoderIdentity } from "../../lib/encode/probe.ts";
import { KeyExchange } from "../../lib/remote/auth/key_exchange.ts";
import { ScramVerifier } from "../../lib/remote/auth/scram.ts";
import { daemonHandshake } from "../../lib/remote/handshake.ts";
import { parseClientMessage } from "../../lib/remote/message_parser.ts";
import type { ClientMessage, DaemonMessage, Opened, Ready, Refuse } from "../../lib/remote/messages.ts";
import { Listener } from "../../lib/remote/tls/listener.ts";
import type { ByteStream } from "../../lib/remote/wire/byte_stream.ts";
import { Channel } from "../../lib/remote/wire/channel.ts";
import { libraryPath } from "../ffi/support.ts";
import { workerPassword } from "./running_worker.ts";

const verifier = ScramVerifier.create(workerPassword);

export interface Liar {
  /** The version of the protocol that it goes on with, whatever the client speaks. */
  readonly protocol?: number;
  /** Instead of an answer to the client's first message. */
  readonly refuse?: Refuse;
  /** Of what it says of itself. */
  readonly ready?: Record<string, unknown>;
  readonly opened?: Partial<Record<keyof Opened, unknown>>;
  /** Called with every message once the session is open; pings are answered before. */
  hear?(say: Say, message: ClientMessage, body: Uint8Array): Promise<void> | void;
}

/** Sends what may be no message at all. */
export type Say = (message: Record<string, unknown>, body?: Uint8Array) => Promise<void>;

export class LyingWorker implements AsyncDisposable {
  readonly #connection = Promise.withResolvers<void>();
  readonly #task = Promise.withResolvers<void>();
  readonly #listener: Listener;
  readonly #liar: Liar;
  readonly #streams = new Set<ByteStream>();
  readonly #done: Promise<void>;

  static async start(liar: Liar): Promise<LyingWorker> {
    await verifier;
    return new LyingWorker(await Listener.open({ host: "127.0.0.1", port: 0 }), liar);
  }

  private constructor(listener: Listener, liar: Liar) {
    this.#listener = listener;
    this.#liar = liar;
    this.#done = (async () => {
      for await (const { stream } of listener.accept()) {
        this.#streams.add(stream);
        this.#serve(stream).catch(() => {}).finally(() => {
          this.#streams.delete(stream);
          stream.close();
        });
      }
    })();
  }

  /** A table of workers.toml. */
  get stanza(): string {
    return `[[workers]]\nhost = "127.0.0.1"\nport = ${this.#listener.address.port}\npassword = "${workerPassword}"\n`;
  }

  /** Resolves when a client has asked for a session, and was answered. */
  get hadConnection(): Promise<void> {
    return this.#connection.promise;
  }

  /** Resolves when it was given a task. */
  get hadTask(): Promise<void> {
    return this.#task.promise;
  }

  async #serve(stream: ByteStream): Promise<void> {
    const channel = new Channel(stream), { ready: said, opened, hear, protocol, refuse } = this.#liar;
    if (protocol !== undefined) return await this.#goOn(channel, protocol);
    const identity = await encoderIdentity(libraryPath);
    const truth: Ready = {
      type: "ready",
      version: "0.1.0",
      identity,
      instance: "01".repeat(16),
      slots: 2,
      freeSlots: 2,
      crashed: [],
    };
    const ready = () => ({ ...truth, ...said }) as Ready;
    const side = { certificates: [], ready, mayTry: () => refuse };
    if (await daemonHandshake(channel, await verifier, side) !== "proven") return this.#connection.resolve();
    const say: Say = (message, body) => channel.send(message as unknown as DaemonMessage, body);
    for (let received; (received = await channel.receive()) !== null;) {
      const message = parseClientMessage(received.header, received.body.length);
      if (message.type === "ping") await say({ type: "pong", number: message.number });
      else if (message.type === "open") {
        await say({ type: "opened", slots: 2, ahead: 2, credit: 2 ** 26, resumed: false, tasks: [], ...opened });
        this.#connection.resolve();
      }
      if (message.type === "task") this.#task.resolve();
      if (message.type !== "ping") await hear?.(say, message, received.body);
    }
  }

  /** Answers with that version. */
  async #goOn(channel: Channel, protocol: number): Promise<void> {
    const hello = await channel.receive();
    const scram = (await verifier).begin(hello!.header.scram as string).first;
    await channel.send({ type: "challenge", protocol, scram, key: (await KeyExchange.begin()).publicKey });
    await channel.receive().catch(() => {});
    this.#connection.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const stream of this.#streams) stream.close();
    await this.#done;
  }
}
