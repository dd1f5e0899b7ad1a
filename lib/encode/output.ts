// The output: an IVF file that has its name only when it is complete, or a stream that is written straight. A file is
// written as `part` beside its place, locked against a second run, made durable, then renamed. What a failed run leaves is
// said by `keep` or `discard`; a process that is killed leaves a `part`, which the next run writes over.

import { closeSync, fsyncSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { IncompleteError, UsageError } from "../errors.ts";
import { ivfFrameCountOffset, ivfHeader, ivfPacketHeader, ivfPacketHeaderBytes } from "../media/ivf.ts";
import { printable, quotedPath } from "../media/printable.ts";
import type { Ratio } from "../media/video_format.ts";
import type { PacketSink } from "./ordered_output.ts";
import type { SegmentPackets } from "./segment_encoder.ts";

export type OutputTarget =
  /**
   * `path` is the file's place at the end, with symbolic links resolved, so that the rename replaces the file and not a
   * link to it; `part` is where it is written.
   */
  | { readonly kind: "file"; readonly path: string; readonly part: string }
  /** `path` is opened for writing; null is standard output. `name` is for messages. */
  | { readonly kind: "stream"; readonly path: string | null; readonly name: string };

export interface OutputHeader {
  readonly width: number;
  readonly height: number;
  /** Frames a second: rav1e's time base upside down. */
  readonly frameRate: Ratio;
  /** Frames that are expected. */
  readonly frames: number;
}

export class Output implements PacketSink {
  readonly #target: OutputTarget;
  readonly #header: OutputHeader;
  readonly #file: Deno.FsFile | typeof Deno.stdout;
  #bytes = 0;

  private constructor(target: OutputTarget, header: OutputHeader, file: Deno.FsFile | typeof Deno.stdout) {
    this.#target = target;
    this.#header = header;
    this.#file = file;
  }

  /** Opens the output and writes its header. Throws UsageError where that cannot be done or another run writes it. */
  static async open(target: OutputTarget, header: OutputHeader): Promise<Output> {
    let output: Output | undefined;
    try {
      output = new Output(target, header, await openTarget(target));
      await output.#append(ivfHeader(header.width, header.height, header.frameRate, header.frames));
      return output;
    } catch (error) {
      output?.discard();
      if (error instanceof UsageError || error instanceof IncompleteError) throw error;
      throw new UsageError(`Cannot write ${nameOf(target)}: ${reason(error)}`, { cause: error });
    }
  }

  /** Bytes written, the container's own included. */
  get bytes(): number {
    return this.#bytes;
  }

  async write(first: number, packets: SegmentPackets): Promise<void> {
    const { sizes, data } = packets;
    const bytes = new Uint8Array(data.length + sizes.length * ivfPacketHeaderBytes);
    let from = 0, to = 0;
    for (const [number, size] of sizes.entries()) {
      bytes.set(ivfPacketHeader(size, first + number), to);
      to += ivfPacketHeaderBytes;
      bytes.set(data.subarray(from, from + size), to);
      from += size;
      to += size;
    }
    await this.#append(bytes);
  }

  /** Gives the complete output its name. `frames` are the packets written. */
  async finish(frames: number): Promise<void> {
    if (this.#target.kind === "stream") {
      if (this.#target.path !== null) this.#file.close();
      return;
    }
    const { path, part } = this.#target;
    const file = this.#file as Deno.FsFile;
    try {
      if (frames !== this.#header.frames) await patchFrameCount(file, frames);
      await file.sync();
      await Deno.rename(part, path);
      syncFolder(dirname(path));
    } catch (error) {
      throw new IncompleteError(
        `Cannot complete ${quotedPath(path)}: ${reason(error)}; all ${frames} packets are in ${quotedPath(part)}`,
        { cause: error },
      );
    } finally {
      file.close();
    }
  }

  /** Removes what was written, as far as it can be. Synchronous, for use on the way out. */
  discard(): void {
    if (this.#target.kind !== "file") return;
    try {
      Deno.removeSync(this.#target.part);
      this.#file.close();
    } catch {
      // It is gone or cannot be removed: nothing better can be done, and the next run writes over it.
    }
  }

  /** Leaves what was written as `part`, a readable file of so many packets; gives its name for the message. */
  async keep(frames: number): Promise<string | undefined> {
    if (this.#target.kind !== "file") return undefined;
    const file = this.#file as Deno.FsFile;
    await patchFrameCount(file, frames);
    await file.sync();
    file.close();
    return quotedPath(this.#target.part);
  }

  async #append(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;) at += await this.#file.write(bytes.subarray(at));
    } catch (error) {
      throw new IncompleteError(
        `Cannot write ${nameOf(this.#target)}: ${reason(error)} after ${this.#bytes} bytes, ` +
          `with ${bytes.length} more at hand`,
        { cause: error },
      );
    }
    this.#bytes += bytes.length;
  }
}

async function openTarget(target: OutputTarget): Promise<Deno.FsFile | typeof Deno.stdout> {
  if (target.kind === "stream") {
    return target.path === null ? Deno.stdout : await Deno.open(target.path, { write: true });
  }
  // Not truncated before it is known to be ours alone.
  const file = await Deno.open(target.part, { read: true, write: true, create: true });
  if (!await file.tryLock(true)) {
    file.close();
    throw new UsageError(`Cannot write ${quotedPath(target.path)}: another encode is writing it`);
  }
  // The other run may have ended between our opening and our locking: then this file is its finished output by now, or
  // removed, and not ours to write to.
  if (!await isStill(file, target.part)) {
    file.close();
    throw new UsageError(`Cannot write ${quotedPath(target.path)}: another encode has just ended there; try again`);
  }
  await file.truncate();
  return file;
}

/** Whether `path` still names the open file. */
async function isStill(file: Deno.FsFile, path: string): Promise<boolean> {
  try {
    const [named, held] = [await Deno.stat(path), await file.stat()];
    return named.ino === held.ino && named.dev === held.dev;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function patchFrameCount(file: Deno.FsFile, frames: number): Promise<void> {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, frames, true);
  await file.seek(ivfFrameCountOffset, Deno.SeekMode.Start);
  await file.write(bytes);
}

/** A rename lasts when the folder's own entry is on the disk. Some file systems refuse that: then it is theirs to keep. */
function syncFolder(folder: string): void {
  try {
    const descriptor = openSync(folder, "r");
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // See above.
  }
}

function nameOf(target: OutputTarget): string {
  return target.kind === "file" ? quotedPath(target.path) : target.name;
}

function reason(error: unknown): string {
  if (error instanceof Deno.errors.BrokenPipe) return "its reader has gone";
  const text = printable(error instanceof Error ? error.message : String(error));
  return /ENOSPC|no space left/i.test(text) ? "no space is left on the disk" : text;
}
