// EBML (RFC 8794), the binary notation of Matroska: an element is its id, the size of what it holds, and that. Integers are
// big-endian. Sizes take as few bytes as they can, but where a place must be kept for them.

import { joinedBytes } from "../joined_bytes.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** An element of the parts given, one after the other. `id` as the specifications print it, its marker bit included. */
export function element(id: number, ...parts: readonly Bytes[]): Bytes {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  return joinedBytes([idBytes(id), sizeBytes(size), ...parts]);
}

/** An element whose size takes 8 bytes; null is a size that is not known. */
export function openElement(id: number, size: number | null): Bytes {
  return joinedBytes([idBytes(id), size === null ? unknownSize() : fixedSize(size)]);
}

/** An unsigned integer, in `bytes` bytes or as few as it takes. At most 2^53 - 1. */
export function uint(id: number, value: number, bytes = bytesOf(value)): Bytes {
  const data = new Uint8Array(bytes);
  for (let at = bytes - 1, rest = value; at >= 0; at--, rest = Math.floor(rest / 256)) data[at] = rest % 256;
  return element(id, data);
}

/** A floating-point number of 64 bits. */
export function float(id: number, value: number): Bytes {
  const data = new Uint8Array(8);
  new DataView(data.buffer).setFloat64(0, value);
  return element(id, data);
}

export function text(id: number, value: string): Bytes {
  return element(id, new TextEncoder().encode(value));
}

/** An element of so many bytes in all, 2 or more, that is to be passed over. */
export function filler(bytes: number): Bytes {
  // Long ones need a size of 8 bytes, which the shortest have no room for.
  const isShort = bytes < 9;
  const body = new Uint8Array(bytes - (isShort ? 2 : 9));
  return isShort ? element(0xec, body) : joinedBytes([idBytes(0xec), fixedSize(body.length), body]);
}

function idBytes(id: number): Bytes {
  const bytes = new Uint8Array(bytesOf(id));
  for (let at = bytes.length - 1, rest = id; at >= 0; at--, rest = Math.floor(rest / 256)) bytes[at] = rest % 256;
  return bytes;
}

function bytesOf(value: number): number {
  let bytes = 1;
  for (let rest = Math.floor(value / 256); rest > 0; rest = Math.floor(rest / 256)) bytes++;
  return bytes;
}

/** A size with its length marker (RFC 8794, section 4); all ones would mean that it is not known. */
function sizeBytes(size: number): Bytes {
  for (let bytes = 1; bytes < 8; bytes++) {
    if (size < 2 ** (7 * bytes) - 1) return markedSize(size, bytes);
  }
  return fixedSize(size);
}

function fixedSize(size: number): Bytes {
  return markedSize(size, 8);
}

function markedSize(size: number, bytes: number): Bytes {
  const data = new Uint8Array(bytes);
  for (let at = bytes - 1, rest = size; at >= 0; at--, rest = Math.floor(rest / 256)) data[at] = rest % 256;
  data[0]! |= 0x80 >> (bytes - 1);
  return data;
}

function unknownSize(): Bytes {
  return new Uint8Array([0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
}
