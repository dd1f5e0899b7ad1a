// The bytes of one message. All numbers are big-endian.
//
//   4  bytes that follow
//   2  bytes of the header
//      header: a JSON object in UTF-8, with a "type"
//      body: raw bytes, as many as are left
//  16  once the keys are known: the first bytes of HMAC-SHA-256 over the message's place in its direction (8 bytes, from 0,
//      counted from the first message that is sealed) and all bytes above
//
// In memory the 8 bytes of the place stand before the message, so that what is authenticated is one run of bytes. What a
// length promises is checked against the limits before anything of that size is made.

import { macBytes, mostBodyBytes, mostBytesBeforeAuth, mostHeaderBytes } from "../limits.ts";
import type { ClientMessage, DaemonMessage } from "../messages.ts";
import { otherProtocol, OtherProtocolError } from "./other_protocol.ts";
import { ProtocolError } from "./protocol_error.ts";

/** Of a message's place, which is authenticated and not sent. */
export const placeBytes = 8;
/** Of the two lengths, which have to be read before the rest. */
export const lengthsBytes = 6;
const lengthBytes = 4;

export interface FrameShape {
  readonly headerBytes: number;
  readonly bodyBytes: number;
  readonly macBytes: number;
}

/** Bytes on the wire. */
export function wireBytes({ headerBytes, bodyBytes, macBytes }: FrameShape): number {
  return lengthsBytes + headerBytes + bodyBytes + macBytes;
}

/** What the limits say against a message of that shape, as one clause; undefined if nothing. */
export function excess(shape: FrameShape): string | undefined {
  const { headerBytes, bodyBytes } = shape;
  if (shape.macBytes === 0) {
    const bytes = wireBytes(shape);
    if (bytes <= mostBytesBeforeAuth) return undefined;
    return `a message has ${bytes} bytes, and ${mostBytesBeforeAuth} are allowed before the password is proven`;
  }
  if (headerBytes > mostHeaderBytes) return `a header has ${headerBytes} bytes, and ${mostHeaderBytes} are allowed`;
  if (bodyBytes > mostBodyBytes) return `a body has ${bodyBytes} bytes, and ${mostBodyBytes} are allowed`;
  return undefined;
}

/** Reads the two lengths. Throws ProtocolError where there cannot be such a message. */
export function readLengths(lengths: Uint8Array<ArrayBuffer>, isSealed: boolean): FrameShape {
  const other = isSealed ? undefined : otherProtocol(lengths);
  if (other !== undefined) throw new OtherProtocolError(other);
  const view = new DataView(lengths.buffer, lengths.byteOffset, lengthsBytes);
  const follow = view.getUint32(0), headerBytes = view.getUint16(lengthBytes);
  const mac = isSealed ? macBytes : 0;
  const bodyBytes = follow - (lengthsBytes - lengthBytes) - headerBytes - mac;
  if (bodyBytes < 0) throw new ProtocolError(`a message of ${follow} bytes cannot hold a header of ${headerBytes}`);
  const shape = { headerBytes, bodyBytes, macBytes: mac };
  const trouble = excess(shape);
  if (trouble !== undefined) throw new ProtocolError(trouble);
  return shape;
}

/** Writes everything up to the MAC into `frame`, which has placeBytes + wireBytes(). */
export function writeFrame(
  frame: Uint8Array<ArrayBuffer>,
  shape: FrameShape,
  place: number,
  header: Uint8Array,
  body: Uint8Array,
): void {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  writePlace(frame, place);
  view.setUint32(placeBytes, wireBytes(shape) - lengthBytes);
  view.setUint16(placeBytes + lengthBytes, shape.headerBytes);
  frame.set(header, placeBytes + lengthsBytes);
  frame.set(body, placeBytes + lengthsBytes + shape.headerBytes);
}

export function writePlace(frame: Uint8Array<ArrayBuffer>, place: number): void {
  new DataView(frame.buffer, frame.byteOffset, placeBytes).setBigUint64(0, BigInt(place));
}

/** A header's bytes: the same for the same message whenever it is asked for. */
export function encodeHeader(header: ClientMessage | DaemonMessage): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(header));
}

/** The header's object. Throws ProtocolError. */
export function readHeader(bytes: Uint8Array): { readonly [name: string]: unknown } {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    throw new ProtocolError("a header is not JSON", { cause });
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) {
    throw new ProtocolError("a header is not an object");
  }
  return header as { readonly [name: string]: unknown };
}
