// One worker of the run: connected to, and again when that is lost, until the run ends or the worker is refused for good.
// Whatever the worker does, each segment that it was given ends once, and what it says that is wrong costs its connection.
// There is one loop that connects, and at most one connection.

import type {
  FleetEvents,
  RemoteOutcome,
  RemoteSegment,
  RemoteWorker,
  WorkerFacts,
} from "../../encode/remote_slots.ts";
import type { SegmentTask } from "../../encode/segment_encoder.ts";
import { mostSettingsBytes, mostSlotsUsed, reconnectMs } from "../limits.ts";
import type { ConnectionSecret } from "../auth/connection_secret.ts";
import type { Opened, Ready } from "../messages.ts";
import { type Channel, ProtocolError } from "../wire/channel.ts";
import { Backoff } from "./backoff.ts";
import { pause } from "./clock.ts";
import { Connector } from "./connector.ts";
import { Conversation, type ConversationEnd } from "./conversation.ts";
import { LinkNotes } from "./link_notes.ts";
import { LinkPatience } from "./link_patience.ts";
import type { LinkSetup } from "./link_setup.ts";
import { Losses } from "./losses.ts";
import { ProgressWatch } from "./progress_watch.ts";
import { SessionTasks } from "./session_tasks.ts";
import {
  identityFault,
  type Trouble,
  troubleOf,
  troubleOfBreach,
  troubleOfRefusal,
  troubleWithStranger,
} from "./trouble.ts";
import { type WorkerEntry, workerName } from "./worker_entry.ts";

/** From `start` to `close`. */
interface Work extends LinkSetup {
  readonly tasks: SessionTasks;
  readonly losses: Losses;
  readonly notes: LinkNotes;
  readonly watch: ProgressWatch;
}

/** The session that the worker may hold. */
interface OwnSession {
  /** 32 hexadecimal digits. */
  readonly number: string;
  /** Of the connection that it was begun on: shows the worker whose it is. */
  readonly secret: ConnectionSecret;
}

export class WorkerLink implements RemoteWorker {
  readonly name: string;
  readonly #entry: WorkerEntry;
  readonly #connector: Connector;
  readonly #closing = new AbortController();
  readonly #patience = new LinkPatience();
  #work: Work | undefined;
  #isHopeful = true;
  /** What it was when `changed` was last called. */
  #told = "0 0 true";
  #conversation: Conversation | undefined;
  #isConnected = false;
  #session: OwnSession | undefined;
  #faults = 0;
  #allSlots = 0;
  #hasDelivered = false;
  /** It has shown in this run that it knows the password. */
  #wasProven = false;

  /** `connector`: where it is on its way to the worker already. */
  constructor(entry: WorkerEntry, connector = new Connector(entry)) {
    this.#entry = entry;
    this.#connector = connector;
    this.name = workerName(entry);
  }

  get slots(): number {
    return this.#isConnected ? this.#work!.tasks.slots : 0;
  }

  get allSlots(): number {
    return this.#allSlots;
  }

  get ahead(): number {
    return this.#isConnected ? this.#work!.tasks.ahead : 0;
  }

  get hopeful(): boolean {
    return this.#isHopeful;
  }

  get facts(): WorkerFacts {
    const { bytesSent, bytesReceived } = this.#connector;
    return { bytesSent, bytesReceived, faults: this.#faults };
  }

  begin(task: SegmentTask, onEnded: (outcome: RemoteOutcome) => void): RemoteSegment {
    if (!this.#isConnected) throw new TypeError(`Cannot begin segment ${task.index}: ${this.name} is not connected`);
    return this.#work!.tasks.begin(task, (outcome) => {
      if (!this.#isClosed) onEnded(outcome);
    });
  }

  /** Connects, again and again; returns when the worker was given up or the link was closed. */
  async run(setup: LinkSetup): Promise<void> {
    // The run is told of nothing before its call has returned.
    await Promise.resolve();
    const { clock, random } = setup.world;
    const notes = new LinkNotes(this.name, this.#entry, (text, isWarning) => this.#tell().note(text, isWarning));
    const tasks = new SessionTasks({
      packs: setup.packs,
      newDigest: () => setup.newDigest(),
      mostSlots: this.#entry.slots ?? mostSlotsUsed,
      nowMs: () => clock.nowMs(),
      onWork: () => this.#conversation?.wake(),
      onFault: () => this.#faults++,
      crashSuspected: (segment) => this.#tell().crashSuspected(segment),
      crashKnown: (...known) => this.#tell().crashKnown(...known),
      onDelivered: () => this.#hasDelivered = true,
    });
    const losses = new Losses({ tasks, clock, notes, crashKnown: (...known) => this.#tell().crashKnown(...known) });
    const work = this.#work = { ...setup, tasks, losses, notes, watch: new ProgressWatch(setup.isEven) };
    const settingsBytes = setup.settings.length;
    if (settingsBytes > mostSettingsBytes) {
      return this.#giveUp(work, `the settings have ${settingsBytes} bytes, and ${mostSettingsBytes} can be sent`);
    }
    const backoff = new Backoff(random);
    while (!this.#isClosed) {
      this.#hasDelivered = false;
      const startedMs = clock.nowMs();
      const trouble = await this.#connectOnce(work);
      if (trouble === "closed" || this.#isClosed) break;
      if (this.#hasDelivered || clock.nowMs() - startedMs > reconnectMs.most) backoff.reset();
      if (this.#patience.isOver(trouble, this.#hasDelivered)) return this.#giveUp(work, trouble.reason);
      if (trouble.outlook === "rarely") this.#refuse(work, trouble.reason, this.#wasProven);
      const waitMs = trouble.outlook === "rarely" ? reconnectMs.most : backoff.next();
      await pause(clock, Math.max(waitMs, trouble.retryAfterMs ?? 0), this.#closing.signal);
    }
  }

  /** Ends it; nothing is told of it any more. */
  close(): void {
    if (this.#isClosed) return;
    this.#closing.abort(new DOMException("The run has ended", "AbortError"));
    this.#work?.losses.close();
    if (this.#conversation !== undefined) this.#conversation.close("the client has ended");
    else this.#connector.close();
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** The run's ears, as long as it is to hear of anything. */
  #tell(): FleetEvents {
    return this.#isClosed ? { changed() {}, crashSuspected() {}, crashKnown() {}, note() {} } : this.#work!.events;
  }

  #changed(): void {
    const now = `${this.slots} ${this.ahead} ${this.hopeful}`;
    if (now === this.#told) return;
    this.#told = now;
    this.#tell().changed();
  }

  async #connectOnce(work: Work): Promise<Trouble | "closed"> {
    const { world, losses } = work;
    try {
      const { channel, ready } = await this.#connector.connect(world, this.#closing.signal);
      this.#wasProven = true;
      if (this.#isClosed) return "closed";
      this.#allSlots = ready.slots;
      const isSameProcess = losses.heard(ready);
      return await this.#converse(work, channel, ready, isSameProcess);
    } catch (error) {
      if (this.#isClosed) return "closed";
      const trouble = troubleOf(error);
      if (trouble === undefined) throw error;
      return this.#notConnected(work, this.#wasProven ? troubleWithStranger(trouble) : trouble);
    } finally {
      this.#connector.leave();
    }
  }

  #notConnected({ losses, notes }: Work, trouble: Trouble): Trouble {
    losses.expire();
    if (trouble.outlook === "again") notes.unreachable(trouble);
    // Who has a wrong password in a file is told at once.
    if (trouble.outlook === "doubtful") notes.refused(trouble.reason);
    return trouble;
  }

  /**
   * From `open` to the connection's end. What this machine encodes with may be found out only now: while the worker starts
   * its threads, and before it is given anything.
   */
  async #converse(work: Work, channel: Channel, ready: Ready, isSameProcess: boolean): Promise<Trouble | "closed"> {
    const { tasks, notes, watch, packs, world, settings, onePiece, client } = work;
    const fault = work.identity.then((own) => identityFault(own, ready), (error: Error) => error.message);
    const before = isSameProcess ? this.#session : undefined;
    const { number } = this.#session = before ?? newSession(channel);
    const resume = await before?.secret.proofOn(channel.secret) ?? null;
    if (this.#isClosed) return "closed";
    const conversation = this.#conversation = new Conversation({
      channel,
      tasks,
      clock: world.clock,
      settings,
      open: {
        type: "open",
        session: number,
        resume,
        frameBytes: packs.frameBytes,
        packBytes: packs.packBytes,
        onePiece,
        slots: this.#entry.slots ?? null,
        client,
      },
      fault,
      onOpened: (opened) => {
        if (opened.resumed && resume === null) throw new ProtocolError("a session that is new is said to go on");
        if (!opened.resumed) this.#session = { number, secret: channel.secret };
        this.#opened(work, opened);
      },
      onGrant: () => this.#changed(),
      onDrain: () => {
        notes.ending();
        tasks.drain();
        this.#changed();
      },
      onLook: (passedMs) => {
        for (const { task, reason } of watch.look(passedMs, tasks.slots, tasks.live)) {
          notes.stalled(task.segment.index, reason);
          tasks.giveUp(task, reason);
        }
        tasks.takenBack.look();
        this.#changed();
      },
    });
    try {
      const end = await conversation.run();
      // Whatever else is wrong with a worker that encodes otherwise.
      const never = this.#isConnected || this.#isClosed ? undefined : await fault;
      return never === undefined ? this.#ended(work, end) : { reason: never, outlook: "never" };
    } finally {
      this.#conversation = undefined;
    }
  }

  /** Throws ProtocolError. */
  #opened({ tasks, losses, notes }: Work, opened: Opened): void {
    if (!opened.resumed && opened.tasks.length > 0) throw new ProtocolError("tasks in a session that is new");
    const missing = tasks.open(opened, opened.credit, opened.tasks);
    this.#isConnected = this.#isHopeful = true;
    notes.there(tasks.slots);
    losses.resumed(missing);
    this.#changed();
  }

  #ended(work: Work, end: ConversationEnd): Trouble | "closed" {
    const wasConnected = this.#isConnected;
    this.#isConnected = false;
    work.tasks.disconnect();
    if (end.kind === "closed" || this.#isClosed) return "closed";
    // The next one is another.
    if (end.kind === "refused" && end.refusal.code === "session") this.#session = undefined;
    if (end.kind === "refused") return this.#notConnected(work, troubleOfRefusal(end.refusal, "never"));
    const trouble = end.kind === "breach"
      ? troubleOfBreach(end.reason)
      : { reason: end.reason, outlook: "again" } as const;
    if (!wasConnected) return this.#notConnected(work, trouble);
    if (end.kind !== "bye") this.#faults++;
    work.losses.disconnected(end.kind, trouble.reason);
    this.#changed();
    return trouble;
  }

  #giveUp(work: Work, reason: string): void {
    this.#refuse(work, reason, false);
  }

  /** As it is now it cannot be used. A worker that was used in this run is worth waiting for all the same. */
  #refuse({ losses, notes }: Work, reason: string, isHopeful: boolean): void {
    this.#isHopeful = isHopeful;
    notes.refused(reason);
    losses.expire();
    this.#changed();
  }
}

function newSession({ secret }: Channel): OwnSession {
  return { number: crypto.getRandomValues(new Uint8Array(16)).toHex(), secret };
}
