// The output: packets in, in frame order, and out comes a file that has its name only when it is complete, or a stream that
// is written straight. A container says which bytes; all but its head are only appended, so that what the file is by its
// content (FinalOutput) is known as it is written, before it gets its name. What a failed run leaves is said by `keep` or
// `discard`.

import type { Hash } from "node:crypto";
import type { Container, ContainerFormat, VideoDescription } from "../containers/container.ts";
import { openContainer } from "../containers/container.ts";
import { IncompleteError, UsageError } from "../errors.ts";
import { constantTimes, type FrameTimes } from "../media/frame_times.ts";
import { quotedPath } from "../media/printable.ts";
import { killPoint } from "./fault_points.ts";
import type { FinalOutput } from "./final_output.ts";
import type { PacketSink } from "./ordered_output.ts";
import { nameOfTarget, type OutputTarget, type StreamTarget, writeFault } from "./output_target.ts";
import { PartFile } from "./part_file.ts";
import type { SegmentPackets } from "./segment_encoder.ts";

type OutputFile = PartFile | Deno.FsFile | typeof Deno.stdout;

export interface OutputOptions extends VideoDescription {
  readonly format: ContainerFormat;
  /** When frames are shown; at the constant rate where absent. */
  readonly times?: FrameTimes;
}

export class Output implements PacketSink {
  readonly #target: OutputTarget;
  readonly #container: Container;
  readonly #times: FrameTimes;
  readonly #file: OutputFile;
  /** Of all that stands behind the head. */
  #content: Hash | undefined;
  #bytes = 0;
  /** What the container wrote at the end, once it did. */
  #head: Uint8Array | undefined;

  private constructor(target: OutputTarget, container: Container, times: FrameTimes, file: OutputFile) {
    this.#target = target;
    this.#container = container;
    this.#times = times;
    this.#file = file;
  }

  /** Opens the output and writes its head. Throws UsageError where that cannot be done or another run writes it. */
  static async open(target: OutputTarget, options: OutputOptions): Promise<Output> {
    let output: Output | undefined;
    try {
      const times = options.times ?? constantTimes(options.frameRate);
      const container = await openContainer(options.format, options, { isStream: target.kind === "stream", times });
      const file = target.kind === "file" ? await PartFile.open(target) : await openStream(target);
      output = new Output(target, container, times, file);
      if (target.kind === "file") output.#appendNow(container.head);
      else await output.#append(container.head);
      return output;
    } catch (error) {
      output?.discard();
      if (error instanceof UsageError || error instanceof IncompleteError) throw error;
      throw new UsageError(`Cannot write ${nameOfTarget(target)}: ${writeFault(error)}`, { cause: error });
    }
  }

  /** Bytes written, the container's own included. */
  get bytes(): number {
    return this.#bytes;
  }

  async write({ first, sizes, data }: SegmentPackets): Promise<void> {
    const seconds = this.#times.isConstant ? null : await this.#secondsOf(first, sizes.length);
    await this.#appendContent(this.#container.add({ first, sizes, data, seconds }));
  }

  /**
   * Gives the complete output its name, as the last thing it waits for; before that, when the part is whole and durable,
   * `beforeNaming` is waited for. `frames` are the packets written.
   */
  async finish(frames: number, beforeNaming: (output: FinalOutput) => Promise<void>): Promise<void> {
    if (!(this.#file instanceof PartFile)) {
      await this.#end(frames);
      if (this.#file !== Deno.stdout) this.#file.close();
      return;
    }
    const part = this.#file, { path, part: partPath } = this.#target as Extract<OutputTarget, { kind: "file" }>;
    try {
      const head = await this.#end(frames);
      await part.sync();
      killPoint("part-complete");
      const digest = (this.#content ?? await newHash()).digest("hex");
      await beforeNaming({ bytes: this.#bytes, head: head.toHex(), digest });
      killPoint("marked-final");
      part.rename();
      killPoint("renamed");
    } catch (error) {
      if (error instanceof IncompleteError) throw error;
      throw new IncompleteError(
        `Cannot complete ${quotedPath(path)}: ${writeFault(error)}; all ${frames} packets are in ` +
          `${quotedPath(partPath)}, the same command tries again`,
        { cause: error },
      );
    } finally {
      part.close();
    }
  }

  /** Removes what was written, as far as it can be. Synchronous, for use on the way out. */
  discard(): void {
    if (this.#file instanceof PartFile) this.#file.remove();
  }

  /**
   * Leaves what was written as `part`, a readable file of so many packets; gives its name for the message, undefined where
   * nothing is left.
   */
  async keep(frames: number): Promise<string | undefined> {
    if (this.#target.kind !== "file" || !(this.#file instanceof PartFile)) return undefined;
    if (frames === 0) {
      this.discard();
      return undefined;
    }
    await this.#end(frames);
    await this.#file.sync();
    const isThere = this.#file.isStillNamed;
    this.#file.close();
    if (!isThere) return undefined;
    return quotedPath(this.#target.part);
  }

  /** The container's last bytes are written, and in a file its head anew. Gives the head. */
  async #end(frames: number): Promise<Uint8Array> {
    if (this.#head !== undefined) return this.#head;
    const { tail, head } = this.#container.end(frames);
    await this.#appendContent(tail);
    if (this.#file instanceof PartFile) await this.#file.rewriteStart(head);
    return this.#head = head;
  }

  async #secondsOf(first: number, frames: number): Promise<number[]> {
    const times = await Promise.all(Array.from({ length: frames }, (_, n) => this.#times.of(first + n)));
    const seconds = times.map(({ seconds }) => seconds), last = times.at(-1);
    if (last !== undefined) seconds.push(last.seconds + last.duration);
    return seconds;
  }

  async #appendContent(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (bytes.length === 0) return;
    if (this.#file instanceof PartFile) (this.#content ??= await newHash()).update(bytes);
    await this.#append(bytes);
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
      `Cannot write ${nameOfTarget(this.#target)}: ${writeFault(error)} after ${this.#bytes} bytes, ` +
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

/** Opening a pipe waits for its reader. */
async function openStream({ path }: StreamTarget): Promise<Deno.FsFile | typeof Deno.stdout> {
  return path === null ? Deno.stdout : await Deno.open(path, { write: true });
}
