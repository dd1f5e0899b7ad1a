// What one client has on this worker: settings that were checked when it was opened, and its tasks. It outlives a lost
// connection for a while: tasks whose packs have all come go on, results wait, and the client that comes back gets both. A
// task is in exactly one state, waiting, running or ended; what is said of tasks that are gone, in messages that were on
// their way, is nobody's fault and has no effect. What the client is not allowed to do throws ProtocolError.

import { counted } from "./counted.ts";
import type { SlotOutcome } from "../../encode/local_slot.ts";
import { heldSessionMs, leastHeldSessionMs } from "../limits.ts";
import type { Open, PackPart, Task } from "../messages.ts";
import { ProtocolError } from "../wire/channel.ts";
import type { ClientConnection, SessionMessage } from "./client_connection.ts";
import type { Log } from "./log.ts";
import { outcomeOf, Outcomes } from "./outcomes.ts";
import type { Place, PlaceSetup } from "./place.ts";
import { Places } from "./places.ts";
import type { Grant, PoolMember, Run, SlotPool } from "./slot_pool.ts";
import type { SessionMemory } from "./worker_memory.ts";

export interface SessionOptions {
  readonly open: Open;
  /** Of all that the client says of the video and the settings: a session is gone on with only as what it was. */
  readonly digest: string;
  readonly setup: Omit<PlaceSetup, "credit">;
  readonly memory: SessionMemory;
  readonly pool: SlotPool;
  readonly log: Log;
  /** It is over: nobody can come back to it. */
  readonly onEnded: () => void;
  /** Draining, and it has nothing left. */
  readonly onDrained: () => void;
  /** How long it waits for its client to come back, since that was last heard of. */
  readonly heldMs?: number;
}

interface OpenTask extends Task {
  readonly place: Place;
  /** While it runs. */
  slot: number | undefined;
  /** Nobody wants it any more; its slot still has to come back. */
  isDropped: boolean;
}

/** For each task that a client may have here, so many results may wait until it has them: then nothing more is begun. */
const resultsAGrant = 4;

export class Session implements PoolMember {
  readonly #options: SessionOptions;
  readonly #log: Log;
  readonly #open = new Map<number, OpenTask>();
  readonly #ended = new Outcomes(() => {
    this.#drained();
    this.#options.pool.changed();
  });
  readonly #places: Places;
  #highestTask = -1;
  /** The most that the client was ever allowed: what a grant takes back may be on its way. */
  #mostOpen = 0;
  #connection: ClientConnection | undefined;
  #hold: ReturnType<typeof setTimeout> | undefined;
  #isDraining = false;
  #isOver = false;
  readonly #totals = { segments: 0, frames: 0, bytesSent: 0, bytesReceived: 0 };
  readonly #beganMs = performance.now();

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#places = new Places({ ...options.setup, credit: options.memory.credit });
  }

  get digest(): string {
    return this.#options.digest;
  }

  // What the pool asks.

  get cap(): number {
    return Math.min(this.#options.open.slots ?? Infinity, this.#options.pool.slots);
  }

  get open(): number {
    return this.#open.size;
  }

  get waiting(): number {
    if (this.#ended.count > resultsAGrant * this.#mostOpen) return 0;
    let count = 0;
    for (const task of this.#open.values()) if (canBegin(task)) count++;
    return count;
  }

  get memory(): SessionMemory {
    return this.#options.memory;
  }

  granted(grant: Grant): void {
    this.#mostOpen = Math.max(this.#mostOpen, grant.slots + grant.ahead);
    this.#connection?.post({ type: "grant", ...grant });
    this.#closePlaces();
  }

  begin(slot: number): Run {
    const task = [...this.#open.values()].find(canBegin);
    if (task === undefined) throw new Error("A session was given a slot and has no task for it");
    const { place, first, attempt, crashId } = task;
    task.slot = slot;
    this.#log.debug("started", `task ${task.task}: from frame ${first} on slot ${slot}, try ${attempt}`);
    this.#connection?.post({ type: "started", task: task.task, slot });
    const ended = place.run({ index: crashId, first, attempt })
      .catch((error): SlotOutcome => ({ kind: "failed", reason: error instanceof Error ? error.message : `${error}` }))
      .then((outcome) => this.#slotEnded(task, slot, outcome));
    return {
      ended,
      get progress() {
        return place.progress;
      },
      abandon: (reason) => place.abandon(reason),
    };
  }

  // Connections.

  /** A connection for it, the first or after one was lost. What was there before is closed. */
  async attach(connection: ClientConnection): Promise<void> {
    this.#connection?.close("its client has connected anew");
    this.#lost();
    clearTimeout(this.#hold);
    const { pool, memory: { credit } } = this.#options;
    const grant = pool.grantOf(this);
    this.#mostOpen = Math.max(this.#mostOpen, grant.slots + grant.ahead);
    this.#connection = connection;
    if (!this.#isDraining) this.#places.prepare(grant.slots - this.#open.size);
    connection.onTick = () => this.#tellProgress();
    // What ends from here on is delivered as it does.
    const ended = this.#ended.tasks, tasks = [...this.#open.keys(), ...ended];
    await connection.send({ type: "opened", ...grant, credit, tasks });
    // It may not have heard of it.
    for (const { task, slot } of this.#open.values()) {
      if (slot !== undefined) connection.post({ type: "started", task, slot });
    }
    if (this.#isDraining) connection.post({ type: "drain" });
    for (const task of ended) this.#deliver(task);
  }

  /** The connection is gone; the client may come back for a while. */
  detach(connection: ClientConnection): void {
    this.#count(connection);
    if (connection !== this.#connection || this.#isOver) return;
    this.#lost();
    const { heldMs = heldSessionMs } = this.#options;
    // A silence that was waited out already is part of it.
    const leftMs = Math.max(heldMs - connection.silentMs, Math.min(heldMs, leastHeldSessionMs));
    this.#log.debug("held", `held for ${(leftMs / 1000).toFixed(1)} s, should its client come back`);
    this.#hold = setTimeout(() => this.end("its client did not come back"), leftMs);
    this.#drained();
  }

  /** All is given up, at once but for frames that are in an encoder. */
  end(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#hold);
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection !== undefined) {
      this.#count(connection);
      connection.leave(reason).catch(() => {});
    }
    const lost = this.#open.size;
    for (const task of this.#open.values()) this.#drop(task);
    this.#ended.clear();
    this.#options.pool.remove(this);
    this.#closePlaces();
    const { segments, frames, bytesReceived, bytesSent } = this.#totals;
    const seconds = (performance.now() - this.#beganMs) / 1000;
    this.#log.info(
      "closed",
      `closed: ${reason}; ${counted(segments, "segment")}, ${counted(frames, "frame")} in ${seconds.toFixed(1)} s, ` +
        `${megabytes(bytesReceived)} received, ${megabytes(bytesSent)} sent${
          lost > 0 ? `, ${counted(lost, "task")} dropped` : ""
        }`,
      { reason, segments, frames, seconds: Number(seconds.toFixed(3)), bytesReceived, bytesSent, dropped: lost },
    );
    this.#options.onEnded();
  }

  /** No new tasks: those that did not begin go back to the client, those that run are finished and delivered. */
  drain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#connection?.post({ type: "drain" });
    for (const task of this.#open.values()) {
      if (task.slot !== undefined) continue;
      this.#drop(task);
      this.#connection?.post({ type: "cancelled", task: task.task });
    }
    this.#options.pool.changed();
    this.#drained();
  }

  // What the client says.

  /** Throws ProtocolError. */
  handle(message: SessionMessage, body: Uint8Array): void {
    switch (message.type) {
      case "task":
        return this.#addTask(message);
      case "pack":
        return this.#addPack(message, body);
      case "end": {
        const task = this.#find(message.task);
        task?.place.end(message.task, message.frames);
        if (task?.slot === undefined) this.#options.pool.changed();
        return;
      }
      case "cancel":
        return this.#cancel(message.task);
      case "kept":
        this.#ended.forget(message.task);
        return;
      default:
        throw new ProtocolError(`${message.type} came within a session`);
    }
  }

  #addTask(message: Task): void {
    const { task } = message;
    if (task <= this.#highestTask) throw new ProtocolError(`task ${task} came after task ${this.#highestTask}`);
    this.#highestTask = task;
    if (this.#isDraining) return this.#connection?.post({ type: "cancelled", task });
    if (this.#open.size >= this.#mostOpen) {
      throw new ProtocolError(`a task more than the ${this.#mostOpen} that were granted`);
    }
    let place: Place;
    try {
      place = this.#places.take();
    } catch (error) {
      // The system gives no such memory now.
      const reason = `the worker has no memory for it: ${error instanceof Error ? error.message : error}`;
      this.#log.warning("failed", `task ${task}: ${reason}`);
      return this.#connection?.post({ type: "failed", task, reason });
    }
    place.begin((bytes) => this.#connection?.post({ type: "credit", task, bytes }));
    this.#open.set(task, { ...message, place, slot: undefined, isDropped: false });
  }

  #addPack(message: PackPart, body: Uint8Array): void {
    const task = this.#find(message.task);
    if (task === undefined) return;
    const couldBegin = canBegin(task);
    task.place.add(message, body);
    if (!couldBegin && canBegin(task)) this.#options.pool.changed();
  }

  #cancel(number: number): void {
    const task = this.#find(number);
    if (task !== undefined) this.#drop(task);
    else if (!this.#ended.forget(number)) return;
    this.#connection?.post({ type: "cancelled", task: number });
    this.#options.pool.changed();
    this.#drained();
  }

  /** An open task; undefined for one that was here and is not any more. */
  #find(task: number): OpenTask | undefined {
    if (task > this.#highestTask) throw new ProtocolError(`task ${task} is not known`);
    return this.#open.get(task);
  }

  // Tasks.

  #slotEnded(task: OpenTask, slot: number, outcome: SlotOutcome): void {
    const { task: number, first } = task;
    // Before its place is given back: that is kept, thread and all, for the task that may come instead.
    this.#open.delete(number);
    this.#releasePlace(task.place);
    if (task.isDropped) return;
    const result = outcomeOf(number, outcome);
    this.#ended.add(number, result);
    if (typeof result !== "string") {
      const { frames, seconds, bytes } = result;
      this.#totals.segments++;
      this.#totals.frames += frames;

      const fps = seconds > 0 ? frames / seconds : 0;
      this.#log.info(
        "encoded",
        `frames ${first}-${first + frames - 1} on slot ${slot}: ${seconds.toFixed(1)} s, ${fps.toFixed(1)} fps, ` +
          `${bytes} bytes`,
        { task: number, slot, first, frames, seconds: Number(seconds.toFixed(3)), bytes },
      );
    } else {
      this.#log.warning("failed", `the frames from ${first} failed on slot ${slot}: ${result}`, { task: number, slot });
    }
    this.#deliver(number);
  }

  #deliver(task: number): void {
    const connection = this.#connection;
    if (connection !== undefined) this.#ended.deliver(task, connection, () => connection === this.#connection);
  }

  #drop(task: OpenTask): void {
    this.#open.delete(task.task);
    task.isDropped = true;
    if (task.slot !== undefined) task.place.cancel();
    else this.#releasePlace(task.place);
  }

  #lost(): void {
    this.#connection = undefined;
    for (const task of this.#open.values()) if (!task.place.isComplete) this.#drop(task);
    this.#options.pool.changed();
  }

  /** Draining, and nothing is left: whoever waits for that is told. */
  #drained(): void {
    if (this.#isDraining && this.#open.size === 0 && this.#ended.count === 0) this.#options.onDrained();
  }

  async #tellProgress(): Promise<void> {
    const running = [...this.#open.values()].filter(({ slot }) => slot !== undefined);
    if (running.length === 0) return;
    const tasks = running.map(({ task, place }) => {
      const { sent, packets, bytes, waiting } = place.progress;
      return [task, sent, packets, bytes, waiting] as const;
    });
    await this.#connection?.send({ type: "progress", tasks });
  }

  #count({ bytesSent, bytesReceived }: ClientConnection): void {
    this.#totals.bytesSent += bytesSent;
    this.#totals.bytesReceived += bytesReceived;
  }

  #releasePlace(place: Place): void {
    this.#places.release(place);
    this.#closePlaces();
  }

  /** No more places than may have tasks now. */
  #closePlaces(): void {
    const { slots, ahead } = this.#options.pool.grantOf(this);
    this.#places.keepIdle(this.#isOver || this.#isDraining ? 0 : slots + ahead - this.#open.size);
  }
}

function canBegin({ slot, place }: OpenTask): boolean {
  return slot === undefined && place.canBegin;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
