// What stands before a Matroska file's tracks: the EBML header, the start of the segment, where its parts are, and the
// segment's own facts. It is as long before these are known as after.

import { joinedBytes } from "../joined_bytes.ts";
import { element, filler, float, openElement, text, uint } from "./ebml.ts";
import { id } from "./matroska_ids.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const application = "rav1e-by-gop";
/** Positions take as much room as any can need. */
const positionBytes = 8;

export interface SegmentFacts {
  /** Bytes of the segment's data. */
  readonly size: number;
  /** Where the index is, from the start of the segment's data; null where there is none. */
  readonly cues: number | null;
  /** In ticks. */
  readonly duration: number;
}

export interface MatroskaHead {
  readonly bytes: Bytes;
  /** Where the segment's data begins: positions count from there. */
  readonly dataStart: number;
}

/** Of a file; `facts` are null before they are known. `scale`: nanoseconds a tick. */
export function fileHead(docType: string, scale: number, facts: SegmentFacts | null): MatroskaHead {
  const most = segmentStart(scale, { size: 0, cues: 0, duration: 0 });
  const start = facts === null ? segmentStart(scale, null) : segmentStart(scale, facts);
  const spare = most.length - start.length;
  const before = joinedBytes([ebmlHeader(docType), openElement(id.segment, facts?.size ?? null)]);
  return { bytes: joinedBytes([before, start, ...(spare === 0 ? [] : [filler(spare)])]), dataStart: before.length };
}

/** Of a stream, which nothing is added to later; `duration` is null where nobody knows it yet. */
export function streamHead(docType: string, scale: number, duration: number | null): MatroskaHead {
  const before = joinedBytes([ebmlHeader(docType), openElement(id.segment, null)]);
  return { bytes: joinedBytes([before, info(scale, duration)]), dataStart: before.length };
}

function ebmlHeader(docType: string): Bytes {
  return element(
    id.ebml,
    uint(id.ebmlVersion, 1),
    uint(id.ebmlReadVersion, 1),
    uint(id.ebmlMaxIdLength, 4),
    uint(id.ebmlMaxSizeLength, 8),
    text(id.docType, docType),
    uint(id.docTypeVersion, 4),
    uint(id.docTypeReadVersion, 2),
  );
}

/** The places of the parts, and the facts. The tracks follow behind all there can be of them. */
function segmentStart(scale: number, facts: SegmentFacts | null): Bytes {
  const facing = info(scale, facts?.duration ?? null);
  const parts = (infoAt: number, tracksAt: number) =>
    element(
      id.seekHead,
      seek(id.info, infoAt),
      seek(id.tracks, tracksAt),
      ...(facts === null || facts.cues === null ? [] : [seek(id.cues, facts.cues)]),
    );
  const most = element(id.seekHead, seek(id.info, 0), seek(id.tracks, 0), seek(id.cues, 0)).length +
    info(scale, 0).length;
  return joinedBytes([parts(parts(0, 0).length, most), facing]);
}

function seek(part: number, position: number): Bytes {
  return element(id.seek, uint(id.seekId, part), uint(id.seekPosition, position, positionBytes));
}

function info(scale: number, duration: number | null): Bytes {
  return element(
    id.info,
    uint(id.timestampScale, scale),
    ...(duration === null ? [] : [float(id.duration, duration)]),
    text(id.muxingApp, application),
    text(id.writingApp, application),
  );
}
