// What is left when the encoder takes the whole process down: one line in a file, written by the library's signal handlers
// at that moment and at no other. It names the segment whose thread it was, so that the next run can count it as a try.
// The process dies of the signal as it would have without.

import type { Library } from "./library.ts";

/** What killed a process. */
export interface CrashMark {
  /** The segment that the thread was encoding; null where it encoded none. */
  readonly segment: number | null;
  /** The signal's number; null where the line is not whole. */
  readonly signal: number | null;
}

/** Bytes of a line (crash/mark.rs). */
const longestMark = 64;

/** A mark that is made if a fault kills this process; plain data, good in all its threads. */
export type ArmedMark = number;

/** What a thread encodes, and where a crash of it is marked. */
export interface MarkedSegment {
  readonly mark: ArmedMark;
  readonly segment: number;
}

/**
 * Has a mark made at `path` if a fault of this process kills it (SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP) on a
 * thread that encodes one of this mark's segments, or on one that encodes none. The folder must exist then. Throws
 * LibraryError where there are too many (crash.rs).
 */
export function armCrashMark(library: Library, path: string): ArmedMark {
  const bytes = new TextEncoder().encode(path);
  return library.unwrap(library.symbols.rbg_crash_arm(bytes, BigInt(bytes.length)));
}

/** The mark is not made any more. No thread may encode a segment of it. */
export function disarmCrashMark(library: Library, mark: ArmedMark): void {
  library.unwrap(library.symbols.rbg_crash_disarm(BigInt(mark)));
}

/** Says what the calling thread encodes from now on; null for nothing, which a thread must say before it ends. */
export function setCrashSegment(library: Library, encoding: MarkedSegment | null): void {
  const { mark, segment } = encoding ?? { mark: 0, segment: -1 };
  library.unwrap(library.symbols.rbg_crash_segment(BigInt(mark), BigInt(segment)));
}

/** The mark that a process left at `path`; undefined where there is none. The caller removes it. */
export function readCrashMark(path: string): CrashMark | undefined {
  const text = beginning(path);
  if (text === undefined) return undefined;
  const [, segment, signal] = /^segment (\d{1,10}|-) signal (\d{1,3})\n$/.exec(text) ?? [];
  if (segment === undefined) return { segment: null, signal: null };
  return { segment: segment === "-" ? null : Number(segment), signal: Number(signal) };
}

/** What stands in a file, but no more than decides whether it is a mark; undefined where there is none. */
function beginning(path: string): string | undefined {
  const bytes = new Uint8Array(longestMark + 1);
  let filled = 0;
  try {
    using file = Deno.openSync(path);
    for (;;) {
      const read = file.readSync(bytes.subarray(filled)) ?? 0;
      if (read === 0) break;
      filled += read;
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  return new TextDecoder().decode(bytes.subarray(0, filled));
}

/** Aborts the process inside a native call on this thread: what tests of crashes need. */
export function abortProcess(library: Library): never {
  library.symbols.rbg_abort();
  throw new Error("The process lives on after it was aborted");
}
