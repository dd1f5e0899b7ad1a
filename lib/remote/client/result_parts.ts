// A segment's result as it comes in parts. Nothing is believed: the parts must follow each other and agree, what they say of
// their sizes is checked before memory is taken for it, memory grows with what has come and not with what was promised nor
// with the number of parts, and the whole is packets that rav1e could have written, one for each frame. Anything else is a ProtocolError.

import type { SegmentPackets } from "../../encode/segment_encoder.ts";
import { mostResultBytes } from "../limits.ts";
import type { ResultPart } from "../messages.ts";
import { ProtocolError } from "../wire/channel.ts";
import { packetFault } from "./temporal_unit.ts";

/** The content begins with the packets' sizes. */
const sizeBytes = Uint32Array.BYTES_PER_ELEMENT;
/** What has come is kept in pieces of so many bytes. */
const pieceBytes = 1024 * 1024;
/** Beside its samples, what a packet might need at the very most: headers, grain, metadata. */
const roomBesideSamples = 64 * 1024;

export type FinishedPackets = Pick<SegmentPackets, "frames" | "sizes" | "data" | "inputDigest" | "seconds">;

export class ResultParts {
  readonly #frames: number;
  readonly #mostBytes: number;
  #first: ResultPart | undefined;
  #parts: Uint8Array<ArrayBuffer>[] = [];
  /** Memory behind the last of the parts, to which the next one is added. */
  #room = new Uint8Array(0);
  #have = 0;

  /** For a segment of so many frames, each of so many bytes. */
  constructor(frames: number, frameBytes: number) {
    this.#frames = frames;
    this.#mostBytes = Math.min(mostResultBytes, frames * (sizeBytes + 2 * frameBytes + roomBesideSamples));
  }

  /** Takes the next part, whose body is copied; the packets once it was the last. Throws ProtocolError. */
  add(part: ResultPart, body: Uint8Array<ArrayBuffer>): FinishedPackets | undefined {
    const first = this.#first ??= this.#checked(part);
    const agrees = part.frames === first.frames && part.bytes === first.bytes && part.seconds === first.seconds &&
      part.inputDigest === first.inputDigest;
    if (!agrees) throw new ProtocolError("parts of one result that do not agree");
    if (part.offset !== this.#have || body.length === 0 || body.length > part.bytes - part.offset) {
      throw new ProtocolError(
        `${body.length} bytes of a result at ${part.offset}, where ${this.#have} of ${first.bytes} are there`,
      );
    }
    this.#store(body, first.bytes - this.#have);
    this.#have += body.length;
    return this.#have === first.bytes ? this.#finish(first) : undefined;
  }

  /** `left`: bytes of the result that were not there before this part. */
  #store(body: Uint8Array<ArrayBuffer>, left: number): void {
    for (let at = 0; at < body.length;) {
      if (this.#room.length === 0) this.#room = new Uint8Array(Math.min(pieceBytes, left - at));
      const bytes = Math.min(this.#room.length, body.length - at), filled = this.#room.subarray(0, bytes);
      filled.set(body.subarray(at, at + bytes));
      this.#parts.push(filled);
      this.#join();
      this.#room = this.#room.subarray(bytes);
      at += bytes;
    }
  }

  /** What lies one after the other in one piece is one part. */
  #join(): void {
    const last = this.#parts.at(-1), before = this.#parts.at(-2);
    if (last === undefined || before === undefined || last.buffer !== before.buffer) return;
    if (before.byteOffset + before.length !== last.byteOffset) return;
    this.#parts.splice(-2, 2, new Uint8Array(last.buffer, before.byteOffset, before.length + last.length));
  }

  #checked(part: ResultPart): ResultPart {
    if (part.frames !== this.#frames) {
      throw new ProtocolError(`a result of ${part.frames} frames for a segment of ${this.#frames}`);
    }
    if (part.bytes > this.#mostBytes || part.bytes < part.frames * sizeBytes) {
      throw new ProtocolError(`a result of ${part.bytes} bytes for ${part.frames} frames`);
    }
    return part;
  }

  #finish({ frames, bytes, inputDigest, seconds }: ResultPart): FinishedPackets {
    const sizes = new Uint32Array(frames);
    const data = new Uint8Array(bytes - frames * sizeBytes);
    this.#copyOut(new Uint8Array(sizes.buffer), 0);
    this.#copyOut(data, sizes.byteLength);
    this.#parts = [];
    inHostOrder(sizes);
    let at = 0;
    for (const [frame, size] of sizes.entries()) {
      const fault = at + size > data.length
        ? "reaches beyond the result"
        : packetFault(data.subarray(at, at + size), frame === 0);
      if (fault !== undefined) throw new ProtocolError(`a result whose packet ${frame} ${fault}`);
      at += size;
    }
    if (at !== data.length) throw new ProtocolError(`a result with ${data.length - at} bytes behind its packets`);
    return { frames, sizes, data, inputDigest: Uint8Array.fromHex(inputDigest), seconds };
  }

  /** The content from `from` on, as much as `into` takes. */
  #copyOut(into: Uint8Array, from: number): void {
    let at = 0;
    for (const part of this.#parts) {
      const start = Math.max(0, from - at), end = Math.min(part.length, from + into.length - at);
      if (start < end) into.set(part.subarray(start, end), at + start - from);
      at += part.length;
    }
  }
}

/** Little-endian on the wire. */
function inHostOrder(sizes: Uint32Array<ArrayBuffer>): void {
  const view = new DataView(sizes.buffer);
  for (let at = 0; at < sizes.length; at++) sizes[at] = view.getUint32(at * sizeBytes, true);
}
