// A file's content, told from another's without reading all of it: its size, and SHA-256 of its head, its tail and samples
// between. Time and path are kept to inform: a moved or copied file is the same input, and a changed time alone is a
// reason to look at the frames, not to refuse. Small files are read whole.

import { InputError } from "../errors.ts";
import { printable, quotedPath } from "../media/printable.ts";
import { readAt } from "../media/positional_read.ts";

export interface Fingerprint {
  readonly size: number;
  /** SHA-256 of the pieces read, in hexadecimal. */
  readonly content: string;
  /** Milliseconds since 1970; null where the file system has none. */
  readonly modified: number | null;
  readonly path: string;
}

/** 256 KiB at each end and 32 pieces of 64 KiB between, at equal distances: 2.5 MiB of a film of any length. */
const endBytes = 256 * 1024;
const pieces = 32;
const pieceBytes = 64 * 1024;

/** Reads a regular file's fingerprint. Throws InputError. */
export async function fingerprintFile(path: string): Promise<Fingerprint> {
  try {
    using file = Deno.openSync(path);
    const { size, mtime } = file.statSync();
    const ranges = piecesOf(size);
    const bytes = new Uint8Array(ranges.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const { offset, length } of ranges) {
      const count = readAt(file, bytes.subarray(at, at + length), offset);
      if (count < length) throw new Error(`it ends ${length - count} bytes early; it is being changed`);
      at += length;
    }
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return { size, content: hash.toHex(), modified: mtime?.getTime() ?? null, path: Deno.realPathSync(path) };
  } catch (error) {
    const why = printable(error instanceof Error ? error.message : String(error));
    throw new InputError(`Cannot read ${quotedPath(path)}: ${why}`, { cause: error });
  }
}

export function sameContent(one: Fingerprint, other: Fingerprint): boolean {
  return one.size === other.size && one.content === other.content;
}

/** What is read of a file of so many bytes, in order, nothing twice. */
export function piecesOf(size: number): { offset: number; length: number }[] {
  const between = size - 2 * endBytes;
  if (between <= pieces * pieceBytes) return [{ offset: 0, length: size }];
  const step = (between - pieceBytes) / (pieces - 1);
  return [
    { offset: 0, length: endBytes },
    ...Array.from({ length: pieces }, (_, piece) => ({
      offset: endBytes + Math.floor(piece * step),
      length: pieceBytes,
    })),
    { offset: size - endBytes, length: endBytes },
  ];
}
