// Boxes of the ISO base media file format (ISO/IEC 14496-12, section 4.2): size, four letters, contents; numbers are
// big-endian.

import { joinedBytes } from "../joined_bytes.ts";

export type Bytes = Uint8Array<ArrayBuffer>;

/** Numbers of so many bytes each, 1 to 8. Throws RangeError where one does not fit. */
export function table(bytes: number, values: readonly number[]): Bytes {
  const data = new Uint8Array(bytes * values.length);
  for (const [index, value] of values.entries()) {
    if (!(value >= 0 && value < 2 ** (8 * bytes))) {
      throw new RangeError(`Cannot write MP4: ${value} does not fit ${bytes} bytes`);
    }
    let rest = value;
    for (let at = (index + 1) * bytes - 1; at >= index * bytes; at--, rest = Math.floor(rest / 256)) {
      data[at] = rest % 256;
    }
  }
  return data;
}

export const u8 = (...values: readonly number[]) => table(1, values);
export const u16 = (...values: readonly number[]) => table(2, values);
export const u32 = (...values: readonly number[]) => table(4, values);
export const u64 = (...values: readonly number[]) => table(8, values);

export function letters(text: string): Bytes {
  return new TextEncoder().encode(text);
}

/** Throws RangeError for 4 GiB and more. */
export function box(type: string, ...parts: readonly Bytes[]): Bytes {
  const size = parts.reduce((sum, part) => sum + part.length, 8);
  return joinedBytes([u32(size), letters(type), ...parts]);
}

/** A box with a version and flags. */
export function fullBox(type: string, version: number, flags: number, ...parts: readonly Bytes[]): Bytes {
  return box(type, u8(version), table(3, [flags]), ...parts);
}

export const leastFreeSpace = 8;

/** So many bytes that are passed over: none, or at least `leastFreeSpace`. */
export function freeSpace(bytes: number): Bytes {
  return bytes === 0 ? new Uint8Array(0) : box("free", new Uint8Array(bytes - leastFreeSpace));
}

/** What stands before so many bytes of media. */
export function mediaDataHeader(bytes: number): Bytes {
  return joinedBytes([u32(1), letters("mdat"), u64(16 + bytes)]);
}
