// A daemon that does what a test says, right or wrong, over connections in memory. It encodes nothing: the packets that it
// gives are well-formed and empty of sense.

import { parseClientMessage, parseDaemonMessage } from "../../lib/remote/message_parser.ts";
import { mostBodyBytes } from "../../lib/remote/limits.ts";
import type { ClientMessage, DaemonMessage, EncoderIdentity, Opened, Ready } from "../../lib/remote/messages.ts";
import { type Dialed, DialFailed } from "../../lib/remote/tls/dial.ts";
import type { ByteStream } from "../../lib/remote/wire/byte_stream.ts";
import { Channel } from "../../lib/remote/wire/channel.ts";
import { memoryPair, type MemoryStream } from "./memory_pair.ts";
import { testKeys } from "./wire.ts";

export const testIdentity: EncoderIdentity = {
  rav1e: "0.8.1",
  avSceneChange: "0.14.1",
  abi: 4,
  probe: "ab".repeat(32),
};

type OfType<T extends ClientMessage["type"]> = Extract<ClientMessage, { readonly type: T }>;

type Heard<T extends ClientMessage["type"]> = OfType<T> & { readonly body: Uint8Array };

export class FakeDaemon {
  /** What it says of itself. */
  ready: Ready = {
    type: "ready",
    version: "1",
    identity: testIdentity,
    instance: "01".repeat(16),
    slots: 2,
    freeSlots: 2,
    crashed: [],
  };
  /** Nobody listens. */
  isDown = false;
  /** Tries to connect, those that failed too. */
  dials = 0;
  readonly #accepted: FakeConnection[] = [];
  #arrived: (() => void) | undefined;

  /** Instead of dialling. `wrap`: of the client's end. */
  async dial(wrap: (stream: ByteStream) => ByteStream = (stream) => stream): Promise<Dialed> {
    this.dials++;
    if (this.isDown) throw new DialFailed("connection refused", false);
    const [near, far] = memoryPair();
    const channel = new Channel(far);
    channel.seal((await testKeys("test")).daemon);
    this.#accepted.push(new FakeConnection(channel, far, this.ready));
    this.#arrived?.();
    return { stream: wrap(near), certificate: undefined, tls: undefined };
  }

  /** The next connection; ready, unless told otherwise. */
  async accept(isReady = true): Promise<FakeConnection> {
    for (;;) {
      const connection = this.#accepted.shift();
      if (connection === undefined) await new Promise<void>((resolve) => this.#arrived = resolve);
      else {
        if (isReady) await connection.say(connection.ready);
        return connection;
      }
    }
  }
}

/** Instead of the real handshake: no password is asked for. */
export async function fakeHandshake(channel: Channel): Promise<Ready> {
  channel.seal((await testKeys("test")).client);
  const received = await channel.receive();
  if (received === null) throw new Error("The fake daemon ended before it was ready");
  return parseDaemonMessage(received.header, received.body.length) as Ready;
}

export class FakeConnection {
  /** Pings are answered. */
  answersPings = true;

  constructor(readonly channel: Channel, readonly stream: MemoryStream, readonly ready: Ready) {}

  say(message: DaemonMessage, body?: Uint8Array): Promise<void> {
    return this.channel.send(message, body);
  }

  /** Waits for a ping, which must be what comes next, and answers it. */
  async answerPing(): Promise<void> {
    this.answersPings = false;
    const { number } = await this.#nextOf("ping");
    this.answersPings = true;
    await this.say({ type: "pong", number });
  }

  /** The next message but pings and pongs; must be of this type. */
  next<T extends ClientMessage["type"]>(type: T): Promise<Heard<T>> {
    return this.#nextOf(type);
  }

  /** Opens the session that is asked for. */
  async open(opened: Partial<Opened> = {}): Promise<OfType<"open">> {
    const open = await this.next("open");
    await this.say({
      type: "opened",
      slots: 1,
      ahead: 1,
      credit: 2 ** 22,
      resumed: open.resume !== null,
      tasks: [],
      ...opened,
    });
    return open;
  }

  /** All packs of a task, until its end; each has to come whole. */
  async takePacks(task: number): Promise<{ readonly packs: Uint8Array[]; readonly frames: number }> {
    const packs: Uint8Array[] = [];
    for (let frames = 0;;) {
      const message = await this.#nextOf("pack", "end");
      if (message.task !== task) throw new Error(`A ${message.type} of task ${message.task}, not ${task}`);
      if (message.type === "end") {
        if (message.frames !== frames) throw new Error(`An end after ${message.frames} frames, not ${frames}`);
        return { packs, frames };
      }
      const { number, offset, bytes, body } = message;
      if (number !== packs.length) throw new Error(`Part of pack ${number}, not ${packs.length}`);
      const pack = new Uint8Array(bytes);
      pack.set(body, 0);
      if (offset !== 0) throw new Error("A pack begins in its middle");
      for (let have = body.length; have < bytes;) {
        const part = await this.next("pack");
        if (part.task !== task || part.number !== number || part.offset !== have) throw new Error("A pack in disorder");
        pack.set(part.body, have);
        have += part.body.length;
      }
      packs.push(pack);
      frames += message.frames;
    }
  }

  /** Sends a result in parts of so many bytes. */
  async sayResult(task: number, packets: readonly Uint8Array[], partBytes = mostBodyBytes): Promise<void> {
    const content = resultContent(packets);
    for (let offset = 0; offset < content.length; offset += partBytes) {
      const body = content.subarray(offset, offset + partBytes);
      await this.say({ ...resultHeader(task, packets.length, content.length), offset }, body);
    }
  }

  async #nextOf<T extends ClientMessage["type"]>(...types: readonly T[]): Promise<Heard<T>> {
    for (;;) {
      const received = await this.channel.receive();
      if (received === null) throw new Error(`The client ended where ${types} was due`);
      const message = parseClientMessage(received.header, received.body.length);
      if (types.some((type) => type === message.type)) return { ...message as OfType<T>, body: received.body };
      if (message.type === "ping") {
        if (this.answersPings) await this.say({ type: "pong", number: message.number });
      } else if (message.type !== "pong") throw new Error(`The client said ${message.type} where ${types} was due`);
    }
  }
}

/** Of the first part. */
export function resultHeader(task: number, frames: number, bytes: number) {
  return { type: "result", task, frames, bytes, offset: 0, inputDigest: "cd".repeat(32), seconds: 1.5 } as const;
}

export function resultContent(packets: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const sizes = new DataView(new ArrayBuffer(4 * packets.length));
  for (const [at, { length }] of packets.entries()) sizes.setUint32(4 * at, length, true);
  return new Uint8Array([...new Uint8Array(sizes.buffer), ...packets.flatMap((packet) => [...packet])]);
}

/** Temporal units of `frames` frames, the first with a sequence header, of `bytes` bytes of payload each. */
export function madePackets(frames: number, bytes = 5): Uint8Array<ArrayBuffer>[] {
  const obu = (type: number, payload: readonly number[]) => [type << 3 | 2, payload.length, ...payload];
  return Array.from({ length: frames }, (_, frame) =>
    new Uint8Array([
      ...[0x12, 0x00],
      ...(frame === 0 ? obu(1, [0, 0, 0]) : []),
      ...obu(6, Array(bytes).fill(frame)),
    ]));
}
