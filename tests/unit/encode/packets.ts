// Finished segments for the tests of this folder.

import type { SegmentPackets } from "../../../lib/encode/segment_encoder.ts";

/** A segment of packets with these bytes. */
export function segmentOf(index: number, packets: readonly Uint8Array[]): SegmentPackets {
  const data = Uint8Array.from(packets.flatMap((packet) => [...packet]));
  const sizes = Uint32Array.from(packets, (packet) => packet.length);
  return { index, frames: packets.length, sizes, data, seconds: 1, firstFrameSentAt: 0 };
}

/** `count` packets that tell the segment and their place in it. */
export function numberedPackets(index: number, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, packet) => new Uint8Array(3 + packet).fill(16 * index + packet));
}
