// The thread that owns the temporary file: packs are written to it from the arena and read back. The file never has a name
// where the system can make such files (O_TMPFILE of open(2), Linux on most file systems); elsewhere it has one for the moment
// between its making and its opening's end. When the process is gone, however, so is the file.

import { closeSync, constants, openSync } from "node:fs";
import { systemReason } from "../cli/system_reason.ts";
import type { Piece } from "./pack_arena.ts";

export interface SpillSetup {
  readonly folder: string;
  readonly arena: SharedArrayBuffer;
}

export type SpillInput =
  | { kind: "setup"; setup: SpillSetup }
  | { kind: "write"; id: number; from: Piece; to: Piece }
  | { kind: "read"; id: number; from: Piece; to: Piece };

export type SpillReport =
  | { kind: "opened" }
  | { kind: "refused"; reason: string }
  /** `reason` where it failed. */
  | { kind: "written" | "loaded"; id: number; reason: string | null };

interface SpillScope {
  onmessage: ((event: MessageEvent<SpillInput>) => void) | null;
  postMessage(report: SpillReport): void;
}

const scope = self as unknown as SpillScope;
let arena: SharedArrayBuffer;
let file: Deno.FsFile;

scope.onmessage = ({ data }) => {
  if (data.kind === "setup") return open(data.setup);
  const reason = data.kind === "write"
    ? attempt(() => write(data.from, data.to))
    : attempt(() => read(data.from, data.to));
  scope.postMessage({ kind: data.kind === "write" ? "written" : "loaded", id: data.id, reason });
};

function open({ folder, arena: memory }: SpillSetup): void {
  arena = memory;
  const reason = attempt(() => {
    file = openNameless(folder) ?? openNamed(folder);
  });
  scope.postMessage(reason === null ? { kind: "opened" } : { kind: "refused", reason });
}

/** Undefined where the system or the file system has no such files; what is wrong with the folder `openNamed` says. */
function openNameless(folder: string): Deno.FsFile | undefined {
  if (Deno.build.os !== "linux") return undefined;
  // __O_TMPFILE of asm-generic/fcntl.h: the same number on all that Deno runs on.
  const flags = 0o20000000 | constants.O_DIRECTORY | constants.O_RDWR;
  try {
    const number = openSync(folder, flags, 0o600);
    try {
      return Deno.openSync(`/proc/self/fd/${number}`, { read: true, write: true });
    } finally {
      closeSync(number);
    }
  } catch {
    return undefined;
  }
}

function openNamed(folder: string): Deno.FsFile {
  const path = `${folder}/.rav1e-by-gop-input-${crypto.randomUUID()}`;
  const named = Deno.openSync(path, { createNew: true, read: true, write: true, mode: 0o600 });
  Deno.removeSync(path);
  return named;
}

/** Null, or why it failed. */
function attempt(what: () => void): string | null {
  try {
    what();
    return null;
  } catch (error) {
    return systemReason(error);
  }
}

function write(from: Piece, to: Piece): void {
  file.seekSync(to.offset, Deno.SeekMode.Start);
  const bytes = piece(from, to.bytes);
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}

function read(from: Piece, to: Piece): void {
  file.seekSync(from.offset, Deno.SeekMode.Start);
  const bytes = piece(to, from.bytes);
  for (let at = 0; at < bytes.length;) {
    const count = file.readSync(bytes.subarray(at));
    if (count === null) throw new Error(`it ends ${bytes.length - at} bytes early`);
    at += count;
  }
}

/** Deno's calls take shared memory, though their types do not say so. */
function piece({ offset }: Piece, bytes: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(arena, offset, bytes) as Uint8Array<ArrayBufferLike> as Uint8Array<ArrayBuffer>;
}
