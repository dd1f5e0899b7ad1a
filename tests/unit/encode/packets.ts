// Finished segments for the tests of this folder.

import type { SegmentPackets } from "../../../lib/encode/segment_encoder.ts";

/** A segment of packets with these bytes, its first frame `first`. */
export function segmentOf(index: number, packets: readonly Uint8Array[], first = 0): SegmentPackets {
  const data = Uint8Array.from(packets.flatMap((packet) => [...packet]));
  const sizes = Uint32Array.from(packets, (packet) => packet.length);
  const inputDigest = new Uint8Array(32).fill(index);
  return { index, first, frames: packets.length, sizes, data, inputDigest, seconds: 1, firstFrameSentAt: 0 };
}

/** `count` packets that tell the segment and their place in it. */
export function numberedPackets(index: number, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, packet) => new Uint8Array(3 + packet).fill(16 * index + packet));
}
