// What a store's file looks like inside. Small documents ("records") are JSON with a SHA-256 and are kept twice, in two
// tables and therefore on different pages, so that one damaged byte never loses them; finished segments have one SHA-256
// over all their columns and their packets. Nothing is taken from the file that its SHA-256 does not cover.

import type { DatabaseSync, StatementSync } from "node:sqlite";

/** "RbGs", in the file's header: whose database it is (SQLite file format, section 1.3.14). */
export const applicationId = 0x52624773;
/** In the header as well; raised when an older program could not go on with the file. */
export const storeVersion = 1;
/** Large pages: 5 MB are written in a third of the time that SQLite's own 4 KiB need (bench/store.ts). */
export const pageBytes = 16384;
/** Packets are cut into rows of this size: SQLite's limit is 10^9 bytes, and a row is copied whole on its way. */
export const rowBytes = 64 * 1024 * 1024;

/** A reader (a backup, the status command) holds the file for moments only. */
export const busyTimeoutMs = 30_000;

/** The statements that make the tables, exactly as SQLite keeps them. Their order decides their root pages. */
export const tables: readonly string[] = [
  "CREATE TABLE record (id INTEGER PRIMARY KEY, body TEXT NOT NULL, sha256 BLOB NOT NULL)",
  "CREATE TABLE record_copy (id INTEGER PRIMARY KEY, body TEXT NOT NULL, sha256 BLOB NOT NULL)",
  "CREATE TABLE segment (id INTEGER PRIMARY KEY, first INTEGER NOT NULL, frames INTEGER NOT NULL, " +
  "sizes BLOB NOT NULL, input_digest BLOB NOT NULL, seconds REAL NOT NULL, first_frame_sent REAL NOT NULL, " +
  "run INTEGER NOT NULL, finished REAL NOT NULL, sha256 BLOB NOT NULL)",
  "CREATE TABLE packets (id INTEGER PRIMARY KEY, data BLOB NOT NULL)",
];

/** Kinds of records; a record's id is kind * recordsOfAKind + number. */
export const recordKinds = { identity: 1, plan: 2, run: 3, blame: 4, final: 5, damage: 6 } as const;
export type RecordKind = keyof typeof recordKinds;
export const recordsOfAKind = 2 ** 40;
/** Rows of one segment's packets: id is segment * rowsOfASegment + row. */
export const rowsOfASegment = 2 ** 20;

/** Settings of a connection; `path` "" is SQLite's own unnamed file, which nothing survives and nothing need survive. */
export function configure(db: DatabaseSync, path: string): void {
  db.exec(`PRAGMA page_size = ${pageBytes}`);
  db.exec("PRAGMA cache_size = -4096; PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF");
  if (path === "") db.exec("PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY");
  // macOS has a call of its own for what fsync does elsewhere.
  else db.exec("PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA journal_mode = TRUNCATE");
}

/** Makes the tables; within the caller's transaction. */
export function createTables(db: DatabaseSync): void {
  for (const table of tables) db.exec(table);
  db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${storeVersion}`);
}

export type StoreKind = "empty" | "ours" | "other-application" | "newer" | "damaged";

/** Whose file an open database is. Rolls back what was under way when its writer died. Throws what SQLite throws. */
export function kindOf(db: DatabaseSync): StoreKind {
  const number = (pragma: string) => Number(Object.values(db.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);
  if (number("page_count") === 0) return "empty";
  const application = number("application_id"), version = number("user_version");
  const found = db.prepare("SELECT sql FROM sqlite_schema ORDER BY rootpage").all().map(({ sql }) => sql);
  if (found.length === 0 && application === 0 && version === 0) return "empty";
  const matches = found.length === tables.length && found.every((sql, index) => sql === tables[index]);
  if (application !== applicationId) return matches ? "damaged" : "other-application";
  if (version > storeVersion) return matches ? "damaged" : "newer";
  return version === storeVersion && matches ? "ours" : "damaged";
}

/** One transaction around `work`; rolled back when it throws. */
export function transaction<T>(db: DatabaseSync, work: () => T): T {
  db.prepare("BEGIN IMMEDIATE").run();
  try {
    const result = work();
    db.prepare("COMMIT").run();
    return result;
  } catch (error) {
    rollBack(db.prepare("ROLLBACK"));
    throw error;
  }
}

function rollBack(statement: StatementSync): void {
  try {
    statement.run();
  } catch {
    // SQLite has done so itself, as after a full disk.
  }
}
