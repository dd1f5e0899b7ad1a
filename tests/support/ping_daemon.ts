// A worker of this process that is there, proves its password and answers pings: enough to be checked.

import { generatePassword } from "../../lib/remote/auth/password.ts";
import { ScramVerifier } from "../../lib/remote/auth/scram.ts";
import { daemonHandshake } from "../../lib/remote/handshake.ts";
import { parseClientMessage } from "../../lib/remote/message_parser.ts";
import type { ClientMessage, Ready, Refuse } from "../../lib/remote/messages.ts";
import type { IdentitySource } from "../../lib/remote/tls/identity_source.ts";
import { type Accepted, Listener } from "../../lib/remote/tls/listener.ts";
import { Channel } from "../../lib/remote/wire/channel.ts";

export const password = generatePassword();
const verifier = ScramVerifier.create(password);
/** What it says of itself. */
export const ready: Ready = {
  type: "ready",
  version: "0.1.0",
  identity: { rav1e: "0.8.1", avSceneChange: "0.14.1", abi: 8, probe: "ab".repeat(32) },
  instance: "01".repeat(16),
  slots: 8,
  freeSlots: 3,
  crashed: [],
};

export interface Behaviour {
  readonly identity?: IdentitySource;
  /** Instead of the challenge. */
  readonly refuse?: Refuse;
  /** Instead of an answer to a ping. */
  answer?(channel: Channel, message: ClientMessage): Promise<void>;
}

/** Proves passwords and answers pings, no more. */
export class PingDaemon implements AsyncDisposable {
  readonly messages: ClientMessage[] = [];
  readonly #listener: Listener;
  readonly #behaviour: Behaviour;
  readonly #accepted: Accepted[] = [];
  readonly #served: Promise<void>[] = [];
  readonly #done: Promise<void>;

  static async start(behaviour: Behaviour = {}): Promise<PingDaemon> {
    return new PingDaemon(await Listener.open({ host: "127.0.0.1", port: 0, identity: behaviour.identity }), behaviour);
  }

  private constructor(listener: Listener, behaviour: Behaviour) {
    this.#listener = listener;
    this.#behaviour = behaviour;
    this.#done = (async () => {
      for await (const accepted of listener.accept()) {
        this.#accepted.push(accepted);
        this.#served.push(this.#serve(accepted).catch(() => {}));
      }
    })();
  }

  /** Resolves when all conversations so far have ended. */
  async conversationsEnded(): Promise<void> {
    await Promise.all(this.#served);
  }

  get port(): number {
    return this.#listener.address.port;
  }

  async #serve({ stream, certificates }: Accepted): Promise<void> {
    const channel = new Channel(stream), { refuse, answer } = this.#behaviour;
    const side = { certificates, ready: () => ready, mayTry: () => refuse };
    if (await daemonHandshake(channel, await verifier, side) !== "proven") return;
    for (let received; (received = await channel.receive()) !== null;) {
      const message = parseClientMessage(received.header, received.body.length);
      this.messages.push(message);
      if (message.type !== "ping") continue;
      if (answer !== undefined) await answer(channel, message);
      else await channel.send({ type: "pong", number: message.number });
    }
    channel.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#done;
    await Promise.all(this.#served.map((served, at) => Promise.race([served, this.#accepted[at]!.stream.close()])));
  }
}
