// What must be true of a packet that a worker sends before it is taken for one: a temporal unit of whole OBUs that begins
// with a temporal delimiter (AV1 specification, sections 5.3 and 7.5), and, where a segment begins, one that carries the
// sequence header.

import { obuAt, obuType, startsWithDelimiter } from "../../media/obus.ts";

/** What is wrong with a packet, as one clause; undefined where nothing is. `begins`: it is a segment's first. */
export function packetFault(packet: Uint8Array, begins: boolean): string | undefined {
  if (!startsWithDelimiter(packet)) return "begins with no temporal delimiter";
  let hasSequenceHeader = false, hasFrame = false;
  for (let at = 2; at < packet.length;) {
    const obu = obuAt(packet, at);
    if (obu === undefined) return `has no OBU at byte ${at}`;
    const { type, end } = obu;
    if (type === obuType.temporalDelimiter) return `holds a second temporal unit at byte ${at}`;
    hasSequenceHeader ||= type === obuType.sequenceHeader;
    hasFrame ||= type === obuType.frame || type === obuType.frameHeader;
    if (end > packet.length) return "ends inside an OBU";
    at = end;
  }
  if (!hasFrame) return "holds no frame";
  return begins && !hasSequenceHeader ? "holds no sequence header" : undefined;
}
