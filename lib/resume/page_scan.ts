// Finds the rows of a store's tables without the way that leads to them: page by page, where a page that SQLite would reach
// through others may itself be whole although those are not. What is found proves itself by its SHA-256 later; nothing is
// believed here. (SQLite file format: 1.5 "B-tree Pages", 1.6 "Payload Overflow", 2.1 "Record Format".)

import { readAt } from "../media/positional_read.ts";
import { pageBytes, rowBytes } from "./schema.ts";

export type Value = null | number | string | Uint8Array;

export interface FoundRow {
  readonly id: number;
  /** All columns; the first, which is the id, is null in the file. */
  readonly values: readonly Value[];
}

/** The first byte of a page that holds rows. */
const tableLeaf = 0x0d;
const leafHeaderBytes = 8;
/** Payload that stays on the page: all of it up to `most`, else at least `least`. */
const most = pageBytes - 35;
const least = Math.floor((pageBytes - 12) * 32 / 255) - 23;
const overflowBytes = pageBytes - 4;
/** A row is one of packets at the most, or a document with a film grain table in it. */
const payloadAtMost = rowBytes + 65536;

/** Every row on every page that looks like one of rows; those that make no sense are left out. */
export function* foundRows(file: Deno.FsFile): Generator<FoundRow> {
  const pages = Math.ceil(file.statSync().size / pageBytes);
  const page = new Uint8Array(pageBytes);
  // The first page holds the schema.
  for (let number = 2; number <= pages; number++) {
    readPage(file, number, page);
    if (page[0] !== tableLeaf) continue;
    const view = new DataView(page.buffer);
    const cells = Math.min(view.getUint16(3), (pageBytes - leafHeaderBytes) / 2);
    for (let cell = 0; cell < cells; cell++) {
      const row = rowAt(file, page, view.getUint16(leafHeaderBytes + 2 * cell));
      if (row !== undefined) yield row;
    }
  }
}

function rowAt(file: Deno.FsFile, page: Uint8Array, offset: number): FoundRow | undefined {
  try {
    const cell = new Cursor(page, offset);
    const length = cell.varint(), id = cell.varint();
    if (length > payloadAtMost) return undefined;
    return { id, values: valuesOf(payload(file, page, cell.at, length)) };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** A row's bytes, those on further pages included. */
function payload(file: Deno.FsFile, page: Uint8Array, start: number, length: number): Uint8Array {
  const split = least + (length - least) % overflowBytes;
  const local = length <= most ? length : split <= most ? split : least;
  if (start + local + (local < length ? 4 : 0) > page.length) throw new RangeError("a row reaches beyond its page");
  if (local === length) return page.subarray(start, start + length);
  const bytes = new Uint8Array(length);
  bytes.set(page.subarray(start, start + local));
  let next = new DataView(page.buffer).getUint32(start + local);
  const overflow = new Uint8Array(pageBytes);
  for (let at = local; at < length; at += overflowBytes) {
    if (next === 0) throw new RangeError("a row ends early");
    readPage(file, next, overflow);
    next = new DataView(overflow.buffer).getUint32(0);
    bytes.set(overflow.subarray(4, 4 + Math.min(overflowBytes, length - at)), at);
  }
  return bytes;
}

function valuesOf(bytes: Uint8Array): Value[] {
  const header = new Cursor(bytes, 0);
  const end = header.varint();
  const values: Value[] = [];
  for (let at = end; header.at < end;) {
    const type = header.varint();
    const size = type >= 12 ? Math.floor((type - 12) / 2) : sizes[type];
    if (size === undefined || at + size > bytes.length) throw new RangeError("a value reaches beyond its row");
    values.push(valueOf(type, bytes.slice(at, at + size)));
    at += size;
  }
  return values;
}

/** Bytes of the types below 12. */
const sizes = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0];

function valueOf(type: number, bytes: Uint8Array<ArrayBuffer>): Value {
  if (type === 0) return null;
  if (type === 7) return new DataView(bytes.buffer).getFloat64(0);
  if (type >= 12) return type % 2 === 0 ? bytes : new TextDecoder().decode(bytes);
  if (type >= 8) return type - 8;
  const negative = bytes[0]! >= 0x80 ? -(2 ** (8 * bytes.length)) : 0;
  return bytes.reduce((number, byte) => number * 256 + byte, 0) + negative;
}

/** Reads numbers of variable length: seven bits a byte, the highest first, at most nine bytes. */
class Cursor {
  constructor(readonly bytes: Uint8Array, public at: number) {}

  varint(): number {
    let number = 0;
    for (let count = 0; count < 8; count++) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new RangeError("a number reaches beyond its page");
      number = number * 128 + byte % 128;
      if (byte < 128) return number;
    }
    throw new RangeError("a number is larger than any in a store");
  }
}

/** Zeros where the file ends early. */
function readPage(file: Deno.FsFile, number: number, into: Uint8Array): void {
  into.fill(0);
  readAt(file, into, (number - 1) * pageBytes);
}
