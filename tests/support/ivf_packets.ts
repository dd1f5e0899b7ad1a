// Reads an IVF file as the oracle sees it: the header's numbers and the packets, nothing forgiven. A reader apart from
// the program's own, so that a fault of the one that writes cannot hide in the one that checks.
// IVF: 32 bytes of header (signature DKIF, version, header length, fourcc, width, height, frame rate as two 32-bit
// numbers, frame count, unused), then per packet its size (4 bytes), timestamp (8 bytes) and bytes, little-endian.

import { createHash } from "node:crypto";

export interface IvfPacket {
  readonly timestamp: number;
  readonly data: Uint8Array;
}

export interface Ivf {
  readonly width: number;
  readonly height: number;
  /** Frames per second as the header has it: "25/1". */
  readonly frameRate: string;
  /** The header's count, which rav1e leaves 0. */
  readonly announcedFrames: number;
  readonly packets: readonly IvfPacket[];
}

/** Throws an Error naming the offset where the bytes are no AV1 IVF file. */
export function readIvfPackets(bytes: Uint8Array): Ivf {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (at: number) => new TextDecoder("latin1").decode(bytes.subarray(at, at + 4));
  if (bytes.length < 32 || text(0) !== "DKIF" || text(8) !== "AV01" || view.getUint16(6, true) !== 32) {
    throw new Error(`Cannot read IVF: ${bytes.length} bytes that do not begin with an AV1 IVF header`);
  }
  const packets: IvfPacket[] = [];
  for (let at = 32; at < bytes.length;) {
    if (at + 12 > bytes.length) throw new Error(`Cannot read IVF: cut off in a packet's header at byte ${at}`);
    const size = view.getUint32(at, true);
    if (at + 12 + size > bytes.length) throw new Error(`Cannot read IVF: cut off in the packet at byte ${at}`);
    packets.push({
      timestamp: Number(view.getBigUint64(at + 4, true)),
      data: bytes.subarray(at + 12, at + 12 + size),
    });
    at += 12 + size;
  }
  return {
    width: view.getUint16(12, true),
    height: view.getUint16(14, true),
    frameRate: `${view.getUint32(16, true)}/${view.getUint32(20, true)}`,
    announcedFrames: view.getUint32(24, true),
    packets,
  };
}

/** SHA-256 over every packet's size, timestamp and bytes: the file after its header (`tail -c +33 | sha256sum`). */
export function packetsDigest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes.subarray(32)).digest("hex");
}
