// The sessions that clients have with this worker, by the numbers that the clients gave them: opened where settings, memory
// and their count allow it, taken up again by whoever opened them and by nobody else. What sessions keep for clients that
// are gone has a bound in all; the longest gone goes first.

import type { ArmedMark } from "../../../ffi/crash_mark.ts";
import { openLibrary } from "../../../ffi/library.ts";
import { mostKeptBytes } from "../limits.ts";
import type { Open, RefusalCode } from "../messages.ts";
import { ProtocolError } from "../wire/channel.ts";
import type { ClientConnection } from "./client_connection.ts";
import { counted } from "./counted.ts";
import type { Log } from "./log.ts";
import { Repeats } from "./repeats.ts";
import { Session } from "./session.ts";
import { checkOpen, digestOfOpen } from "./session_settings.ts";
import type { SlotPool } from "./slot_pool.ts";
import type { SessionMemory, WorkerMemory } from "./worker_memory.ts";

export interface SessionsOptions {
  /** Path of the encoder library. */
  readonly library: string;
  /** Where a crash of this process is marked; undefined where nobody would read it. */
  readonly crashMark: ArmedMark | undefined;
  readonly memory: WorkerMemory;
  readonly pool: SlotPool;
  readonly log: Log;
  /** Sessions at once, of which those whose connection was lost wait for a moment. */
  readonly most: number;
  /** Seconds after which those beyond may try again. */
  readonly busyRetrySeconds: number;
  readonly heldMs?: number;
  readonly keptMs?: number;
  /** The last one is over. */
  readonly onNone: () => void;
}

/** Of what is asked, and by whom. */
interface Asked {
  readonly open: Open;
  readonly connection: ClientConnection;
  readonly peer: string;
}

export class Sessions {
  readonly #options: SessionsOptions;
  readonly #sessions = new Map<string, Session>();
  readonly #repeats = new Repeats();
  #isDraining = false;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#sessions.size;
  }

  /** A new session, or one whose connection was lost. undefined where it was refused. Throws ProtocolError. */
  async open(
    open: Open,
    body: Uint8Array<ArrayBuffer>,
    connection: ClientConnection,
    peer: string,
  ): Promise<Session | undefined> {
    const asked: Asked = { open, connection, peer }, digest = await digestOfOpen(open, body);
    const there = this.#sessions.get(open.session);
    if (there !== undefined && !await there.isOf(open, connection.secret)) return this.#refuseStranger(asked);
    // It may have come to its end in between.
    if (there !== undefined && this.#sessions.get(open.session) === there) return this.#resume(there, digest, asked);
    if (this.#sessions.has(open.session)) return this.#refuseStranger(asked);
    return this.#begin(digest, body, asked);
  }

  /** No new sessions, and no new tasks in those that are there. */
  drain(): void {
    this.#isDraining = true;
    for (const session of [...this.#sessions.values()]) session.drain();
  }

  end(reason: string): void {
    for (const session of [...this.#sessions.values()]) session.end(reason);
  }

  async #resume(there: Session, digest: string, asked: Asked): Promise<Session | undefined> {
    const { open, connection, peer } = asked, log = this.#logOf(open);
    if (!there.isFor(digest)) throw new ProtocolError(`session ${labelOf(open)} is there already and is another`);
    if (there.isParked) {
      const crowd = this.#crowd(there.memory);
      if (crowd !== undefined) return await this.#refuse(asked, "busy", crowd);
    }
    log.info("resumed", `${peer} is back`, { peer });
    await there.attach(connection, true);
    return there;
  }

  async #begin(digest: string, body: Uint8Array<ArrayBuffer>, asked: Asked): Promise<Session | undefined> {
    const { open, connection, peer } = asked,
      { library, crashMark, memory: ours, pool, heldMs, keptMs } = this.#options;
    if (this.#isDraining) return await this.#refuse(asked, "draining", "the worker is ending");
    const checked = checkOpen(openLibrary(library), open, body);
    if (typeof checked === "string") return await this.#refuse(asked, "settings", checked);
    const tooLarge = ours.refusal(checked.memory);
    if (tooLarge !== undefined) return await this.#refuse(asked, "settings", tooLarge);
    const { settings, memory, description } = checked, crowd = this.#crowd(memory);
    if (crowd !== undefined) return await this.#refuse(asked, "busy", crowd);
    const { onePiece, frameBytes, packBytes } = open, log = this.#logOf(open);
    const session = new Session({
      open,
      digest,
      secret: connection.secret,
      memory,
      pool,
      log,
      setup: { library, crashMark, settings, onePiece, frameBytes, packBytes },
      onParked: () => this.#boundKept(),
      onEnded: () => this.#ended(open.session),
      onDrained: () => session.end("the worker is ending"),
      heldMs,
      keptMs,
    });
    this.#sessions.set(open.session, session);
    const { slots } = session;
    const text = `${open.client} (${peer}): ${description}, ${slots} of ${counted(pool.slots, "slot")}`;
    log.info("opened", text, { peer, client: open.client, slots });
    await session.attach(connection, false);
    return session;
  }

  async #refuse({ open, connection, peer }: Asked, code: RefusalCode, reason: string): Promise<undefined> {
    this.#options.log.warning("refused", `${open.client} (${peer}): ${reason}`, { peer, code });
    const retryAfter = code === "settings" ? null : this.#options.busyRetrySeconds;
    await connection.send({ type: "refuse", code, reason, retryAfter });
  }

  /** Who asks has not shown that the session is his. What is told is no more than that; a new one is open to anybody. */
  async #refuseStranger({ open, connection, peer }: Asked): Promise<undefined> {
    const label = labelOf(open), more = this.#repeats.note(`session ${open.session}`);
    if (more !== undefined) {
      const text = `${open.client} (${peer}): asked for session ${label} without the proof that it is its own${more}`;
      this.#options.log.warning("refused", text, { peer, code: "session" });
    }
    const reason = `session ${label} is not this client's`;
    await connection.send({ type: "refuse", code: "session", reason, retryAfter: 0 });
  }

  /** Why there is no room for one more of that kind now; undefined where there is. */
  #crowd(memory: SessionMemory): string | undefined {
    const others = [...this.#sessions.values()].filter(({ isParked }) => !isParked);
    if (others.length >= this.#options.most) return `it has ${others.length} sessions already`;
    return this.#options.memory.crowding(memory, others.map((session) => session.memory));
  }

  /** One more is parked; it may be too much by itself. */
  #boundKept(): void {
    const parked = [...this.#sessions.values()].filter(({ isParked }) => isParked);
    parked.sort((a, b) => a.parkedMs - b.parkedMs);
    let bytes = parked.reduce((sum, { keptBytes }) => sum + keptBytes, 0);
    for (const [gone, session] of parked.entries()) {
      if (bytes <= mostKeptBytes && parked.length - gone <= this.#options.most) return;
      bytes -= session.keptBytes;
      session.end("there is no more room for results that nobody fetches");
    }
  }

  #ended(number: string): void {
    this.#sessions.delete(number);
    if (this.#sessions.size === 0) this.#options.onNone();
  }

  #logOf(open: Open): Log {
    return this.#options.log.of(labelOf(open));
  }
}

/** Enough of its number to know it by. */
function labelOf({ session }: Open): string {
  return session.slice(0, 8);
}
