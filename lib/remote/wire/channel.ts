// Messages over a stream of bytes: whole, in order, and once the keys are known authenticated in their order, so that none
// can be altered, left out, repeated, swapped or sent back without being noticed. Nothing that a message promises is
// believed before it is checked, and the first thing that is wrong is the last that is read: the connection is closed.
//
// A body is copied once in each direction: into the bytes that are authenticated and written, and out of those that were
// read. Both have memory of their own that is used again for each message: the system would clear new pages every time.

import type { ConnectionSecret } from "../auth/connection_secret.ts";
import type { ClientMessage, DaemonMessage } from "../messages.ts";
import { macBytes } from "../limits.ts";
import { type ByteStream, ConnectionLost } from "./byte_stream.ts";
import {
  encodeHeader,
  excess,
  type FrameShape,
  lengthsBytes,
  placeBytes,
  readHeader,
  readLengths,
  wireBytes,
  writeFrame,
  writePlace,
} from "./frame.ts";
import { equalBytes } from "./equal_bytes.ts";
import { ProtocolError } from "./protocol_error.ts";

export { ProtocolError } from "./protocol_error.ts";

/** HMAC-SHA-256 keys that may sign, one a direction (auth/session_keys.ts). */
export interface ChannelKeys {
  readonly send: CryptoKey;
  readonly receive: CryptoKey;
  readonly secret: ConnectionSecret;
}

/** A message as it came; the header is an object and nothing more is known of it. */
export interface Received {
  readonly header: { readonly [name: string]: unknown };
  readonly headerBytes: Uint8Array<ArrayBuffer>;
  /** Valid until the next message is asked for. */
  readonly body: Uint8Array<ArrayBuffer>;
}

const noBody = new Uint8Array(0);

export class Channel {
  readonly #stream: ByteStream;
  #keys: ChannelKeys | undefined;
  #sendPlace = 0;
  #receivePlace = 0;
  /** Settles when all sends so far have; never rejects. */
  #sending: Promise<void> = Promise.resolve();
  #sendFailure: unknown;
  /** Written anew for each message. */
  #outgoing = new Uint8Array(0);
  #incoming = new Uint8Array(0);
  #receiveFailure: unknown;
  /** Read and not used yet. */
  #unused: Uint8Array<ArrayBuffer> = noBody;
  #bytesSent = 0;
  #bytesReceived = 0;

  constructor(stream: ByteStream) {
    this.#stream = stream;
  }

  /** Bytes on the wire, everything counted. */
  get bytesSent(): number {
    return this.#bytesSent;
  }

  get bytesReceived(): number {
    return this.#bytesReceived;
  }

  /** What both sides share. Throws where messages are not authenticated yet. */
  get secret(): ConnectionSecret {
    if (this.#keys === undefined) throw new Error("A channel has no secret before it is sealed");
    return this.#keys.secret;
  }

  /** Whether messages are authenticated. */
  get isSealed(): boolean {
    return this.#keys !== undefined;
  }

  /**
   * Sends a message. Calls may overlap and keep their order; each resolves when its bytes are handed on, which is what holds
   * a fast sender back. Until then the body must not change; shared memory is as good as any. Rejects with ConnectionLost,
   * and with RangeError, sending nothing, where the limits do not allow such a message.
   */
  async send(header: ClientMessage | DaemonMessage, body: Uint8Array = noBody): Promise<void> {
    const headerBytes = encodeHeader(header);
    const keys = this.#keys;
    const shape = {
      headerBytes: headerBytes.length,
      bodyBytes: body.length,
      macBytes: keys === undefined ? 0 : macBytes,
    };
    const trouble = excess(shape);
    if (trouble !== undefined) throw new RangeError(`Cannot send ${header.type}: ${trouble}`);
    const place = keys === undefined ? 0 : this.#sendPlace++;
    const sent = this.#sending.then(() => this.#write(shape, place, headerBytes, body, keys?.send));
    this.#sending = sent.catch(() => {});
    await sent;
  }

  /**
   * The next message; null when the other side ended between two. Throws ProtocolError, having closed the connection, and
   * ConnectionLost; again and again from then on. One call at a time.
   */
  async receive(): Promise<Received | null> {
    if (this.#receiveFailure !== undefined) throw this.#receiveFailure;
    try {
      return await this.#read();
    } catch (error) {
      this.#receiveFailure = error;
      this.close();
      throw error;
    }
  }

  /** From the next message on, in both directions; once, and not while `receive` waits. */
  seal(keys: ChannelKeys): void {
    if (this.#keys !== undefined) throw new Error("Cannot seal a channel twice");
    this.#keys = keys;
  }

  /** Ends both directions at once; what waits rejects with ConnectionLost. May be called again. */
  close(): void {
    this.#stream.close();
  }

  async #write(
    shape: FrameShape,
    place: number,
    header: Uint8Array,
    body: Uint8Array,
    key: CryptoKey | undefined,
  ): Promise<void> {
    if (this.#sendFailure !== undefined) throw this.#sendFailure;
    try {
      const size = placeBytes + wireBytes(shape);
      if (this.#outgoing.length < size) this.#outgoing = new Uint8Array(size);
      const frame = this.#outgoing.subarray(0, size);
      writeFrame(frame, shape, place, header, body);
      if (key !== undefined) frame.set(await mac(key, frame), size - macBytes);
      await this.#stream.write(frame.subarray(placeBytes));
      this.#bytesSent += size - placeBytes;
    } catch (error) {
      this.#sendFailure = error;
      throw error;
    }
  }

  async #read(): Promise<Received | null> {
    const lengths = new Uint8Array(lengthsBytes);
    if (!await this.#gather(lengths, "may-end")) return null;
    const key = this.#keys?.receive;
    const shape = readLengths(lengths, key !== undefined);
    const size = placeBytes + wireBytes(shape);
    if (this.#incoming.length < size) this.#incoming = new Uint8Array(size);
    const frame = this.#incoming.subarray(0, size);
    frame.set(lengths, placeBytes);
    await this.#gather(frame.subarray(placeBytes + lengthsBytes), "must-not-end");
    if (key !== undefined) {
      writePlace(frame, this.#receivePlace++);
      if (!equalBytes(await mac(key, frame), frame.subarray(size - macBytes))) {
        throw new ProtocolError("a message was altered on the way, or is not in its place");
      }
    }
    const headerAt = placeBytes + lengthsBytes, bodyAt = headerAt + shape.headerBytes;
    const headerBytes = frame.slice(headerAt, bodyAt);
    return { header: readHeader(headerBytes), headerBytes, body: frame.subarray(bodyAt, bodyAt + shape.bodyBytes) };
  }

  /** Fills `into`. False where nothing came and that may be; throws ConnectionLost where only a part came. */
  async #gather(into: Uint8Array<ArrayBuffer>, end: "may-end" | "must-not-end"): Promise<boolean> {
    for (let filled = 0; filled < into.length;) {
      if (this.#unused.length === 0) {
        const chunk = await this.#stream.read();
        if (chunk === null) {
          if (filled === 0 && end === "may-end") return false;
          throw new ConnectionLost("the connection ended within a message");
        }
        this.#bytesReceived += chunk.length;
        this.#unused = chunk;
      }
      const taken = this.#unused.subarray(0, into.length - filled);
      into.set(taken, filled);
      filled += taken.length;
      this.#unused = this.#unused.subarray(taken.length);
    }
    return true;
  }
}

/** Of all of `frame` but the room for the MAC at its end. */
async function mac(key: CryptoKey, frame: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const whole = await crypto.subtle.sign("HMAC", key, frame.subarray(0, frame.length - macBytes));
  return new Uint8Array(whole, 0, macBytes);
}
