// The tasks of one session with a worker, over all its connections. Their numbers are given out once. The worker is told of
// a task only while it has a place for it: a task that was cancelled keeps its place until the worker has answered, so the
// worker never has more than it granted, however fast this side changes its mind.

import type { SegmentDigest } from "../../../ffi/digest.ts";
import type { PackSource, RemoteOutcome, RemoteSegment } from "../../encode/remote_slots.ts";
import type { SegmentTask } from "../../encode/segment_encoder.ts";
import { mostSlotsUsed } from "../limits.ts";
import type { Progress, ResultPart } from "../messages.ts";
import { ProtocolError } from "../wire/channel.ts";
import type { Outgoing } from "./outgoing_packs.ts";
import { RemoteTask, type TaskMessage } from "./remote_task.ts";
import { TakenBack, type TakenBackSetup } from "./taken_back.ts";

export interface SessionTasksSetup extends TakenBackSetup {
  readonly packs: PackSource;
  /** For what is sent of one task; undefined where nobody wants to know. */
  newDigest(): SegmentDigest | undefined;
  /** Slots that are used at the most. */
  readonly mostSlots: number;
  /** There may be something to send that was not there before. */
  onWork(): void;
  /** A try has failed there, or was taken for failed. */
  onFault(): void;
  /** A segment's packets came and are what they must be. */
  onDelivered(): void;
}

/** What the worker grants. */
export interface Granted {
  readonly slots: number;
  readonly ahead: number;
}

const none: Granted = { slots: 0, ahead: 0 };

export class SessionTasks {
  readonly #setup: SessionTasksSetup;
  readonly #arena: Uint8Array;
  #next = 0;
  #granted = none;
  #slotsThere = 0;
  #credit = 0;
  /** Those that are not over, in the order in which they were begun. */
  readonly #live = new Map<number, RemoteTask>();
  /** Those that the worker was told of and has not ended. */
  readonly #there = new Set<number>();
  /** Cancelled for want of progress while they ran, and not answered: each holds a slot. */
  readonly #stuck = new Set<number>();
  /** Since when others have a slot that is granted here, as far as is known. */
  #passedOverMs: number | undefined;
  readonly takenBack: TakenBack;
  /** To be said before anything else. */
  readonly #said: Outgoing[] = [];

  constructor(setup: SessionTasksSetup) {
    this.#setup = setup;
    this.takenBack = new TakenBack(setup);
    this.#arena = new Uint8Array(setup.packs.arena);
  }

  /** Slots that can be used. */
  get slots(): number {
    return Math.max(0, this.#granted.slots - this.#stuck.size);
  }

  get ahead(): number {
    return this.#granted.ahead;
  }

  /** Slots that begin tasks there, also of a connection that is lost. */
  get slotsThere(): number {
    return this.#slotsThere;
  }

  get live(): IteratorObject<RemoteTask> {
    return this.#live.values();
  }

  get liveCount(): number {
    return this.#live.size;
  }

  /** As RemoteWorker.begin. */
  begin(task: SegmentTask, onEnded: (outcome: RemoteOutcome) => void): RemoteSegment {
    const places = this.slots + this.ahead;
    if (this.#live.size >= places) {
      throw new TypeError(`Cannot begin segment ${task.index} there: ${this.#live.size} of ${places} places are taken`);
    }
    const { packs } = this.#setup;
    const remote: RemoteTask = new RemoteTask({
      task,
      number: this.#next++,
      crashId: crypto.getRandomValues(new Uint32Array(1))[0]! >>> 1,
      arena: this.#arena,
      frameBytes: packs.frameBytes,
      packBytes: packs.packBytes,
      credit: this.#credit,
      digest: this.#setup.newDigest(),
      nowMs: () => this.#setup.nowMs(),
      onWork: () => this.#setup.onWork(),
      onDropped: (dropped) => this.#drop(dropped),
      onEnded: (outcome) => {
        this.#live.delete(remote.number);
        onEnded(outcome);
      },
    });
    this.#live.set(remote.number, remote);
    this.#setup.onWork();
    return remote;
  }

  /** The worker grants this from now on. */
  grant({ slots, ahead }: Granted): void {
    this.#granted = { slots: Math.min(slots, this.#setup.mostSlots), ahead: Math.min(ahead, mostSlotsUsed) };
    this.#slotsThere = this.#granted.slots;
    this.#setup.onWork();
  }

  /** It takes no more: tasks that it was not told of are over. */
  drain(): void {
    this.#granted = none;
    this.#slotsThere = 0;
    for (const task of [...this.live]) if (!this.#there.has(task.number)) this.lose(task, "the worker is ending", "no");
  }

  /**
   * A connection is ready. `there` are the tasks that the worker went on with; those of them that are not wanted any more
   * are cancelled, and gives back those that are wanted and that it has not. Throws ProtocolError.
   */
  open(granted: Granted, credit: number, there: readonly number[]): RemoteTask[] {
    const { packBytes } = this.#setup.packs;
    if (credit < packBytes) throw new ProtocolError(`a credit of ${credit} bytes for packs of up to ${packBytes}`);
    const unknown = there.find((number) => number >= this.#next);
    if (unknown !== undefined) throw new ProtocolError(`a task ${unknown} that was never sent`);
    this.#credit = credit;
    this.grant(granted);
    this.#there.clear();
    this.#stuck.clear();
    this.#said.length = 0;
    for (const number of there) {
      this.#there.add(number);
      const task = this.#live.get(number);
      if (task === undefined) this.#said.push({ header: { type: "cancel", task: number } });
      else task.resume();
    }
    return [...this.live].filter(({ number }) => !this.#there.has(number));
  }

  /** The connection is gone. */
  disconnect(): void {
    this.#granted = none;
  }

  /** The worker, or its try at the segment, is given up. */
  lose(task: RemoteTask, reason: string, crashed: "yes" | "no" | "unknown"): void {
    task.end({ kind: "lost", reason, crashed });
  }

  /** It makes no progress there. */
  giveUp(task: RemoteTask, reason: string): void {
    if (task.isRunning) this.#stuck.add(task.number);
    this.#setup.onFault();
    // Its place first: whoever hears of the end may begin another.
    this.#drop(task, false);
    task.end({ kind: "lost", reason, crashed: "no", isStalled: true });
  }

  /** What the daemon says of a task. Throws ProtocolError. */
  receive(message: TaskMessage, body: Uint8Array<ArrayBuffer>): void {
    const { task: number, type } = message;
    if (number >= this.#next) throw new ProtocolError(`${type} for task ${number}, which was never sent`);
    // Said before the worker heard that the task is over.
    if (!this.#there.has(number)) return;
    const task = this.#live.get(number);
    if (type === "failed" || type === "cancelled") this.#leave(number);
    if (message.type === "result") return this.#receiveResult(message, body);
    if (type === "failed" && task !== undefined) this.#setup.onFault();
    task?.receive(message);
  }

  #receiveResult(part: ResultPart, body: Uint8Array<ArrayBuffer>): void {
    const { task: number } = part, task = this.#live.get(number);
    const isLast = part.offset + body.length === part.bytes;
    const finished = task?.takeResult(part, body);
    if (finished !== undefined && !task!.isOfWhatWasSent(finished)) {
      throw new ProtocolError("a result for other frames than those that were sent");
    }
    if (!isLast || !this.#there.has(number)) return;
    // The result is handed on before it is said to be kept; what is begun meanwhile comes after both.
    this.#leave(number);
    if (finished !== undefined && this.#live.get(number) === task) {
      task!.deliver(finished);
      this.#setup.onDelivered();
    }
    this.#keep(number);
  }

  /** Throws ProtocolError. */
  receiveProgress({ tasks, queued }: Progress): void {
    const waiting = new Set(queued);
    for (const task of this.live) task.isQueued = waiting.has(task.number);
    this.#notePassedOver();
    for (const progress of tasks) {
      const [number] = progress;
      if (number >= this.#next) throw new ProtocolError(`progress of task ${number}, which was never sent`);
      if (this.#there.has(number)) this.#live.get(number)?.receiveProgress(progress);
    }
  }

  /** Which tasks wait for slots that are granted and that others have: so many as there are such slots. */
  #notePassedOver(): void {
    const all = [...this.live], running = all.filter(({ isRunning }) => isRunning).length;
    const passedOver = all.filter(({ isQueued, isRunning }) => isQueued && !isRunning).slice(
      0,
      Math.max(0, this.slots - running),
    );
    // One that comes later waits for the same slots as those before it.
    const since = passedOver.length === 0 ? undefined : this.#passedOverMs ??= this.#setup.nowMs();
    this.#passedOverMs = since;
    for (const task of all) task.passedOverMs = passedOver.includes(task) ? since : undefined;
  }

  /** What is to be sent next; undefined where there is nothing now. */
  take(): Outgoing | undefined {
    return this.#said.shift() ?? this.#announcement() ?? this.#part();
  }

  /** A task for which the worker has a place. */
  #announcement(): Outgoing | undefined {
    if (this.#there.size >= this.#granted.slots + this.#granted.ahead) return undefined;
    const task = this.live.find(({ number }) => !this.#there.has(number));
    if (task === undefined) return undefined;
    this.#there.add(task.number);
    return task.announce();
  }

  /** Packs are sent whole; running tasks come first, the one with the fewest frames before the others. */
  #part(): Outgoing | undefined {
    for (;;) {
      let best: RemoteTask | undefined;
      for (const task of this.live) {
        if (!this.#there.has(task.number) || !task.hasPart) continue;
        if (best === undefined || comesBefore(task, best)) best = task;
      }
      if (best === undefined) return undefined;
      const part = best.takePart();
      if (part !== undefined) return part;
    }
  }

  /** The worker is to forget it. `isSuspected`: what follows for other workers hangs on its answer. */
  #drop({ number, crashId, packsSent, segment }: RemoteTask, isSuspected = true): void {
    this.#live.delete(number);
    if (!this.#there.has(number)) return;
    if (packsSent > 0) this.takenBack.add(number, { segment: segment.index, crashId }, isSuspected);
    this.#said.push({ header: { type: "cancel", task: number } });
    this.#setup.onWork();
  }

  #keep(number: number): void {
    this.#leave(number);
    this.#said.push({ header: { type: "kept", task: number } });
    this.#setup.onWork();
  }

  #leave(number: number): void {
    this.#there.delete(number);
    this.#stuck.delete(number);
    this.takenBack.answered(number);
  }
}

function comesBefore(task: RemoteTask, other: RemoteTask): boolean {
  if (task.isInsidePack !== other.isInsidePack) return task.isInsidePack;
  if (task.isRunning !== other.isRunning) return task.isRunning;
  return task.isRunning && task.framesAhead < other.framesAhead;
}
