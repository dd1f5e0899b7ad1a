// The worker's service, from a connection that was accepted to its end: a seat, the proof of the password, then a session's
// messages. Whatever a connection does costs others nothing: nothing it does is waited for by them, and what it breaks is
// its own. No error of a connection leaves `serve`.

import type { ArmedMark } from "../../../ffi/crash_mark.ts";
import type { ScramVerifier } from "../auth/scram.ts";
import { daemonHandshake } from "../handshake.ts";
import { authTimeoutMs } from "../limits.ts";
import type { EncoderIdentity, Ready, Refuse } from "../messages.ts";
import type { ByteStream } from "../wire/byte_stream.ts";
import { Channel, ProtocolError } from "../wire/channel.ts";
import { ClientConnection, type Times, usualTimes } from "./client_connection.ts";
import { Gatekeeper, networkOf, type Seat } from "./gatekeeper.ts";
import type { Log } from "./log.ts";
import { Repeats } from "./repeats.ts";
import type { Session } from "./session.ts";
import { Sessions } from "./sessions.ts";
import { SlotPool } from "./slot_pool.ts";
import type { WorkerMemory } from "./worker_memory.ts";

/** A connection, as the listener gives it. */
export interface Accepted {
  readonly stream: ByteStream;
  /** "192.0.2.1:50000" */
  readonly peer: string;
  readonly address: string;
  /** DER, any of which the client may have seen; empty without TLS. */
  readonly certificates: readonly Uint8Array[];
}

export interface DaemonOptions {
  /** Path of the encoder library. */
  readonly library: string;
  readonly identity: EncoderIdentity;
  /** Of the program. */
  readonly version: string;
  /** Tasks that took an earlier process down. */
  readonly crashed: readonly number[];
  /** Where a crash of this process is marked; undefined where nobody would read it. */
  readonly crashMark?: ArmedMark;
  readonly verifier: ScramVerifier;
  readonly memory: WorkerMemory;
  readonly stallSeconds: number | undefined;
  readonly log: Log;
  readonly gatekeeper?: Gatekeeper;
  readonly times?: Times & { readonly heldMs?: number; readonly keptMs?: number };
}

/** Connections at once of those who know the password, with a session and without. */
const mostConnections = 256;
/** Sessions, of which those whose connection was lost wait for a moment. */
const mostSessions = 2 * mostConnections;
/** Seconds after which those beyond may try again. */
const busyRetrySeconds = 10;

export class Daemon {
  readonly #options: DaemonOptions;
  readonly #log: Log;
  readonly #gatekeeper: Gatekeeper;
  readonly #pool: SlotPool;
  readonly #instance = crypto.getRandomValues(new Uint8Array(16)).toHex();
  readonly #sessions: Sessions;
  readonly #connections = new Set<ClientConnection>();
  readonly #repeats = new Repeats();
  #served = 0;
  #drained: PromiseWithResolvers<void> | undefined;

  constructor(options: DaemonOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#gatekeeper = options.gatekeeper ?? new Gatekeeper();
    this.#pool = new SlotPool({
      memory: options.memory,
      stallSeconds: options.stallSeconds,
      onShortage: (line) => this.#log.warning("memory", line),
    });
    const { library, crashMark, memory, log, times } = options;
    this.#sessions = new Sessions({
      library,
      crashMark,
      memory,
      log,
      pool: this.#pool,
      most: mostSessions,
      busyRetrySeconds,
      heldMs: times?.heldMs,
      keptMs: times?.keptMs,
      onNone: () => this.#drained?.resolve(),
    });
  }

  /** Sessions, slots, and those of them that encode. */
  get counts(): { readonly sessions: number; readonly slots: number; readonly busy: number } {
    return { sessions: this.#sessions.count, slots: this.#pool.slots, busy: this.#pool.busy };
  }

  /** Serves a connection to its end; never rejects. */
  async serve(accepted: Accepted): Promise<void> {
    const { stream, peer, address, certificates } = accepted;
    const log = this.#log.of(`c${++this.#served}`);
    const close = () => stream.close();
    try {
      const seat = await this.#gatekeeper.enter(address, close, certificates.length > 0);
      if (seat === undefined) log.debug("crowd", `${peer}: too many connections that prove nothing`);
      else await this.#serveSeated(accepted, seat, log);
    } catch (error) {
      // ConnectionLost and ProtocolError have been said where more was known: this is a fault of ours.
      log.error("internal", `${peer}: ${error instanceof Error ? error.stack ?? error.message : error}`);
    } finally {
      close();
    }
  }

  async #serveSeated(accepted: Accepted, seat: Seat, log: Log): Promise<void> {
    const channel = new Channel(accepted.stream);
    try {
      if (!await this.#isProven(accepted, channel, seat, log)) return;
    } finally {
      seat.leave("gone");
    }
    const connection = new ClientConnection(channel, this.#options.times ?? usualTimes);
    this.#connections.add(connection);
    try {
      await this.#converse(connection, accepted.peer, log);
    } finally {
      this.#connections.delete(connection);
      connection.close("it was served");
    }
  }

  async #isProven({ peer, address, certificates }: Accepted, channel: Channel, seat: Seat, log: Log): Promise<boolean> {
    const timer = setTimeout(() => channel.close(), authTimeoutMs);
    try {
      const result = await daemonHandshake(channel, this.#options.verifier, {
        certificates,
        ready: () => this.#ready(),
        mayTry: () => {
          seat.spoke();
          return this.#refusal();
        },
      });
      seat.leave(result === "proven" || result === "wrong-password" ? result : "gone");
      if (result === "wrong-password") {
        const more = this.#repeats.note(`password ${networkOf(address)}`);
        if (more !== undefined) log.warning("password", `${peer}: wrong password${more}`, { peer });
      } else if (result === "refused") log.info("busy", `${peer}: refused, too many clients`, { peer });
      return result === "proven";
    } catch (error) {
      log.debug("stranger", `${peer}: ${reasonOf(error)}`, { peer });
      return false;
    } finally {
      clearTimeout(timer);
    }
  }

  #refusal(): Refuse | undefined {
    if (this.#connections.size < mostConnections) return undefined;
    const reason = `it has ${this.#connections.size} clients already`;
    return { type: "refuse", code: "busy", reason, retryAfter: busyRetrySeconds };
  }

  #ready(): Ready {
    const { version, identity, crashed } = this.#options;
    const { slots, free } = this.#pool;
    return { type: "ready", version, identity, instance: this.#instance, slots, freeSlots: free, crashed };
  }

  /** The messages of a client that knows the password. */
  async #converse(connection: ClientConnection, peer: string, log: Log): Promise<void> {
    let session: Session | undefined, saidBye = false;
    try {
      for (let next; (next = await connection.receive()) !== null;) {
        const { message, body } = next;
        if (message.type === "bye") {
          saidBye = true;
          session?.end(`its client said: ${message.reason}`);
          break;
        }
        if (message.type === "open") {
          if (session !== undefined) throw new ProtocolError("a second session was opened on one connection");
          session = await this.#sessions.open(message, body, connection, peer);
          if (session === undefined) return;
        } else if (session === undefined) throw new ProtocolError(`${message.type} came before a session was opened`);
        else session.handle(message, body);
      }
      if (session === undefined) log.debug("visitor", `${peer}: proved the password and left`);
      else if (!saidBye) log.info("lost", `${peer}: the connection ended without a word`);
    } catch (error) {
      const reason = reasonOf(error), isBreach = error instanceof ProtocolError;
      // A session that ends, or is gone on with elsewhere, has a line of its own.
      const hasLine = connection.isLeft || (isBreach && session !== undefined);
      log[hasLine ? "debug" : "info"]("lost", `${peer}: ${reason}`, { peer });
      if (isBreach) {
        await connection.leave(reason);
        // What was there is not to be trusted: there is nothing to come back to.
        session?.end(reason);
      }
    } finally {
      session?.detach(connection);
    }
  }

  /** No new tasks and no new sessions; resolves when all that runs is finished and delivered, or after the limit. */
  async drain(limitMs: number): Promise<"finished" | "out of time"> {
    if (this.#drained !== undefined) throw new TypeError("The worker drains already");
    const drained = this.#drained = Promise.withResolvers<void>();
    this.#pool.drain();
    this.#sessions.drain();
    if (this.#sessions.count === 0) drained.resolve();
    const limit = Promise.withResolvers<"out of time">();
    const timer = setTimeout(() => limit.resolve("out of time"), limitMs);
    const result = await Promise.race([drained.promise.then(() => "finished" as const), limit.promise]);
    clearTimeout(timer);
    await this.close("the worker is ending");
    return result;
  }

  /** Ends all sessions and connections; resolves when the last words are sent, or could not be. */
  async close(reason: string): Promise<void> {
    this.#sessions.end(reason);
    await Promise.all([...this.#connections].map((connection) => connection.leave(reason)));
    this.#pool.close();
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
