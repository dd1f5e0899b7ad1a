// The IVF container: a header of 32 bytes, then packets of a 12-byte header and their data, all little-endian. Written
// byte for byte as the rav1e 0.8.1 command writes it (ivf crate 0.1.4), but for the frame count, which it leaves 0.
// There is no other specification than the writers: "DKIF", version 0, header size, fourcc, width, height, time base
// (denominator first: it reads as a frame rate), frame count, 32 unused bits.

import { InputError } from "../errors.ts";
import type { Ratio } from "./video_format.ts";

export const ivfHeaderBytes = 32;
export const ivfPacketHeaderBytes = 12;
/** Where the frame count is, for writers that learn it last. */
export const ivfFrameCountOffset = 24;

const littleEndian = true;
const uint16Max = 2 ** 16 - 1;
const uint32Max = 2 ** 32 - 1;

export interface IvfHeader {
  /** Pixels, 1 to 65535. */
  readonly width: number;
  readonly height: number;
  /** Ticks of the packets' timestamps per second. */
  readonly frameRate: Ratio;
  /** 0 where the writer did not know it. */
  readonly frames: number;
}

export interface IvfPacket {
  /** In ticks of the header's time base. */
  readonly timestamp: number;
  /** A view of the bytes that were read, not a copy. */
  readonly data: Uint8Array;
}

/** The 32 bytes that open a file of AV1. Throws RangeError for what does not fit its fields. */
export function ivfHeader(width: number, height: number, frameRate: Ratio, frames: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(ivfHeaderBytes);
  bytes.set(new TextEncoder().encode("DKIF"), 0);
  bytes.set(new TextEncoder().encode("AV01"), 8);
  const view = new DataView(bytes.buffer);
  view.setUint16(6, ivfHeaderBytes, littleEndian);
  view.setUint16(12, checked("width", width, uint16Max), littleEndian);
  view.setUint16(14, checked("height", height, uint16Max), littleEndian);
  view.setUint32(16, checked("frame rate numerator", frameRate.num, uint32Max), littleEndian);
  view.setUint32(20, checked("frame rate denominator", frameRate.den, uint32Max), littleEndian);
  view.setUint32(ivfFrameCountOffset, checked("frame count", frames, uint32Max), littleEndian);
  return bytes;
}

/** The 12 bytes before a packet of `size` bytes with timestamp `pts`. Throws RangeError for what does not fit. */
export function ivfPacketHeader(size: number, pts: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(ivfPacketHeaderBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, checked("packet size", size, uint32Max), littleEndian);
  view.setBigUint64(4, BigInt(checked("timestamp", pts, Number.MAX_SAFE_INTEGER)), littleEndian);
  return bytes;
}

/**
 * Takes a whole file apart. Throws InputError, with `name` for the file, where it is not IVF with AV1 in it or ends
 * inside a packet. The header's frame count is returned as it is, not compared.
 */
export function readIvf(bytes: Uint8Array, name = "the IVF file"): { header: IvfHeader; packets: IvfPacket[] } {
  const refuse = (what: string) => new InputError(`Cannot read ${name}: ${what}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (offset: number) => String.fromCharCode(...bytes.subarray(offset, offset + 4));
  if (text(0) !== "DKIF") throw refuse("it does not start with DKIF, so it is not IVF");
  if (bytes.length < ivfHeaderBytes) {
    throw refuse(`it ends after ${bytes.length} bytes, inside its header of ${ivfHeaderBytes}`);
  }
  if (text(8) !== "AV01") throw refuse("it holds something other than AV1");
  const headerBytes = view.getUint16(6, littleEndian);
  if (headerBytes < ivfHeaderBytes) throw refuse(`it gives its header ${headerBytes} bytes, not ${ivfHeaderBytes}`);
  const header: IvfHeader = {
    width: view.getUint16(12, littleEndian),
    height: view.getUint16(14, littleEndian),
    frameRate: { num: view.getUint32(16, littleEndian), den: view.getUint32(20, littleEndian) },
    frames: view.getUint32(ivfFrameCountOffset, littleEndian),
  };
  const packets: IvfPacket[] = [];
  for (let position = headerBytes; position < bytes.length;) {
    const where = `packet ${packets.length} (at byte ${position})`;
    const start = position + ivfPacketHeaderBytes;
    if (start > bytes.length) throw refuse(`it ends inside the header of ${where}`);
    const size = view.getUint32(position, littleEndian);
    const timestamp = Number(view.getBigUint64(position + 4, littleEndian));
    if (size > bytes.length - start) {
      throw refuse(`${where} has ${size} bytes, but only ${bytes.length - start} follow`);
    }
    if (!Number.isSafeInteger(timestamp)) throw refuse(`${where} has a timestamp beyond ${Number.MAX_SAFE_INTEGER}`);
    packets.push({ timestamp, data: bytes.subarray(start, start + size) });
    position = start + size;
  }
  return { header, packets };
}

function checked(what: string, value: number, max: number): number {
  if (Number.isSafeInteger(value) && value >= 0 && value <= max) return value;
  throw new RangeError(`Cannot write IVF: ${what} ${value} is not a whole number from 0 to ${max}`);
}
