// The output: an IVF file that has its name only when it is complete, or a stream that is written straight. A file is
// written as `part` beside its place, locked against a second run, made durable, then renamed. What a failed run leaves is
// said by `keep` or `discard`; a process that is killed leaves a `part`, which the next run writes over. What the file
// is by its content (FinalOutput) is known before it gets its name, so that it can be known again.

import type { Hash } from "node:crypto";
import { dirname } from "node:path";
import { IncompleteError, UsageError } from "../errors.ts";
import { killPoint } from "./fault_points.ts";
import { ivfFrameCountOffset, ivfHeader, ivfPacketHeader, ivfPacketHeaderBytes } from "../media/ivf.ts";
import { isStillNamed, syncFolder } from "../machine/files.ts";
import { printable, quotedPath } from "../media/printable.ts";
import type { Ratio } from "../media/video_format.ts";
import type { PacketSink } from "./ordered_output.ts";
import type { SegmentPackets } from "./segment_encoder.ts";

/** A lock that is still held after this is another encode's. */
const lockRetryMs = 50;

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
  /** Frames that are expected; null where nobody knows yet. */
  readonly frames: number | null;
}

/** A complete output by its content. */
export interface FinalOutput {
  readonly bytes: number;
  /** Its first 32 bytes, in hexadecimal: the header, which is the last thing to be written. */
  readonly head: string;
  /** SHA-256 of all that follows, in hexadecimal. */
  readonly digest: string;
}

export class Output implements PacketSink {
  readonly #target: OutputTarget;
  readonly #header: OutputHeader;
  readonly #file: Deno.FsFile | typeof Deno.stdout;
  #content: Hash | undefined;
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
      // A file is created without an await: whoever has called has the Output before a signal can come between.
      const file = target.kind === "file" ? await openPart(target) : await openStream(target);
      output = new Output(target, header, file);
      const start = ivfHeader(header.width, header.height, header.frameRate, header.frames ?? 0);
      if (target.kind === "file") output.#appendNow(start);
      else await output.#append(start);
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

  async write({ first, sizes, data }: SegmentPackets): Promise<void> {
    const bytes = new Uint8Array(data.length + sizes.length * ivfPacketHeaderBytes);
    let from = 0, to = 0;
    for (const [number, size] of sizes.entries()) {
      bytes.set(ivfPacketHeader(size, first + number), to);
      to += ivfPacketHeaderBytes;
      bytes.set(data.subarray(from, from + size), to);
      from += size;
      to += size;
    }
    if (this.#target.kind === "file") (this.#content ??= await newHash()).update(bytes);
    await this.#append(bytes);
  }

  /**
   * Gives the complete output its name, as the last thing it waits for; before that, when the part is whole and durable,
   * `beforeNaming` is waited for. `frames` are the packets written.
   */
  async finish(frames: number, beforeNaming: (output: FinalOutput) => Promise<void>): Promise<void> {
    if (this.#target.kind === "stream") {
      if (this.#target.path !== null) this.#file.close();
      return;
    }
    const { path, part } = this.#target;
    const file = this.#file as Deno.FsFile;
    try {
      if (frames !== this.#header.frames) await patchFrameCount(file, frames);
      await file.sync();
      killPoint("part-complete");
      const head = ivfHeader(this.#header.width, this.#header.height, this.#header.frameRate, frames);
      const digest = (this.#content ?? await newHash()).digest("hex");
      await beforeNaming({ bytes: this.#bytes, head: head.toHex(), digest });
      killPoint("marked-final");
      // Without it the rename would give the output's name to somebody else's file.
      if (!isStillNamed(file, part)) throw goneMeanwhile(this.#target);
      Deno.renameSync(part, path);
      syncFolder(dirname(path));
      killPoint("renamed");
    } catch (error) {
      if (error instanceof IncompleteError) throw error;
      throw new IncompleteError(
        `Cannot complete ${quotedPath(path)}: ${reason(error)}; all ${frames} packets are in ${
          quotedPath(part)
        }, the same ` +
          "command tries again",
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
      // What has taken its place may be another run's.
      if (isStillNamed(this.#file as Deno.FsFile, this.#target.part)) Deno.removeSync(this.#target.part);
      this.#file.close();
    } catch {
      // It is closed or cannot be removed: nothing better can be done, and the next run writes over it.
    }
  }

  /**
   * Leaves what was written as `part`, a readable file of so many packets; gives its name for the message, undefined where
   * nothing is left.
   */
  async keep(frames: number): Promise<string | undefined> {
    if (this.#target.kind !== "file") return undefined;
    if (frames === 0) {
      this.discard();
      return undefined;
    }
    const file = this.#file as Deno.FsFile;
    await patchFrameCount(file, frames);
    await file.sync();
    const isThere = isStillNamed(file, this.#target.part);
    file.close();
    if (!isThere) return undefined;
    return quotedPath(this.#target.part);
  }

  async #append(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;) at += await this.#file.write(bytes.subarray(at));
    } catch (error) {
      throw this.#cannotAppend(bytes, error);
    }
    this.#bytes += bytes.length;
  }

  #appendNow(bytes: Uint8Array): void {
    try {
      for (let at = 0; at < bytes.length;) at += this.#file.writeSync(bytes.subarray(at));
    } catch (error) {
      throw this.#cannotAppend(bytes, error);
    }
    this.#bytes += bytes.length;
  }

  #cannotAppend(bytes: Uint8Array, error: unknown): IncompleteError {
    return new IncompleteError(
      `Cannot write ${nameOf(this.#target)}: ${reason(error)} after ${this.#bytes} bytes, ` +
        `with ${bytes.length} more at hand`,
      { cause: error },
    );
  }
}

/** Loaded when it is wanted: it takes a while. */
async function newHash(): Promise<Hash> {
  const { createHash } = await import("node:crypto");
  return createHash("sha256");
}

type Target<Kind> = Extract<OutputTarget, { kind: Kind }>;

/** Opening a pipe waits for its reader. */
async function openStream({ path }: Target<"stream">): Promise<Deno.FsFile | typeof Deno.stdout> {
  return path === null ? Deno.stdout : await Deno.open(path, { write: true });
}

/** The locked, empty `part`. Not truncated before it is known to be ours alone. */
async function openPart({ path, part }: Target<"file">): Promise<Deno.FsFile> {
  const file = Deno.openSync(part, { read: true, write: true, create: true });
  const refuse = (why: string) => {
    file.close();
    return new UsageError(`Cannot write ${quotedPath(path)}: ${why}`);
  };
  if (!await isLocked(file)) throw refuse("another encode is writing it");
  // The other run may have ended between our opening and our locking: then this file is its finished output by now, or
  // removed, and not ours to write to.
  if (!isStillNamed(file, part)) throw refuse("another encode has just ended there; try again");
  file.truncateSync();
  return file;
}

/** Takes the lock. Who only looks whether it is taken (the status command) has it for a moment. */
async function isLocked(file: Deno.FsFile): Promise<boolean> {
  if (file.tryLockSync(true)) return true;
  await new Promise((resolve) => setTimeout(resolve, lockRetryMs));
  return file.tryLockSync(true);
}

/** The name leads elsewhere by now: the folder was moved or removed, or the file was, or another has taken its name. */
function goneMeanwhile({ path, part }: Target<"file">): IncompleteError {
  return new IncompleteError(
    `Cannot complete ${quotedPath(path)}: ${
      quotedPath(part)
    }, which it was written to, was moved, removed or replaced ` +
      "meanwhile; leave it alone and encode again",
  );
}

async function patchFrameCount(file: Deno.FsFile, frames: number): Promise<void> {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, frames, true);
  await file.seek(ivfFrameCountOffset, Deno.SeekMode.Start);
  await file.write(bytes);
}

function nameOf(target: OutputTarget): string {
  return target.kind === "file" ? quotedPath(target.path) : target.name;
}

function reason(error: unknown): string {
  if (error instanceof Deno.errors.BrokenPipe) return "its reader has gone";
  const text = printable(error instanceof Error ? error.message : String(error));
  return /ENOSPC|no space left/i.test(text) ? "no space is left on the disk" : text;
}
