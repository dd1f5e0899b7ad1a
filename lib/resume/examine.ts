// Looks at a store's file before it is used: whose it is, what of it can be proven, whether it may be written to as it is.
// A damaged page hides everything behind it from SQLite, the first page all of the file: then its rows are looked for page
// by page and gathered in a file beside it. The file itself is not changed, beyond what SQLite rolls back.

import { accessSync, constants } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Documents, isStructureSound, readDocuments, readSegments, type Segments } from "./contents.ts";
import { foundRows } from "./page_scan.ts";
import { RecordChoice } from "./records.ts";
import { busyTimeoutMs, configure, createTables, kindOf, type StoreKind, storeVersion, transaction } from "./schema.ts";
import { sqliteFailure } from "./sqlite_failure.ts";

export type Unusable = Exclude<StoreKind, "ours"> | "not-a-database";

/** A store that can be read. */
export interface Readable {
  readonly kind: "ours";
  readonly db: DatabaseSync;
  readonly documents: Documents;
  readonly segments: Segments;
  /** Nothing is damaged, neither what it says nor how it is laid out. */
  readonly sound: boolean;
}

export type Examined = (Readable | { readonly kind: Unusable }) & Disposable;

/** Throws what the system or SQLite reports, damage excepted. */
export function examine(path: string, progress: (fraction: number) => void = () => {}): Examined {
  const direct = look(path, progress);
  if (direct.kind === "empty" || direct.kind === "newer" || direct.kind === "other-application") return direct;
  if (direct.kind === "ours" && (direct.sound || hasWholeStructure(direct))) return direct;
  const found = valueOf(direct);
  direct[Symbol.dispose]();
  const copy = lookAtRows(path, progress);
  if (copy !== undefined && valueOf(copy) > found) return copy;
  copy?.[Symbol.dispose]();
  return look(path, progress);
}

/** Only segments are damaged, and they say so themselves. */
function hasWholeStructure({ db, documents }: Readable): boolean {
  return !documents.damaged && isStructureSound(db);
}

/** A store that does not say which encode it is of is worth nothing. */
function valueOf(examined: Examined): number {
  if (examined.kind !== "ours" || examined.documents.beginning === undefined) return -1;
  return examined.segments.sound.length;
}

function look(path: string, progress: (fraction: number) => void, onDispose = () => {}): Examined {
  let db: DatabaseSync | undefined;
  let isOurs = false;
  const close = () => {
    if (db?.isOpen) {
      if (isOurs) removeJournal(db);
      db.close();
    }
    onDispose();
  };
  try {
    db = new DatabaseSync(path, { timeout: busyTimeoutMs });
    configure(db, path);
    const kind = kindOf(db);
    isOurs = kind === "ours";
    if (kind === "ours" && !canBeWritten(db, path)) {
      close();
      return { kind: "damaged", [Symbol.dispose]: onDispose };
    }
    if (kind === "ours") {
      const documents = readDocuments(db);
      const segments = readSegments(db, documents, undefined, progress);
      const sound = !documents.damaged && segments.damaged.length === 0 && isStructureSound(db);
      return { kind, db, documents, segments, sound, [Symbol.dispose]: close };
    }
    close();
    return { kind, [Symbol.dispose]: onDispose };
  } catch (error) {
    close();
    const kind = unusableFor(error);
    if (kind === undefined) throw error;
    return { kind, [Symbol.dispose]: onDispose };
  }
}

/** It is empty: what it held was rolled back. A file that is refused is not left with one beside it. */
function removeJournal(db: DatabaseSync): void {
  try {
    db.exec("PRAGMA journal_mode = DELETE");
  } catch {
    // Nobody may write there, or the file is damaged: it stays.
  }
}

/**
 * False where SQLite writes nothing to a file that the system would let it write: its header names a format of the future
 * (section 1.3.3). Throws where the system itself refuses.
 */
function canBeWritten(db: DatabaseSync, path: string): boolean {
  try {
    // BEGIN IMMEDIATE alone is content with a file that it may only read.
    db.exec(`BEGIN IMMEDIATE; PRAGMA user_version = ${storeVersion}; ROLLBACK`);
    return true;
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    if (sqliteFailure(error).kind !== "read-only") throw error;
    try {
      accessSync(path, constants.W_OK);
      accessSync(dirname(path), constants.W_OK);
    } catch {
      throw error;
    }
    return false;
  }
}

function unusableFor(error: unknown): Unusable | undefined {
  const { kind, reason } = sqliteFailure(error);
  if (kind === "not-a-database") return kind;
  return kind === "corrupt" || /unsupported file format/.test(reason) ? "damaged" : undefined;
}

/** The same through a file that every row found was put into; undefined where there is nothing of a store. */
function lookAtRows(path: string, progress: (fraction: number) => void): Examined | undefined {
  const gathered = `${path}.repair`;
  const remove = () => {
    for (const name of [gathered, `${gathered}-journal`]) {
      try {
        Deno.removeSync(name);
      } catch {
        // It is not there.
      }
    }
  };
  try {
    remove();
    gather(path, gathered);
    const found = look(gathered, progress, remove);
    // What was gathered is; the file is not.
    return found.kind === "ours" ? { ...found, sound: false } : found;
  } catch {
    // No room for it, above all: what can be read directly must do.
    remove();
    return undefined;
  }
}

/** Puts every row of `path` into a new store at `into`. Tables are told apart by their columns. */
function gather(path: string, into: string): void {
  using file = Deno.openSync(path);
  const db = new DatabaseSync(into);
  try {
    configure(db, into);
    db.exec("PRAGMA synchronous = OFF");
    transaction(db, () => {
      createTables(db);
      const segment = db.prepare(`INSERT OR IGNORE INTO segment VALUES (?${", ?".repeat(9)})`);
      const packets = db.prepare("INSERT OR IGNORE INTO packets VALUES (?, ?)");
      const records = new RecordChoice();
      for (const { id, values: [, ...values] } of foundRows(file)) {
        if (values.length === 2) records.add(id, values[0], values[1]);
        else if (values.length === 9) segment.run(id, ...values);
        else if (values.length === 1) packets.run(id, ...values);
      }
      records.write(db);
    });
  } finally {
    db.close();
  }
}
