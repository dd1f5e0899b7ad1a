// A file that has its name only when it is complete: written as `part` beside its place, locked against a second run, made
// durable, then renamed. What is in it is for others to know. A process that is killed leaves a `part`, which the next run
// writes over; a name that leads elsewhere by now (moved, removed, replaced) is neither renamed nor removed.

import { dirname } from "node:path";
import { IncompleteError, UsageError } from "../errors.ts";
import { isStillNamed, removeIfThere, syncFolder } from "../machine/files.ts";
import { readAt, writeAt } from "../media/positional_read.ts";
import { quotedPath } from "../media/printable.ts";
import { killPoint } from "./fault_points.ts";
import type { FileTarget } from "./output_target.ts";

/** A lock that is still held after this is another encode's. */
const lockRetryMs = 50;
/** Read and written at a time where content is moved. */
const moveBytes = 4 * 1024 * 1024;

export class PartFile {
  readonly #target: FileTarget;
  readonly #file: Deno.FsFile;

  private constructor(target: FileTarget, file: Deno.FsFile) {
    this.#target = target;
    this.#file = file;
  }

  /**
   * The locked, empty part. Throws UsageError where another run writes it, and what the system reports. It is created
   * without an await: whoever has called has the file before a signal can come between.
   */
  static async open(target: FileTarget): Promise<PartFile> {
    const { path, part } = target;
    const file = Deno.openSync(part, { read: true, write: true, create: true });
    const refuse = (why: string) => {
      file.close();
      return new UsageError(`Cannot write ${quotedPath(path)}: ${why}`);
    };
    if (!await isLocked(file)) throw refuse("another encode is writing it");
    // The other run may have ended between our opening and our locking: then this file is its finished output by now, or
    // removed, and not ours to write to. Not truncated before it is known to be ours alone.
    if (!isStillNamed(file, part)) throw refuse("another encode has just ended there; try again");
    file.truncateSync();
    return new PartFile(target, file);
  }

  write(bytes: Uint8Array): Promise<number> {
    return this.#file.write(bytes);
  }

  writeSync(bytes: Uint8Array): number {
    return this.#file.writeSync(bytes);
  }

  /** Writes its first bytes anew. Nothing is appended after that. */
  async rewriteStart(bytes: Uint8Array): Promise<void> {
    await writeAt(this.#file, bytes, 0);
  }

  /** Everything from byte `from` on is so many bytes farther on afterwards. Throws what the system reports. */
  async moveOn(from: number, by: number): Promise<void> {
    const chunk = new Uint8Array(moveBytes);
    // The last bytes first: none is written over before it was read.
    for (let end = (await this.#file.stat()).size, at; end > from; end = at) {
      at = Math.max(from, end - chunk.length);
      const piece = chunk.subarray(0, end - at), read = readAt(this.#file, piece, at);
      if (read < piece.length) throw new Error(`it was cut to ${at + read} bytes meanwhile`);
      await writeAt(this.#file, piece, at + by);
      killPoint("content-moving");
    }
  }

  /** Resolves when it is on the disk. */
  sync(): Promise<void> {
    return this.#file.sync();
  }

  get isStillNamed(): boolean {
    return isStillNamed(this.#file, this.#target.part);
  }

  /**
   * Gives the output its name: the part, or a file that was made of it and lies beside it; then the part is removed. Throws
   * IncompleteError where the name leads elsewhere by now: the rename would give the output's name to somebody else's file.
   */
  rename(made?: string): void {
    const { path, part } = this.#target;
    if (!this.isStillNamed) {
      throw new IncompleteError(
        `Cannot complete ${quotedPath(path)}: ${quotedPath(part)}, which it was written to, was moved, removed or ` +
          "replaced meanwhile; leave it alone and encode again",
      );
    }
    Deno.renameSync(made ?? part, path);
    if (made !== undefined) removeIfThere(part);
    syncFolder(dirname(path));
  }

  /** Removes what was written, as far as it can be, and closes it. Twice does no harm. */
  remove(): void {
    try {
      // What has taken its place may be another run's.
      if (this.isStillNamed) Deno.removeSync(this.#target.part);
      this.#file.close();
    } catch {
      // It is closed or cannot be removed: nothing better can be done, and the next run writes over it.
    }
  }

  close(): void {
    this.#file.close();
  }
}

/** Takes the lock. Who only looks whether it is taken (the status command) has it for a moment. */
async function isLocked(file: Deno.FsFile): Promise<boolean> {
  if (file.tryLockSync(true)) return true;
  await new Promise((resolve) => setTimeout(resolve, lockRetryMs));
  return file.tryLockSync(true);
}
