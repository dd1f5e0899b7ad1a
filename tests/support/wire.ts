// Connections for tests of what speaks the protocol: recorded, cut into pieces, altered on the way, or made of given bytes.

import type { ByteStream } from "../../lib/remote/wire/byte_stream.ts";
import { Channel, type ChannelKeys } from "../../lib/remote/wire/channel.ts";
import { memoryPair } from "./memory_pair.ts";
import { sessionKeys } from "../../lib/remote/auth/session_keys.ts";

/** Two channels that are joined, sealed where `seed` is given. */
export async function channelPair(seed?: string): Promise<{ client: Channel; daemon: Channel }> {
  const [near, far] = memoryPair();
  const client = new Channel(near), daemon = new Channel(far);
  if (seed !== undefined) {
    const keys = await testKeys(seed);
    client.seal(keys.client);
    daemon.seal(keys.daemon);
  }
  return { client, daemon };
}

/** What both sides seal with; other keys for another seed. */
export async function testKeys(seed: string): Promise<{ client: ChannelKeys; daemon: ChannelKeys }> {
  const bytes = new TextEncoder().encode(seed);
  const { clientToDaemon, daemonToClient, secret } = await sessionKeys(bytes, bytes, bytes, bytes);
  return {
    client: { send: clientToDaemon, receive: daemonToClient, secret },
    daemon: { send: daemonToClient, receive: clientToDaemon, secret },
  };
}

/** A stream that gives these bytes, then ends, and takes what is written without looking. */
export function givenStream(...chunks: readonly Uint8Array[]): ByteStream {
  const left = chunks.filter((chunk) => chunk.length > 0).map((chunk) => new Uint8Array(chunk));
  return { read: () => Promise.resolve(left.shift() ?? null), write: () => Promise.resolve(), close: () => {} };
}

/** What is read comes in pieces of at most so many bytes; `size` is asked for each. */
export function inPieces(stream: ByteStream, size: () => number): ByteStream {
  let rest: Uint8Array<ArrayBuffer> | null = new Uint8Array(0);
  return {
    async read() {
      if (rest?.length === 0) rest = await stream.read();
      if (rest === null) return null;
      const piece: Uint8Array<ArrayBuffer> = rest.subarray(0, Math.max(1, size()));
      rest = rest.subarray(piece.length);
      return piece;
    },
    write: (bytes) => stream.write(bytes),
    close: () => stream.close(),
  };
}

/** What is read is altered first: `alter` changes the chunk in place and is told the number of bytes before it. */
export function altered(stream: ByteStream, alter: (chunk: Uint8Array, at: number) => void): ByteStream {
  let at = 0;
  return {
    async read() {
      const chunk = await stream.read();
      if (chunk !== null) alter(chunk, at);
      at += chunk?.length ?? 0;
      return chunk;
    },
    write: (bytes) => stream.write(bytes),
    close: () => stream.close(),
  };
}

/** Flips one bit of byte `at` (from 0) of what is read. */
export function bitFlipped(stream: ByteStream, at: number, bit = 0): ByteStream {
  return altered(stream, (chunk, before) => {
    if (at >= before && at < before + chunk.length) chunk[at - before]! ^= 1 << bit;
  });
}

export interface Recorded extends ByteStream {
  /** All bytes so far. */
  wasWritten(): Uint8Array<ArrayBuffer>;
  wasRead(): Uint8Array<ArrayBuffer>;
}

/** Keeps a copy of what passes. */
export function recorded(stream: ByteStream): Recorded {
  const written: Uint8Array[] = [], read: Uint8Array[] = [];
  return {
    async read() {
      const chunk = await stream.read();
      if (chunk !== null) read.push(chunk.slice());
      return chunk;
    },
    async write(bytes) {
      written.push(bytes.slice());
      await stream.write(bytes);
    },
    close: () => stream.close(),
    wasWritten: () => joined(written),
    wasRead: () => joined(read),
  };
}

/** A plain message's bytes; `lengths` are put there instead of the right ones. */
export function framed(
  header: string,
  body = "",
  lengths: { follow?: number; header?: number } = {},
): Uint8Array<ArrayBuffer> {
  const content = new TextEncoder().encode(header + body);
  const frame = new Uint8Array(6 + content.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, lengths.follow ?? 2 + content.length);
  view.setUint16(4, lengths.header ?? new TextEncoder().encode(header).length);
  frame.set(content, 6);
  return frame;
}

/** The messages in recorded bytes, each with its length in front. */
export function wireFrames(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  const frames: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = 4 + new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0);
    frames.push(bytes.subarray(at, at += length));
  }
  return frames;
}

export function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
