// The small documents of a store, written twice and read back from whichever copy its SHA-256 proves; of two that are
// proven the one with the higher serial number counts, which is how a lost journal's half-written pages are told from
// newer ones.

import { createHash } from "node:crypto";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { type RecordKind, recordKinds, recordsOfAKind } from "./schema.ts";

const copies = ["record", "record_copy"] as const;

export class Records {
  readonly #insert: StatementSync[];
  readonly #remove: StatementSync[];
  #serial: number;

  /** `serial` is the highest number used so far. */
  constructor(db: DatabaseSync, serial: number) {
    this.#insert = copies.map((table) => db.prepare(`INSERT OR REPLACE INTO ${table} VALUES (?, ?, ?)`));
    this.#remove = copies.map((table) => db.prepare(`DELETE FROM ${table} WHERE id >= ? AND id < ?`));
    this.#serial = serial;
  }

  /** Removes all records of a kind. Within the caller's transaction. */
  removeAll(kind: RecordKind): void {
    for (const remove of this.#remove) remove.run(recordId(kind, 0), recordId(kind, recordsOfAKind));
  }

  /** Writes a record over the one of that number. Within the caller's transaction. */
  put(kind: RecordKind, number: number, document: unknown): void {
    const id = recordId(kind, number);
    const body = JSON.stringify([++this.#serial, document]);
    for (const insert of this.#insert) insert.run(id, body, digest(id, body));
  }
}

export interface FoundRecord {
  readonly number: number;
  readonly document: unknown;
}

export interface FoundRecords {
  /** By number, ascending. */
  of(kind: RecordKind): FoundRecord[];
  /** The highest serial number seen. */
  readonly serial: number;
  /** Whether a copy of some record is missing or wrong: the file is damaged, though nothing is lost. */
  readonly damaged: boolean;
}

/** All records that at least one copy proves. Throws nothing for damage. */
export function readRecords(db: DatabaseSync): FoundRecords {
  const found = new Map<number, { serial: number; document: unknown; copies: number }>();
  let serial = 0, damaged = false;
  for (const table of copies) {
    try {
      for (const { id, body, sha256 } of db.prepare(`SELECT id, body, sha256 FROM ${table} ORDER BY id`).iterate()) {
        const parsed = proven(id, body, sha256);
        if (parsed === undefined) {
          damaged = true;
          continue;
        }
        serial = Math.max(serial, parsed.serial);
        const other = found.get(parsed.id);
        if (other !== undefined && other.serial !== parsed.serial) damaged = true;
        const newer = other === undefined || other.serial < parsed.serial ? parsed : other;
        found.set(parsed.id, { ...newer, copies: (other?.copies ?? 0) + 1 });
      }
    } catch {
      damaged = true;
    }
  }
  damaged ||= [...found.values()].some((record) => record.copies !== copies.length);
  const of = (kind: RecordKind) =>
    [...found].filter(([id]) => Math.floor(id / recordsOfAKind) === recordKinds[kind]).sort(([a], [b]) => a - b)
      .map(([id, { document }]) => ({ number: id % recordsOfAKind, document }));
  return { of, serial, damaged };
}

/** Rows that may be records, of which the newest proven one of each number is kept. */
export class RecordChoice {
  readonly #best = new Map<number, { serial: number; body: string; sha256: Uint8Array }>();

  add(id: number, body: unknown, sha256: unknown): void {
    const parsed = proven(id, body, sha256);
    if (parsed === undefined || parsed.serial <= (this.#best.get(id)?.serial ?? -1)) return;
    this.#best.set(id, { serial: parsed.serial, body: body as string, sha256: sha256 as Uint8Array });
  }

  /** Into both tables. Within the caller's transaction. */
  write(db: DatabaseSync): void {
    for (const table of copies) {
      const insert = db.prepare(`INSERT INTO ${table} VALUES (?, ?, ?)`);
      for (const [id, { body, sha256 }] of this.#best) insert.run(id, body, sha256);
    }
  }
}

function recordId(kind: RecordKind, number: number): number {
  return recordKinds[kind] * recordsOfAKind + number;
}

function digest(id: number, body: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash("sha256").update(`${id}:${body}`).digest());
}

function proven(id: unknown, body: unknown, sha256: unknown) {
  if (typeof id !== "number" || typeof body !== "string" || !(sha256 instanceof Uint8Array)) return undefined;
  if (!sameBytes(digest(id, body), sha256)) return undefined;
  const [serial, document]: [number, unknown] = JSON.parse(body);
  return { id, serial, document };
}

export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
