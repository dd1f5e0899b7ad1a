// A packet taken apart into its OBUs (AV1 specification, section 5.3), as far as containers and workers' results ask for
// it. rav1e gives every OBU a size field; one without is a fault here.

export const obuType = { sequenceHeader: 1, temporalDelimiter: 2, frameHeader: 3, frame: 6 } as const;

const mostSizeBytes = 8;
const temporalDelimiter = [0x12, 0x00] as const;

export interface Obu {
  readonly type: number;
  /** Where it begins in the packet, header included, and where it ends; beyond the packet's end where it is cut off. */
  readonly start: number;
  readonly end: number;
  /** Where what it holds begins. */
  readonly payload: number;
}

/** The OBU at `start`; undefined where none can be: a forbidden bit, no size field. */
export function obuAt(packet: Uint8Array, start: number): Obu | undefined {
  const header = packet[start] ?? 0x80;
  const isForbidden = (header & 0x80) !== 0, hasExtension = (header & 0x04) !== 0, hasSize = (header & 0x02) !== 0;
  if (isForbidden || !hasSize) return undefined;
  let size = 0, at = start + (hasExtension ? 2 : 1);
  // leb128, section 4.10.5
  for (let place = 0;; place++) {
    const byte = packet[at++];
    if (byte === undefined || place === mostSizeBytes) {
      return { type: (header >> 3) & 15, start, end: Infinity, payload: packet.length };
    }
    size += (byte & 0x7f) * 2 ** (7 * place);
    if (byte < 0x80) break;
  }
  return { type: (header >> 3) & 15, start, end: at + size, payload: at };
}

export function startsWithDelimiter(packet: Uint8Array): boolean {
  return packet[0] === temporalDelimiter[0] && packet[1] === temporalDelimiter[1];
}

/** The packet without its temporal delimiter, which Matroska and MP4 leave out; a view. */
export function withoutDelimiter(packet: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return startsWithDelimiter(packet) ? packet.subarray(temporalDelimiter.length) : packet;
}

/** The packet's sequence header, header and size of the OBU included; undefined where it has none. A view. */
export function sequenceHeaderOf(packet: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | undefined {
  for (const { type, start, end } of wholeObus(packet)) {
    if (type === obuType.sequenceHeader) return packet.subarray(start, end);
  }
  return undefined;
}

/**
 * Whether decoding can begin with the packet: it has a sequence header, and its first frame is a keyframe that is shown
 * (sections 5.9.2 and 7.6.2).
 */
export function isKeyPacket(packet: Uint8Array): boolean {
  let hasSequenceHeader = false, isReduced = false;
  for (const { type, payload } of wholeObus(packet)) {
    const first = packet[payload] ?? 0;
    if (type === obuType.sequenceHeader) {
      hasSequenceHeader = true;
      // reduced_still_picture_header, behind seq_profile (3 bits) and still_picture: its frames are nothing but keyframes.
      isReduced = (first & 0x08) !== 0;
    }
    if (type !== obuType.frameHeader && type !== obuType.frame) continue;
    // show_existing_frame 0, frame_type 0 (2 bits), show_frame 1.
    return hasSequenceHeader && (isReduced || (first & 0xf0) === 0x10);
  }
  return false;
}

function* wholeObus(packet: Uint8Array): Generator<Obu> {
  for (let at = 0; at < packet.length;) {
    const obu = obuAt(packet, at);
    if (obu === undefined || obu.end > packet.length) return;
    yield obu;
    at = obu.end;
  }
}
