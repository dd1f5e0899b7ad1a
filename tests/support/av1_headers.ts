// Tells what kind of frame a packet (a temporal unit) shows, by reading the first bits of its OBU headers and nothing
// more: AV1 specification, sections 5.3 (OBU), 5.5.1 (sequence header) and 5.9.2 (frame header). Only what rav1e
// writes is handled: one spatial layer, every OBU with a size field.

export type FrameKind = "key" | "inter" | "intra-only" | "switch" | "show-existing";

const obuType = { sequenceHeader: 1, frameHeader: 3, frame: 6 } as const;
const frameKinds = ["key", "inter", "intra-only", "switch"] as const;

/** The shown frame of each packet, in order; packets of one stream, beginning with its sequence header. */
export function shownFrames(packets: Iterable<{ readonly data: Uint8Array }>): FrameKind[] {
  let stillPicture = false;
  const kinds: FrameKind[] = [];
  for (const { data } of packets) {
    let shown: FrameKind | undefined;
    for (const { type, payload } of splitObus(data)) {
      const first = payload[0] ?? 0;
      // reduced_still_picture_header: after seq_profile (3 bits) and still_picture.
      if (type === obuType.sequenceHeader) stillPicture = (first & 0x08) !== 0;
      if (type !== obuType.frameHeader && type !== obuType.frame) continue;
      if (stillPicture) shown = "key";
      // show_existing_frame, frame_type (2 bits), show_frame.
      else if ((first & 0x80) !== 0) shown = "show-existing";
      else if ((first & 0x10) !== 0) shown = frameKinds[(first >> 5) & 3]!;
    }
    if (shown === undefined) throw new Error(`Cannot find the shown frame of packet ${kinds.length}`);
    kinds.push(shown);
  }
  return kinds;
}

/** Positions of the keyframes, in frames. */
export function keyframePositions(packets: Iterable<{ readonly data: Uint8Array }>): number[] {
  return shownFrames(packets).flatMap((kind, position) => kind === "key" ? [position] : []);
}

export interface Obu {
  readonly type: number;
  readonly payload: Uint8Array;
}

/** The OBUs of a packet. Throws where one has no size or runs past the end. */
export function splitObus(data: Uint8Array): Obu[] {
  const obus: Obu[] = [];
  for (let at = 0; at < data.length;) {
    const header = data[at]!;
    const hasExtension = (header & 0x04) !== 0, hasSize = (header & 0x02) !== 0;
    if (!hasSize) throw new Error(`Cannot split OBUs: the one at byte ${at} has no size`);
    at += hasExtension ? 2 : 1;
    let size = 0;
    for (let shift = 0;; shift += 7) {
      const byte = data[at++];
      if (byte === undefined || shift > 28) throw new Error("Cannot split OBUs: bad size");
      size += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    if (at + size > data.length) throw new Error(`Cannot split OBUs: ${size} bytes at ${at} of ${data.length}`);
    obus.push({ type: (header >> 3) & 15, payload: data.subarray(at, at + size) });
    at += size;
  }
  return obus;
}
