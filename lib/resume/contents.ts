// Everything a store's file holds, proven: documents by their SHA-256, segments by theirs and by the plan, which must have
// them where they say they are. What cannot be proven is left out and counted as damage; nothing here writes.

import type { DatabaseSync } from "node:sqlite";
import { type Blame, noBlame } from "./blame.ts";
import type { Beginning, DamageRecord, FinalOutput, Plan, RunRecord } from "./documents.ts";
import { numbersIn } from "./ranges.ts";
import { type FoundRecords, readRecords } from "./records.ts";
import { rowsOfASegment } from "./schema.ts";
import { type ReadSegment, SegmentReader, type StoredSegment } from "./segment_rows.ts";

export interface Documents {
  /** undefined where it cannot be read: then nothing of the file is worth anything. */
  readonly beginning: Beginning | undefined;
  readonly plan: Plan;
  /** Records that `plan` was put together from. */
  readonly planRecords: number;
  /** By number. */
  readonly runs: readonly RunRecord[];
  readonly blame: Blame;
  readonly final: FinalOutput | undefined;
  readonly damage: DamageRecord;
  readonly serial: number;
  /** A copy of some document is missing or wrong. */
  readonly damaged: boolean;
}

export interface Segments {
  /** In order. */
  readonly sound: readonly StoredSegment[];
  /** Segments of which there is something, but not a sound whole. */
  readonly damaged: readonly number[];
}

/** Reads the documents alone: quick, whatever the size of the store. */
export function readDocuments(db: DatabaseSync): Documents {
  const records = readRecords(db);
  const last = <T>(kind: Parameters<FoundRecords["of"]>[0]) => records.of(kind).at(-1)?.document as T | undefined;
  const { plan, count, gap } = planOf(records);
  return {
    beginning: last<Beginning>("identity"),
    plan,
    planRecords: count,
    runs: records.of("run").map(({ document }) => document as RunRecord),
    blame: last<Blame>("blame") ?? noBlame,
    final: last<FinalOutput>("final"),
    damage: last<DamageRecord>("damage") ?? { segments: [] },
    serial: records.serial,
    damaged: records.damaged || gap,
  };
}

/** A plan ends where a part of it is missing: detection finds the rest again. */
function planOf(records: FoundRecords): { plan: Plan; count: number; gap: boolean } {
  const parts = records.of("plan");
  const gapAt = parts.findIndex(({ number }, index) => number !== index);
  const sound = (gapAt < 0 ? parts : parts.slice(0, gapAt)).map(({ document }) => document as Plan);
  const last = sound.at(-1);
  return {
    plan: {
      decided: last?.decided ?? 0,
      keyframes: sound.flatMap(({ keyframes }) => keyframes),
      complete: last?.complete ?? false,
    },
    count: sound.length,
    gap: gapAt >= 0,
  };
}

/** Reads and proves every segment, in order; `each` sees them with their packets, `progress` how far it is (0 to 1). */
export function readSegments(
  db: DatabaseSync,
  documents: Documents,
  each: (segment: ReadSegment) => void = () => {},
  progress: (fraction: number) => void = () => {},
): Segments {
  const reader = new SegmentReader(db);
  const sound: StoredSegment[] = [], damaged: number[] = [];
  const indexes = segmentIndexes(db, documents);
  for (const [number, index] of indexes.entries()) {
    const segment = reader.read(index);
    if (segment === undefined || !isPlanned(segment, documents.plan)) damaged.push(index);
    else {
      each(segment);
      const { first, frames, bytes, inputDigest, seconds, run, finished } = segment;
      sound.push({ index, first, frames, bytes, inputDigest, seconds, run, finished });
    }
    progress((number + 1) / indexes.length);
  }
  return { sound, damaged };
}

export function isPlanned({ index, first, frames }: StoredSegment, { keyframes, decided, complete }: Plan): boolean {
  const end = keyframes[index + 1] ?? (complete ? decided : undefined);
  return keyframes[index] === first && end === first + frames;
}

/** Every segment that is said to be finished, or that either table has something of. */
function segmentIndexes(db: DatabaseSync, { plan: { keyframes }, runs }: Documents): number[] {
  const found = new Set<number>();
  const add = (index: number) => {
    if (Number.isInteger(index) && index >= 0 && index < keyframes.length) found.add(index);
  };
  numbersIn(runs.at(-1)?.finished ?? []).forEach(add);
  for (const [table, divisor] of [["segment", 1], ["packets", rowsOfASegment]] as const) {
    try {
      for (const { id } of db.prepare(`SELECT id FROM ${table}`).iterate()) add(Math.floor(Number(id) / divisor));
    } catch {
      // The way through the table is broken: what is behind it can still be found by its number.
    }
  }
  return [...found].sort((a, b) => a - b);
}

/** Whether SQLite finds the file's own structure whole (its pages, trees and free pages). */
export function isStructureSound(db: DatabaseSync): boolean {
  try {
    const rows = db.prepare("PRAGMA quick_check(1)").all();
    return rows.length === 1 && Object.values(rows[0]!)[0] === "ok";
  } catch {
    return false;
  }
}
