// Moves what is sound in a damaged store to a new file, which then takes its place; the damaged one stays beside it until
// the encode is complete. Killed at any moment, either the damaged file or the new one, whole, is found under the name.

import { linkSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { dirname } from "node:path";
import { isThere, removeIfThere, syncFolder } from "../machine/files.ts";
import { readSegments } from "./contents.ts";
import type { DamageRecord } from "./documents.ts";
import type { Readable } from "./examine.ts";
import { Records } from "./records.ts";
import { configure, createTables, transaction } from "./schema.ts";
import { SegmentWriter } from "./segment_rows.ts";
import { sqliteFailure } from "./sqlite_failure.ts";

const newName = (path: string) => `${path}.salvage`;
const damagedName = (path: string) => `${path}.damaged`;

/** The sound part of a damaged store does not fit beside it. The message fits behind "Cannot open the resume file: ". */
export class NoRoomToMend extends Error {
  override name = "NoRoomToMend";
  constructor(bytes: number, cause: unknown) {
    super(`it is damaged, and to mend it no space is left on the disk for ${bytes} bytes`, { cause });
  }
}

/** Afterwards the examined file is under another name, and its connection must be closed. */
export function rebuild(path: string, examined: Readable): void {
  const { db, documents, segments } = examined;
  const fresh = newName(path);
  removeIfThere(fresh);
  removeIfThere(`${fresh}-journal`);
  const target = new DatabaseSync(fresh);
  try {
    configure(target, fresh);
    transaction(target, () => {
      createTables(target);
      const records = new Records(target, documents.serial);
      records.put("identity", 0, documents.beginning);
      if (documents.planRecords > 0) records.put("plan", 0, documents.plan);
      for (const run of documents.runs) records.put("run", run.number, run);
      records.put("blame", 0, documents.blame);
      if (documents.final !== undefined) records.put("final", 0, documents.final);
      records.put("damage", 0, { segments: damagedSegments(examined) } satisfies DamageRecord);
      const writer = new SegmentWriter(target);
      const wanted = new Set(segments.sound.map(({ index }) => index));
      readSegments(db, documents, (segment) => {
        if (wanted.has(segment.index)) writer.put(segment, segment.run, segment.finished);
      });
    });
  } catch (error) {
    target.close();
    removeIfThere(fresh);
    removeIfThere(`${fresh}-journal`);
    if (sqliteFailure(error).kind !== "full") throw error;
    throw new NoRoomToMend(segments.sound.reduce((sum, { bytes }) => sum + bytes, 0), error);
  }
  target.close();
  removeIfThere(`${fresh}-journal`);
  db.close();
  setDamagedAside(path);
  Deno.renameSync(fresh, path);
  syncFolder(dirname(path));
}

/** Segments that were finished once, are damaged, and have not been encoded again. */
export function damagedSegments({ documents, segments }: Pick<Readable, "documents" | "segments">): number[] {
  const sound = new Set(segments.sound.map(({ index }) => index));
  return [...new Set([...segments.damaged, ...documents.damage.segments])]
    .filter((index) => !sound.has(index)).sort((a, b) => a - b);
}

/** Ends what a process was killed at: between two renames the store has no name, and the new one is complete. */
export function finishRebuilding(path: string): void {
  if (!isThere(path) && isThere(newName(path)) && isThere(damagedName(path))) Deno.renameSync(newName(path), path);
}

/** A link leaves no moment without a store; where the file system has none, finishRebuilding() serves. */
function setDamagedAside(path: string): void {
  const damaged = damagedName(path);
  removeIfThere(damaged);
  // Its journal is empty since it was opened; kept, it would be taken for the new file's.
  removeIfThere(`${path}-journal`);
  try {
    linkSync(path, damaged);
  } catch {
    Deno.renameSync(path, damaged);
  }
}
