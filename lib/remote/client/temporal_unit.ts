// What must be true of a packet that a worker sends before it is taken for one: a temporal unit of whole OBUs that begins
// with a temporal delimiter (AV1 specification, sections 5.3 and 7.5), and, where a segment begins, one that carries the
// sequence header. rav1e gives every OBU a size field.

const temporalDelimiter = [0x12, 0x00] as const;
const obuType = { sequenceHeader: 1, temporalDelimiter: 2, frameHeader: 3, frame: 6 } as const;
const mostSizeBytes = 8;

/** What is wrong with a packet, as one clause; undefined where nothing is. `begins`: it is a segment's first. */
export function packetFault(packet: Uint8Array, begins: boolean): string | undefined {
  if (packet[0] !== temporalDelimiter[0] || packet[1] !== temporalDelimiter[1]) {
    return "begins with no temporal delimiter";
  }
  let hasSequenceHeader = false, hasFrame = false;
  for (let at: number = temporalDelimiter.length; at < packet.length;) {
    const header = packet[at]!;
    const isForbidden = (header & 0x80) !== 0, hasExtension = (header & 0x04) !== 0, hasSize = (header & 0x02) !== 0;
    const type = (header >> 3) & 15;
    if (isForbidden || !hasSize) return `has no OBU at byte ${at}`;
    if (type === obuType.temporalDelimiter) return `holds a second temporal unit at byte ${at}`;
    hasSequenceHeader ||= type === obuType.sequenceHeader;
    hasFrame ||= type === obuType.frame || type === obuType.frameHeader;
    at = endOfObu(packet, at + (hasExtension ? 2 : 1));
    if (at > packet.length) return "ends inside an OBU";
  }
  if (!hasFrame) return "holds no frame";
  return begins && !hasSequenceHeader ? "holds no sequence header" : undefined;
}

/** Where the OBU ends whose size field (leb128, section 4.10.5) is at `at`; Infinity for a size that is none. */
function endOfObu(packet: Uint8Array, at: number): number {
  let size = 0;
  for (let place = 0; place < mostSizeBytes; place++) {
    const byte = packet[at++];
    if (byte === undefined) return Infinity;
    size += (byte & 0x7f) * 2 ** (7 * place);
    if (byte < 0x80) return at + size;
  }
  return Infinity;
}
