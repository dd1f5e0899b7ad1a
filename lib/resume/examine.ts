// Looks at a store's file before it is used: whose it is, what of it can be proven, whether it may be written to as it is.
// A first page that is damaged hides everything behind it, and is the same in every store: then the file is read through a
// copy with that page put right. The file itself is not changed, beyond what SQLite rolls back.

import { accessSync, constants } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { readAt } from "../media/positional_read.ts";
import { type Documents, isStructureSound, readDocuments, readSegments, type Segments } from "./contents.ts";
import {
  busyTimeoutMs,
  configure,
  createTables,
  kindOf,
  pageBytes,
  type StoreKind,
  storeVersion,
  tables,
} from "./schema.ts";
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
  const copy = lookAtCopy(path, progress);
  if (copy !== undefined && valueOf(copy) > found) return copy;
  copy?.[Symbol.dispose]();
  return look(path, progress);
}

/** Only segments are damaged, and they say so themselves. */
function hasWholeStructure({ db, documents }: Readable): boolean {
  return !documents.damaged && isStructureSound(db);
}

/** Documents that say which encode it is come first, then segments. */
function valueOf(examined: Examined): number {
  if (examined.kind !== "ours") return -1;
  return (examined.documents.beginning === undefined ? 0 : 1) + examined.segments.sound.length;
}

function look(path: string, progress: (fraction: number) => void, onDispose = () => {}): Examined {
  let db: DatabaseSync | undefined;
  const close = () => {
    if (db?.isOpen) db.close();
    onDispose();
  };
  try {
    db = new DatabaseSync(path, { timeout: busyTimeoutMs });
    configure(db, path);
    const kind = kindOf(db);
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

/** The same through a copy whose first page is put right; undefined where the file is not one of ours or no copy can be made. */
function lookAtCopy(path: string, progress: (fraction: number) => void): Examined | undefined {
  const copy = `${path}.repair`;
  const remove = () => {
    for (const name of [copy, `${copy}-journal`]) {
      try {
        Deno.removeSync(name);
      } catch {
        // It is not there.
      }
    }
  };
  try {
    remove();
    const page = pristinePage(copy);
    remove();
    if (!resembles(firstPage(path), page)) return undefined;
    Deno.copyFileSync(path, copy);
    putFirstPage(copy, page);
    const found = look(copy, progress, remove);
    // The copy is; the file is not.
    return found.kind === "ours" ? { ...found, sound: false } : found;
  } catch {
    remove();
    return undefined;
  }
}

/** The first page of every store, but for counters: SQLite's header and the tables. */
function pristinePage(path: string): Uint8Array {
  const db = new DatabaseSync(path);
  try {
    configure(db, path);
    db.exec("BEGIN");
    createTables(db);
    db.exec("COMMIT");
  } finally {
    db.close();
  }
  return firstPage(path);
}

function firstPage(path: string): Uint8Array {
  using file = Deno.openSync(path);
  const page = new Uint8Array(pageBytes);
  readAt(file, page, 0);
  return page;
}

/** Bytes of the first page that may be damaged before it is taken for something else; about a thousand say something. */
const damagedBytesAtMost = 64;
/** Change counter and size, free pages; counters of SQLite's own version (SQLite file format, section 1.3). */
const varying: readonly (readonly [from: number, to: number])[] = [[24, 40], [92, 100]];

function resembles(page: Uint8Array, pristine: Uint8Array): boolean {
  const varies = (at: number) => varying.some(([from, to]) => at >= from && at < to);
  let different = 0;
  for (const [at, byte] of page.entries()) if (byte !== pristine[at] && !varies(at)) different++;
  return different <= damagedBytesAtMost;
}

/**
 * A size of 0 makes SQLite take the file's own (section 1.3.8). No free pages: what was free stays unused. A file that was
 * cut off gets empty pages where tables begin, without which SQLite reads none of them.
 */
function putFirstPage(path: string, pristine: Uint8Array): void {
  const page = pristine.slice();
  page.fill(0, 28, 40);
  using file = Deno.openSync(path, { read: true, write: true });
  file.writeSync(page);
  const { size } = file.statSync();
  file.truncateSync(Math.max(1 + tables.length, Math.ceil(size / pageBytes)) * pageBytes);
}
