// One connection to a worker, from `open` until it ends for whatever reason: what comes is taken apart and handed to the
// tasks, what they have to say is sent, and both sides hear of each other in between. Receiving never waits for sending:
// two sides that wait for each other to read would wait for ever.

import { deadAfterMs, lookEveryMs, pingEveryMs, sendStallMs } from "../limits.ts";
import { parseDaemonMessage } from "../message_parser.ts";
import type { Bye, DaemonMessage, Open, Opened, Refuse } from "../messages.ts";
import { ConnectionLost } from "../wire/byte_stream.ts";
import { type Channel, ProtocolError } from "../wire/channel.ts";
import { type LinkClock, RunningTime } from "./clock.ts";
import type { Outgoing } from "./outgoing_packs.ts";
import type { SessionTasks } from "./session_tasks.ts";

/** How a connection ended. `reason` is one clause for the user. */
export type ConversationEnd =
  /** The connection broke: the session may be held. */
  | { readonly kind: "cut" | "silent" | "breach" | "bye"; readonly reason: string }
  | { readonly kind: "refused"; readonly refusal: Refuse }
  /** By this side. */
  | { readonly kind: "closed" };

export interface ConversationSetup {
  readonly channel: Channel;
  readonly tasks: SessionTasks;
  readonly clock: LinkClock;
  readonly open: Open;
  /** The body of `open`. */
  readonly settings: Uint8Array;
  /** Why the worker is not used after all, as one clause; undefined where it is. Nothing is begun before that is known. */
  readonly fault: Promise<string | undefined>;
  /** The session is open; the tasks know of nothing yet. Throws ProtocolError. */
  onOpened(opened: Opened): void;
  /** What the worker grants is other than before. */
  onGrant(): void;
  onDrain(): void;
  /** Called several times a second, with the time since the last call in which this process ran. */
  onLook(passedMs: number): void;
}

/** Answers to pings that wait to be sent; of a worker that sends more without reading some are left out. */
const mostPongs = 64;
/** A client that leaves says so, where the worker still reads. */
const byeWithinMs = 500;

export class Conversation {
  readonly #setup: ConversationSetup;
  readonly #pongs: number[] = [];
  readonly #ended = Promise.withResolvers<ConversationEnd>();
  #hasEnded = false;
  #isOpen = false;
  #bye: Bye | undefined;
  #ping: number | undefined;
  #pings = 0;
  #wake: (() => void) | undefined;
  readonly #running = new RunningTime();
  #silentMs = 0;
  #isSending = false;
  #sendingMs = 0;
  #bytesReceived = 0;
  #sincePingMs = 0;
  #stopLooking = () => {};
  #stopBye = () => {};

  constructor(setup: ConversationSetup) {
    this.#setup = setup;
  }

  /** Returns when the connection has ended; throws what is nobody's breach but a fault of this program. */
  async run(): Promise<ConversationEnd> {
    this.#look();
    this.#setup.fault.then((fault) => fault === undefined || this.close("the worker cannot be used"));
    const ending = Promise.all([this.#guarded(() => this.#send()), this.#guarded(() => this.#receive())]);
    try {
      return await this.#ended.promise;
    } finally {
      this.#stopLooking();
      this.#stopBye();
      this.#setup.channel.close();
      this.wake();
      await ending;
    }
  }

  /** There may be something to send. */
  wake(): void {
    this.#wake?.();
  }

  /** Says so, if that can still be sent, and ends. */
  close(reason: string): void {
    if (this.#hasEnded) return;
    this.#bye = { type: "bye", reason };
    this.#stopBye = this.#setup.clock.after(byeWithinMs, () => this.#end({ kind: "closed" }));
    this.wake();
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof ProtocolError) this.#end({ kind: "breach", reason: error.message });
      else if (error instanceof ConnectionLost) this.#end({ kind: "cut", reason: error.message });
      else this.#ended.reject(error);
    }
  }

  #end(end: ConversationEnd): void {
    this.#hasEnded = true;
    this.#ended.resolve(end);
  }

  async #send(): Promise<void> {
    const { open, settings } = this.#setup;
    await this.#sendOne({ header: open, body: settings });
    while (!this.#hasEnded) {
      const next = this.#nextToSend();
      if (next === undefined) await new Promise<void>((resolve) => this.#wake = resolve);
      else {
        await this.#sendOne(next);
        if (next.header.type === "bye") return this.#end({ kind: "closed" });
      }
    }
  }

  async #sendOne({ header, body }: Outgoing): Promise<void> {
    this.#isSending = true;
    this.#sendingMs = 0;
    await this.#setup.channel.send(header, body);
    this.#isSending = false;
  }

  #nextToSend(): Outgoing | undefined {
    if (this.#bye !== undefined) return { header: this.#bye };
    const pong = this.#pongs.shift();
    if (pong !== undefined) return { header: { type: "pong", number: pong } };
    if (this.#ping !== undefined) {
      const number = this.#ping;
      this.#ping = undefined;
      return { header: { type: "ping", number } };
    }
    return this.#isOpen ? this.#setup.tasks.take() : undefined;
  }

  async #receive(): Promise<void> {
    const { channel } = this.#setup;
    while (!this.#hasEnded) {
      const received = await channel.receive();
      // What has come since this side took the other for gone is of no use.
      if (this.#hasEnded) return;
      if (received === null) throw new ConnectionLost("it ended the connection");
      const message = parseDaemonMessage(received.header, received.body.length);
      if (this.#isOpen) this.#handle(message, received.body);
      else await this.#handleBeforeOpened(message);
    }
  }

  async #handleBeforeOpened(message: DaemonMessage): Promise<void> {
    switch (message.type) {
      case "opened":
        await this.#setup.fault;
        // With a fault, or lost meanwhile.
        if (this.#hasEnded || this.#bye !== undefined) return;
        this.#setup.onOpened(message);
        this.#isOpen = true;
        return this.wake();
      case "refuse":
        return this.#end({ kind: "refused", refusal: message });
      default:
        return this.#handleAlways(message);
    }
  }

  #handle(message: DaemonMessage, body: Uint8Array<ArrayBuffer>): void {
    const { tasks } = this.#setup;
    switch (message.type) {
      case "started":
      case "credit":
      case "result":
      case "failed":
      case "cancelled":
        return tasks.receive(message, body);
      case "progress":
        return tasks.receiveProgress(message);
      case "grant":
        tasks.grant(message);
        return this.#setup.onGrant();
      default:
        return this.#handleAlways(message);
    }
  }

  #handleAlways(message: DaemonMessage): void {
    switch (message.type) {
      case "ping":
        if (this.#pongs.length < mostPongs) this.#pongs.push(message.number);
        return this.wake();
      case "pong":
        return;
      case "drain":
        return this.#setup.onDrain();
      case "bye":
        return this.#end({ kind: "bye", reason: message.reason });
      default:
        throw new ProtocolError(`${message.type} where it does not belong`);
    }
  }

  /** Listens for silence, sees that this side is heard, and looks after the tasks. */
  #look(): void {
    if (this.#hasEnded) return;
    const { clock, channel, onLook } = this.#setup;
    const passedMs = this.#running.look(clock.nowMs());
    this.#silentMs = channel.bytesReceived === this.#bytesReceived ? this.#silentMs + passedMs : 0;
    this.#bytesReceived = channel.bytesReceived;
    // What came before the look that noticed it came up to one look earlier.
    if (this.#silentMs >= deadAfterMs - lookEveryMs) {
      return this.#end({ kind: "silent", reason: `no answer for ${Math.round(deadAfterMs / 1000)} s` });
    }
    this.#sendingMs = this.#isSending ? this.#sendingMs + passedMs : 0;
    if (this.#sendingMs >= sendStallMs) {
      return this.#end({ kind: "silent", reason: `it has taken nothing for ${Math.round(sendStallMs / 1000)} s` });
    }
    this.#sincePingMs += passedMs;
    if (this.#sincePingMs >= pingEveryMs) {
      this.#sincePingMs = 0;
      this.#ping = this.#pings++;
      this.wake();
    }
    onLook(passedMs);
    this.#stopLooking = clock.after(lookEveryMs, () => this.#look());
  }
}
