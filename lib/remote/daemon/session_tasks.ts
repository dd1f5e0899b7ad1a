// The tasks of one session, over all its connections. A task is in exactly one state: waiting, running or ended; what is said
// of tasks that are gone, in messages that were on their way, is nobody's fault and has no effect. What the client is not
// allowed to do throws ProtocolError.

import type { SlotOutcome } from "../../encode/local_slot.ts";
import type { DaemonMessage, PackPart, Progress, Task } from "../messages.ts";
import { ProtocolError } from "../wire/channel.ts";
import type { ClientConnection, SessionMessage } from "./client_connection.ts";
import type { Log } from "./log.ts";
import { canBegin, type OpenTask, OpenTasks } from "./open_tasks.ts";
import { outcomeOf, Outcomes } from "./outcomes.ts";
import type { Place } from "./place.ts";
import { Places } from "./places.ts";
import { sessionSlot, SessionSlots, type SessionSlotsSetup } from "./session_slots.ts";
import type { Grant, PoolMember, Run, SlotPool } from "./slot_pool.ts";
import type { SessionMemory } from "./worker_memory.ts";

export interface SessionTasksSetup {
  readonly setup: SessionSlotsSetup & { readonly packBytes: number };
  /** The most slots that the client can use; null is all. */
  readonly slots: number | null;
  readonly memory: SessionMemory;
  readonly pool: SlotPool;
  readonly log: Log;
  /** Says it to the client, where there is a connection. */
  post(message: DaemonMessage): void;
  /** There is less than before; perhaps nothing. */
  onLess(): void;
}

/** For each task that a client may have here, so many results may wait until it has them: then nothing more is begun. */
const resultsAGrant = 4;

export class SessionTasks implements PoolMember {
  readonly #setup: SessionTasksSetup;
  readonly #open = new OpenTasks();
  readonly #ended = new Outcomes(() => {
    this.#setup.onLess();
    this.#setup.pool.changed();
  });
  readonly #slots: SessionSlots;
  readonly #places: Places;
  /** The most that the client was ever allowed: what a grant takes back may be on its way. */
  #mostOpen = 0;
  #connection: ClientConnection | undefined;
  /** Nothing is begun any more. */
  #isClosed = false;
  readonly #finished = { segments: 0, frames: 0 };

  constructor(setup: SessionTasksSetup) {
    this.#setup = setup;
    this.#slots = new SessionSlots((number) => sessionSlot(number, setup.setup));
    const { packBytes } = setup.setup, { credit } = setup.memory;
    this.#places = new Places({ slots: this.#slots, packBytes, credit });
  }

  /** Segments and frames that were encoded. */
  get finished(): { readonly segments: number; readonly frames: number } {
    return this.#finished;
  }

  /** Nothing runs or waits, and the client has heard how everything ended. */
  get areOver(): boolean {
    return this.#open.count === 0 && this.#ended.count === 0;
  }

  /** Results that the client has not said it has, and their bytes. */
  get kept(): { readonly results: number; readonly bytes: number } {
    return this.#ended.results;
  }

  // What the pool asks.

  get cap(): number {
    return Math.min(this.#setup.slots ?? Infinity, this.#setup.pool.slots);
  }

  get open(): number {
    return this.#open.count;
  }

  get waiting(): number {
    if (this.#ended.count > resultsAGrant * this.#mostOpen) return 0;
    return this.#open.waiting.length;
  }

  get memory(): SessionMemory {
    return this.#setup.memory;
  }

  granted(grant: Grant): void {
    this.#mostOpen = Math.max(this.#mostOpen, grant.slots + grant.ahead);
    this.#setup.post({ type: "grant", ...grant });
    this.#keepToGrant();
  }

  begin(slot: number): Run {
    const task = this.#open.waiting[0];
    if (task === undefined) throw new Error("A session was given a slot and has no task for it");
    const { place, first, attempt, crashId } = task;
    task.slot = slot;
    this.#setup.log.debug("started", `task ${task.task}: from frame ${first} on slot ${slot}, try ${attempt}`);
    this.#setup.post({ type: "started", task: task.task, slot });
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

  /** From now on the client is there. Gives the tasks that go on, or have ended, to say so; `deliver` sends the latter. */
  attach(connection: ClientConnection, { slots, ahead }: Grant): { tasks: number[]; deliver(): void } {
    this.#mostOpen = Math.max(this.#mostOpen, slots + ahead);
    this.#connection = connection;
    if (!this.#isClosed) {
      this.#slots.allow(slots);
      this.#slots.prepare(slots);
    }
    // What ends from here on is delivered as it does.
    const ended = this.#ended.tasks, tasks = [...this.#open.numbers, ...ended];
    const deliver = () => {
      // It may not have heard of it.
      for (const { task, slot } of this.#open.all) {
        if (slot !== undefined) connection.post({ type: "started", task, slot });
      }
      for (const task of ended) this.#deliver(task);
    };
    return { tasks, deliver };
  }

  /** The connection is gone: tasks whose packs have not all come cannot go on. */
  detach(): void {
    this.#connection = undefined;
    for (const task of this.#open.all) if (!task.place.isComplete) this.#drop(task);
    this.#setup.pool.changed();
  }

  /** What waits and runs is given up, at once but for frames that are in an encoder. Gives the number of tasks. */
  dropOpen(): number {
    const count = this.#open.count;
    for (const task of this.#open.all) this.#drop(task);
    this.#places.keepIdle(0);
    this.#slots.allow(0);
    return count;
  }

  /** The same, and results are forgotten; nothing is begun any more. */
  close(): number {
    this.#isClosed = true;
    const count = this.dropOpen();
    this.#ended.clear();
    return count;
  }

  /** What did not begin goes back to the client; nothing more is taken. */
  drain(): void {
    this.#isClosed = true;
    for (const task of this.#open.all) {
      if (task.slot !== undefined) continue;
      this.#drop(task);
      this.#setup.post({ type: "cancelled", task: task.task });
    }
    this.#setup.pool.changed();
  }

  /** Of the tasks that run, and those that could; undefined where there are none. */
  get progress(): Progress | undefined {
    return this.#open.progress;
  }

  // What the client says.

  /** Throws ProtocolError. */
  handle(message: SessionMessage, body: Uint8Array): void {
    switch (message.type) {
      case "task":
        return this.#add(message);
      case "pack":
        return this.#addPack(message, body);
      case "end": {
        const task = this.#open.find(message.task);
        task?.place.end(message.task, message.frames);
        if (task?.slot === undefined) this.#setup.pool.changed();
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

  #add(message: Task): void {
    const { task } = message, { post, log } = this.#setup;
    this.#open.announce(task);
    if (this.#isClosed) return post({ type: "cancelled", task });
    if (this.#open.count >= this.#mostOpen) {
      throw new ProtocolError(`a task more than the ${this.#mostOpen} that were granted`);
    }
    let place: Place;
    try {
      place = this.#places.take();
    } catch (error) {
      // The system gives no such memory now.
      const reason = `the worker has no memory for it: ${error instanceof Error ? error.message : error}`;
      log.warning("failed", `task ${task}: ${reason}`);
      return post({ type: "failed", task, reason });
    }
    place.begin((bytes) => post({ type: "credit", task, bytes }));
    this.#open.add({ ...message, place, slot: undefined, isDropped: false, isCancelled: false });
    this.#slots.prepare(this.#open.count);
  }

  #addPack(message: PackPart, body: Uint8Array): void {
    const task = this.#open.find(message.task);
    if (task === undefined) return;
    const couldBegin = canBegin(task);
    task.place.add(message, body);
    if (!couldBegin && canBegin(task)) this.#setup.pool.changed();
  }

  #cancel(number: number): void {
    const task = this.#open.find(number);
    if (task !== undefined) this.#drop(task);
    else if (!this.#ended.forget(number)) return;
    // While frames of it are in an encoder the process may still die of them: that is said when they are not.
    if (task?.slot === undefined) this.#setup.post({ type: "cancelled", task: number });
    else task.isCancelled = true;
    this.#setup.pool.changed();
    this.#setup.onLess();
  }

  // Their ends.

  #slotEnded(task: OpenTask, slot: number, outcome: SlotOutcome): void {
    // Before its place is given back: that is kept, thread and all, for the task that may come instead.
    this.#open.remove(task);
    this.#releasePlace(task.place);
    if (task.isCancelled) this.#setup.post({ type: "cancelled", task: task.task });
    if (task.isDropped) return;
    const { task: number, first } = task, { log } = this.#setup;
    const result = outcomeOf(number, outcome);
    this.#ended.add(number, result);
    if (typeof result !== "string") {
      const { frames, seconds, bytes } = result;
      this.#finished.segments++;
      this.#finished.frames += frames;
      const fps = seconds > 0 ? frames / seconds : 0;
      log.info(
        "encoded",
        `frames ${first}-${first + frames - 1} on slot ${slot}: ${seconds.toFixed(1)} s, ${fps.toFixed(1)} fps, ` +
          `${bytes} bytes`,
        { task: number, slot, first, frames, seconds: Number(seconds.toFixed(3)), bytes },
      );
    } else log.warning("failed", `the frames from ${first} failed on slot ${slot}: ${result}`, { task: number, slot });
    this.#deliver(number);
  }

  #deliver(task: number): void {
    const connection = this.#connection;
    if (connection !== undefined) this.#ended.deliver(task, connection, () => connection === this.#connection);
  }

  #drop(task: OpenTask): void {
    this.#open.remove(task);
    task.isDropped = true;
    if (task.slot !== undefined) task.place.cancel();
    else this.#releasePlace(task.place);
  }

  #releasePlace(place: Place): void {
    this.#places.release(place);
    this.#keepToGrant();
  }

  /** No more places than may have tasks now, and no more slots than may run. */
  #keepToGrant(): void {
    const { slots, ahead } = this.#setup.pool.grantOf(this);
    this.#slots.allow(this.#isClosed ? 0 : slots);
    this.#places.keepIdle(this.#isClosed ? 0 : slots + ahead - this.#open.count);
  }
}
