// Finished segments in the store: what goes into a transaction and what comes back proven. A segment's SHA-256 covers
// every column, its sizes and its packets; a segment that does not match is none at all.

import { joinedBytes } from "../joined_bytes.ts";
import { createHash } from "node:crypto";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { SegmentPackets } from "../encode/segment_encoder.ts";
import { sameBytes } from "./records.ts";
import { rowBytes, rowsOfASegment } from "./schema.ts";

/** A finished segment as it goes into the store. */
export type FinishedSegment = SegmentPackets;

/** What a store says of a finished segment, without its packets. */
export interface StoredSegment {
  readonly index: number;
  readonly first: number;
  readonly frames: number;
  /** Of its packets. */
  readonly bytes: number;
  readonly inputDigest: Uint8Array<ArrayBuffer>;
  /** As SegmentPackets has it. */
  readonly seconds: number;
  /** The run that encoded it, from 1, and when, milliseconds since 1970. */
  readonly run: number;
  readonly finished: number;
}

/** A segment with its packets, proven. */
export type ReadSegment = StoredSegment & SegmentPackets;

export class SegmentWriter {
  readonly #remove: StatementSync;
  readonly #segment: StatementSync;
  readonly #packets: StatementSync;
  readonly #removeSegments: StatementSync;

  constructor(db: DatabaseSync, readonly bytesPerRow = rowBytes) {
    this.#remove = db.prepare("DELETE FROM packets WHERE id >= ? AND id < ?");
    this.#removeSegments = db.prepare("DELETE FROM segment WHERE id >= ?");
    this.#segment = db.prepare("INSERT OR REPLACE INTO segment VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    this.#packets = db.prepare("INSERT INTO packets VALUES (?, ?)");
  }

  /** Removes this segment and all behind it. Within the caller's transaction. */
  removeFrom(index: number): void {
    this.#removeSegments.run(index);
    this.#remove.run(index * rowsOfASegment, Number.MAX_SAFE_INTEGER);
  }

  /** Within the caller's transaction. Replaces what there is of that segment. */
  put(segment: FinishedSegment, run: number, finished: number): void {
    const { index, first, frames, data, seconds, inputDigest, firstFrameSentAt } = segment;
    const start = index * rowsOfASegment;
    this.#remove.run(start, start + rowsOfASegment);
    const sizes = new Uint8Array(segment.sizes.buffer, segment.sizes.byteOffset, segment.sizes.byteLength);
    const columns: Columns = { index, first, frames, sizes, inputDigest, seconds, firstFrameSentAt, run, finished };
    const sha256 = digest(columns, data);
    this.#segment.run(index, first, frames, sizes, inputDigest, seconds, firstFrameSentAt, run, finished, sha256);
    for (let at = 0, row = start; at < data.length; at += this.bytesPerRow, row++) {
      this.#packets.run(row, data.subarray(at, at + this.bytesPerRow));
    }
  }
}

/** A row without its SHA-256, with the types that a sound one has. */
interface Columns {
  readonly index: number;
  readonly first: number;
  readonly frames: number;
  /** Little-endian 32-bit numbers. */
  readonly sizes: Uint8Array<ArrayBuffer>;
  readonly inputDigest: Uint8Array<ArrayBuffer>;
  readonly seconds: number;
  readonly firstFrameSentAt: number;
  readonly run: number;
  readonly finished: number;
}

export class SegmentReader {
  readonly #segment: StatementSync;
  readonly #packets: StatementSync;

  constructor(db: DatabaseSync) {
    this.#segment = db.prepare("SELECT * FROM segment WHERE id = ?");
    this.#packets = db.prepare("SELECT data FROM packets WHERE id >= ? AND id < ? ORDER BY id");
  }

  /** The segment, proven; undefined where there is none or it is damaged in any way. */
  read(index: number): ReadSegment | undefined {
    try {
      return this.#proven(index);
    } catch {
      // SQLite's own complaint about a damaged page, or a number beyond any sense.
      return undefined;
    }
  }

  #proven(index: number): ReadSegment | undefined {
    const row = this.#segment.get(index);
    if (row === undefined || !(row.sha256 instanceof Uint8Array)) return undefined;
    const columns = {
      index: row.id,
      first: row.first,
      frames: row.frames,
      sizes: row.sizes,
      inputDigest: row.input_digest,
      seconds: row.seconds,
      firstFrameSentAt: row.first_frame_sent,
      run: row.run,
      finished: row.finished,
    } as Columns;
    if (!(columns.sizes instanceof Uint8Array) || !(columns.inputDigest instanceof Uint8Array)) return undefined;
    const rows = this.#packets.all(index * rowsOfASegment, (index + 1) * rowsOfASegment);
    const parts = rows.map((packets) => packets.data as Uint8Array<ArrayBuffer>);
    const data = parts.length === 1 ? parts[0]! : joinedBytes(parts);
    if (!sameBytes(digest(columns, data), row.sha256)) return undefined;
    const sizes = new Uint32Array(columns.sizes.slice().buffer);
    return { ...columns, sizes, data, bytes: data.length };
  }
}

function digest(columns: Columns, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const { sizes, inputDigest, ...numbers } = columns;
  const { index, first, frames, seconds, firstFrameSentAt, run, finished } = numbers;
  const lengths = [sizes.length, inputDigest.length, data.length];
  const hash = createHash("sha256");
  hash.update(JSON.stringify([index, first, frames, seconds, firstFrameSentAt, run, finished, ...lengths]));
  return new Uint8Array(hash.update(sizes).update(inputDigest).update(data).digest());
}
