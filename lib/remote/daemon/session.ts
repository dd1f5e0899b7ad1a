// What one client has on this worker: settings that were checked when it was opened, and its tasks. It outlives a lost
// connection: for a while tasks whose packs have all come go on; when that is over its slots are free, and results that the
// client has not got are kept for longer. The client that comes back gets what is there. Only that client: who it is shows
// in the secret of the connection that it opened the session on.

import type { ConnectionSecret } from "../auth/connection_secret.ts";
import { heldSessionMs, keptResultsMs, leastHeldSessionMs } from "../limits.ts";
import type { Open } from "../messages.ts";
import type { ClientConnection, SessionMessage } from "./client_connection.ts";
import { counted } from "./counted.ts";
import type { Log } from "./log.ts";
import { SessionTasks, type SessionTasksSetup } from "./session_tasks.ts";
import type { SlotPool } from "./slot_pool.ts";
import type { SessionMemory } from "./worker_memory.ts";

export interface SessionOptions {
  readonly open: Open;
  /** Of all that the client says of the video and the settings: a session is gone on with only as what it was. */
  readonly digest: string;
  /** Of the connection that it is opened on. */
  readonly secret: ConnectionSecret;
  readonly setup: SessionTasksSetup["setup"];
  readonly memory: SessionMemory;
  readonly pool: SlotPool;
  readonly log: Log;
  /** It has results and nothing else from now on. */
  readonly onParked: () => void;
  /** It is over: nobody can come back to it. */
  readonly onEnded: () => void;
  /** Draining, and it has nothing left. */
  readonly onDrained: () => void;
  /** How long it waits for its client to come back, since that was last heard of. */
  readonly heldMs?: number;
  /** How long it keeps results after that. */
  readonly keptMs?: number;
}

/** "parked": it has no slots and no tasks that could get any, only results that its client has not got. */
type State = "at work" | "parked" | "over";

export class Session {
  readonly #options: SessionOptions;
  readonly #log: Log;
  readonly #tasks: SessionTasks;
  #state: State = "at work";
  #connection: ClientConnection | undefined;
  #hold: ReturnType<typeof setTimeout> | undefined;
  #isDraining = false;
  #dropped = 0;
  #parkedMs = 0;
  readonly #bytes = { sent: 0, received: 0 };
  readonly #beganMs = performance.now();

  constructor(options: SessionOptions) {
    const { open: { slots }, setup, memory, pool, log } = options;
    this.#options = options;
    this.#log = log;
    this.#tasks = new SessionTasks({
      setup,
      slots,
      memory,
      pool,
      log,
      post: (message) => this.#connection?.post(message),
      onLess: () => this.#drained(),
    });
    pool.add(this.#tasks);
  }

  get memory(): SessionMemory {
    return this.#options.memory;
  }

  /** When it was parked last, as performance.now(). */
  get parkedMs(): number {
    return this.#parkedMs;
  }

  get isParked(): boolean {
    return this.#state === "parked";
  }

  /** Bytes of results that its client has not got. */
  get keptBytes(): number {
    return this.#tasks.kept.bytes;
  }

  /** Slots that it may use now. */
  get slots(): number {
    return this.#options.pool.grantOf(this.#tasks).slots;
  }

  /** Whether such an `open` is of the client that began it; `secret`: of the connection that it came on. */
  async isOf({ resume }: Open, secret: ConnectionSecret): Promise<boolean> {
    return resume !== null && await this.#options.secret.isProvenBy(resume, secret);
  }

  /** Whether it was begun for the same. */
  isFor(digest: string): boolean {
    return this.#options.digest === digest;
  }

  /** A connection for it, the first or after one was lost. What was there before is closed. */
  async attach(connection: ClientConnection, resumed: boolean): Promise<void> {
    const { pool, memory: { credit } } = this.#options;
    this.#connection?.replace();
    this.#connection = undefined;
    this.#tasks.detach();
    clearTimeout(this.#hold);
    if (this.#state === "parked") pool.add(this.#tasks);
    this.#state = "at work";
    const grant = pool.grantOf(this.#tasks);
    this.#connection = connection;
    connection.onTick = async () => {
      const { progress } = this.#tasks;
      if (progress !== undefined) await connection.send(progress);
    };
    const { tasks, deliver } = this.#tasks.attach(connection, grant);
    await connection.send({ type: "opened", ...grant, credit, resumed, tasks });
    if (this.#isDraining) connection.post({ type: "drain" });
    deliver();
  }

  /** The connection is gone; the client may come back for a while. */
  detach(connection: ClientConnection): void {
    this.#count(connection);
    if (connection !== this.#connection || this.#state === "over") return;
    this.#connection = undefined;
    this.#tasks.detach();
    const { heldMs = heldSessionMs } = this.#options;
    // A silence that was waited out already is part of it.
    const leftMs = Math.max(heldMs - connection.silentMs, Math.min(heldMs, leastHeldSessionMs));
    this.#log.debug("held", `held for ${(leftMs / 1000).toFixed(1)} s, should its client come back`);
    this.#hold = setTimeout(() => this.#park(), leftMs);
    this.#drained();
  }

  /** Throws ProtocolError. */
  handle(message: SessionMessage, body: Uint8Array): void {
    this.#tasks.handle(message, body);
  }

  /** All is given up, at once but for frames that are in an encoder. */
  end(reason: string): void {
    if (this.#state === "over") return;
    this.#state = "over";
    clearTimeout(this.#hold);
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection !== undefined) {
      this.#count(connection);
      connection.leave(reason).catch(() => {});
    }
    this.#dropped += this.#tasks.close();
    this.#options.pool.remove(this.#tasks);
    this.#sayClosed(reason);
    this.#options.onEnded();
  }

  /** No new tasks: those that did not begin go back to the client, those that run are finished and delivered. */
  drain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    if (this.isParked) return this.end("the worker is ending");
    this.#connection?.post({ type: "drain" });
    this.#tasks.drain();
    this.#drained();
  }

  /** Its client did not come back in time: the slots are for others, and what is finished may still be asked for. */
  #park(): void {
    const { results, bytes } = this.#tasks.kept, { pool, onParked, keptMs = keptResultsMs } = this.#options;
    if (results === 0 || this.#isDraining) return this.end("its client did not come back");
    this.#state = "parked";
    this.#parkedMs = performance.now();
    this.#dropped += this.#tasks.dropOpen();
    pool.remove(this.#tasks);
    const minutes = Number((keptMs / 60_000).toFixed(1));
    this.#log.info(
      "parked",
      `its client did not come back: ${counted(results, "result")} (${megabytes(bytes)}) kept for ` +
        `${counted(minutes, "minute")}, its slots are free`,
      { results, bytes },
    );
    this.#hold = setTimeout(() => this.end("its client did not come back for its results"), keptMs);
    onParked();
  }

  /** Draining, and nothing is left: whoever waits for that is told. */
  #drained(): void {
    if (this.#isDraining && this.#tasks.areOver) this.#options.onDrained();
  }

  #count({ bytesSent, bytesReceived }: ClientConnection): void {
    this.#bytes.sent += bytesSent;
    this.#bytes.received += bytesReceived;
  }

  #sayClosed(reason: string): void {
    const { segments, frames } = this.#tasks.finished, { sent, received } = this.#bytes, dropped = this.#dropped;
    const seconds = (performance.now() - this.#beganMs) / 1000;
    const gone = dropped > 0 ? `, ${counted(dropped, "task")} dropped` : "";
    this.#log.info(
      "closed",
      `closed: ${reason}; ${counted(segments, "segment")}, ${counted(frames, "frame")} in ${seconds.toFixed(1)} s, ` +
        `${megabytes(received)} received, ${megabytes(sent)} sent${gone}`,
      {
        reason,
        segments,
        frames,
        seconds: Number(seconds.toFixed(3)),
        bytesReceived: received,
        bytesSent: sent,
        dropped,
      },
    );
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
