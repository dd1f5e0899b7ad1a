// A client of the worker that does one thing at a time and as it is told: for tests of the daemon, over memory or a real
// connection. It keeps to its credit unless a test sends messages of its own.

import { openLibrary } from "../../ffi/library.ts";
import { packBound, Packer } from "../../ffi/packs.ts";
import type { EncoderSettings } from "../../lib/encode/settings.ts";
import { clientHandshake } from "../../lib/remote/handshake.ts";
import { mostBodyBytes } from "../../lib/remote/limits.ts";
import { parseDaemonMessage } from "../../lib/remote/message_parser.ts";
import type { ClientMessage, DaemonMessage, Open, Opened, Ready, ResultPart } from "../../lib/remote/messages.ts";
import type { ByteStream } from "../../lib/remote/wire/byte_stream.ts";
import { Channel } from "../../lib/remote/wire/channel.ts";
import { libraryPath } from "../ffi/support.ts";
import { joined } from "./wire.ts";

type OfType<T extends DaemonMessage["type"]> = Extract<DaemonMessage, { readonly type: T }>;

export interface SegmentResult {
  readonly packets: Uint8Array[];
  readonly header: ResultPart;
}

export class WorkerClient {
  readonly channel: Channel;
  readonly ready: Ready;
  opened: Opened | undefined;
  /** Everything that came and was not asked for yet; pings are answered. */
  readonly #inbox: { message: DaemonMessage; body: Uint8Array }[] = [];
  readonly #allowed = new Map<number, number>();
  #wake = Promise.withResolvers<void>();
  /** Why nothing more comes. */
  #end: string | undefined;
  readonly #packFrames = 4;
  #frameBytes = 0;
  /** Set by a test: pings stay without an answer, and nothing is said. */
  isSilent = false;

  private constructor(channel: Channel, ready: Ready) {
    this.channel = channel;
    this.ready = ready;
    this.#receive();
  }

  static async connect(stream: ByteStream, password: string, certificate?: Uint8Array): Promise<WorkerClient> {
    const channel = new Channel(stream);
    return new WorkerClient(channel, await clientHandshake(channel, { password, certificate }));
  }

  async open(settings: EncoderSettings, frameBytes: number, changes: Partial<Open> = {}): Promise<Opened> {
    this.#frameBytes = frameBytes;
    const packBytes = packBound(frameBytes, this.#packFrames);
    const body = new TextEncoder().encode(JSON.stringify(settings));
    const session = crypto.getRandomValues(new Uint8Array(16)).toHex();
    const common = { type: "open", resume: null, onePiece: false, slots: null, client: "a test" } as const;
    await this.send({ ...common, session, frameBytes, packBytes, ...changes }, body);
    return this.opened = (await this.next("opened")).message;
  }

  send(message: ClientMessage, body?: Uint8Array): Promise<void> {
    return this.channel.send(message, body);
  }

  /** What shows on the connection of another that it is this client too. */
  proofOn(later: WorkerClient): Promise<string> {
    return this.channel.secret.proofOn(later.channel.secret);
  }

  /** The next message of that type, about that task where one is given; those before it stay. */
  async next<T extends DaemonMessage["type"]>(
    type: T,
    task?: number,
  ): Promise<{ message: OfType<T>; body: Uint8Array }> {
    for (;;) {
      const at = this.#inbox.findIndex(({ message }) =>
        message.type === type && (task === undefined || ("task" in message && message.task === task))
      );
      if (at >= 0) return this.#inbox.splice(at, 1)[0] as { message: OfType<T>; body: Uint8Array };
      if (this.#end !== undefined) throw new Error(`The connection ended (${this.#end}) before ${type} came`);
      await this.#wake.promise;
    }
  }

  /** Types of what came and was not asked for. */
  get unasked(): string[] {
    return this.#inbox.map(({ message }) => message.type);
  }

  /** Waits for the end of the connection; gives the daemon's last words, or why it ended. */
  async ended(): Promise<string> {
    while (this.#end === undefined) await this.#wake.promise;
    const bye = this.#inbox.find(({ message }) => message.type === "bye")?.message;
    return bye?.type === "bye" ? bye.reason : this.#end;
  }

  /** Sends a task with all its frames. */
  async sendSegment(task: number, frames: readonly Uint8Array[], first = 0, crashId = task): Promise<void> {
    await this.send({ type: "task", task, crashId, first, attempt: 1 });
    await this.sendFrames(task, frames);
    await this.send({ type: "end", task, frames: frames.length });
  }

  /** Sends frames as packs, the first of that number, each when there is credit for it. */
  async sendFrames(task: number, frames: readonly Uint8Array[], firstNumber = 0, sentBefore = 0): Promise<void> {
    let sent = sentBefore;
    for (let at = 0, number = firstNumber; at < frames.length; at += this.#packFrames, number++) {
      const pack = packOf(frames.slice(at, at + this.#packFrames), this.#frameBytes);
      await this.#creditFor(task, sent + pack.length);
      const count = Math.min(this.#packFrames, frames.length - at);
      for (let offset = 0; offset < pack.length; offset += mostBodyBytes) {
        const header = { type: "pack", task, number, frames: count, bytes: pack.length, offset } as const;
        await this.send(header, pack.subarray(offset, offset + mostBodyBytes));
      }
      sent += pack.length;
    }
  }

  /** Waits for a task's result, checks its shape, and says that it is kept. */
  async result(task: number): Promise<SegmentResult> {
    const parts: Uint8Array[] = [];
    for (let have = 0;;) {
      const { message: header, body } = await this.next("result", task);
      if (header.offset !== have) throw new Error(`A part from ${header.offset} on came where ${have} was due`);
      parts.push(body);
      have += body.length;
      if (have < header.bytes) continue;
      await this.send({ type: "kept", task });
      return { header, packets: packetsOf(joined(parts), header.frames) };
    }
  }

  /** As a client that is killed: without a word. */
  kill(): void {
    this.channel.close();
  }

  async #creditFor(task: number, bytes: number): Promise<void> {
    while ((this.#allowed.get(task) ?? this.opened!.credit) < bytes) {
      if (this.#end !== undefined) throw new Error(`The connection ended (${this.#end}) before there was credit`);
      await this.#wake.promise;
    }
  }

  async #receive(): Promise<void> {
    try {
      for (let next; (next = await this.channel.receive()) !== null;) {
        const message = parseDaemonMessage(next.header, next.body.length);
        if (message.type === "ping") {
          if (!this.isSilent) await this.send({ type: "pong", number: message.number });
        } else if (message.type === "credit") this.#allowed.set(message.task, message.bytes);
        else this.#inbox.push({ message, body: next.body.slice() });
        this.#awake();
      }
      this.#end = "it was ended";
    } catch (error) {
      this.#end = error instanceof Error ? error.message : String(error);
    }
    this.#awake();
  }

  #awake(): void {
    const { resolve } = this.#wake;
    this.#wake = Promise.withResolvers<void>();
    resolve();
  }
}

/** A pack of these frames. */
export function packOf(frames: readonly Uint8Array[], frameBytes: number): Uint8Array {
  using packer = new Packer(openLibrary(libraryPath));
  const into = new Uint8Array(packBound(frameBytes, frames.length));
  return into.subarray(0, packer.pack(joined(frames), frameBytes, into));
}

function packetsOf(content: Uint8Array<ArrayBuffer>, frames: number): Uint8Array[] {
  const view = new DataView(content.buffer), packets: Uint8Array[] = [];
  let at = frames * 4;
  for (let frame = 0; frame < frames; frame++) {
    packets.push(content.subarray(at, at += view.getUint32(frame * 4, true)));
  }
  if (at !== content.length) throw new Error(`The packets' sizes come to ${at} of ${content.length} bytes`);
  return packets;
}
