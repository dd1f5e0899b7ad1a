// The output: packets in, in frame order, and out comes a file that has its name only when it is complete, or a stream that
// is written straight. A container says which bytes; all but its head are only appended, and moved on at the end where the
// head has become longer, so that what the file is by its content (FinalOutput) is known as it is written, before it gets
// its name. What a failed run leaves is said by `keep` or `discard`.

import type { Hash } from "node:crypto";
import type { Container, ContainerFormat, VideoDescription } from "../containers/container.ts";
import { openContainer } from "../containers/open_container.ts";
import { IncompleteError, UsageError } from "../errors.ts";
import { isThere } from "../machine/files.ts";
import { constantTimes, type FrameTimes } from "../media/frame_times.ts";
import { quotedPath } from "../media/printable.ts";
import { killPoint } from "./fault_points.ts";
import type { FinalOutput } from "./final_output.ts";
import type { PacketSink } from "./ordered_output.ts";
import { hasComeUp, joinedName, nameOfTarget, type OutputTarget, writeFault } from "./output_target.ts";
import type { JoinedStream } from "../streams/joined_stream.ts";
import type { StreamJoiner } from "../streams/join_streams.ts";
import { openStream, type Stream, writableOf } from "./output_stream.ts";
import { PartFile } from "./part_file.ts";
import type { SegmentPackets } from "./segment_encoder.ts";

export interface OutputOptions extends VideoDescription {
  readonly format: ContainerFormat;
  /** When frames are shown; at the constant rate where absent. */
  readonly times?: FrameTimes;
  /** Adds what else the source has to the complete file; the video is alone where absent. */
  readonly joiner?: StreamJoiner;
}

/** What is done with the complete file before it gets its name. */
export interface Naming {
  /** What the file is by its content, head and all. */
  digest(path: string): Promise<FinalOutput>;
  /** It is waited for. */
  mark(output: FinalOutput): Promise<void>;
  /** A file that has the name by now. */
  readonly mayReplace: boolean;
}

export class Output implements PacketSink {
  readonly #target: OutputTarget;
  readonly #container: Container;
  /** undefined where the container knows all by the frames' numbers. */
  readonly #times: FrameTimes | undefined;
  readonly #options: OutputOptions;
  /** Where bytes go. */
  readonly #file: PartFile | JoinedStream | Stream;
  /** Where they go at last, of a stream. */
  readonly #stream: Stream | undefined;
  /** The same as `#file` where ffmpeg adds other streams on the way. */
  readonly #joined: JoinedStream | undefined;
  /** Of all that stands behind the head. */
  #content: Hash | undefined;
  #bytes = 0;
  /** What the container wrote at the end, once it did. */
  #head: Uint8Array | undefined;

  private constructor(
    target: OutputTarget,
    options: OutputOptions,
    container: Container,
    file: PartFile | Stream,
    joined?: JoinedStream,
  ) {
    this.#stream = file instanceof PartFile ? undefined : file;
    this.#joined = joined;
    this.#target = target;
    this.#options = options;
    this.#container = container;
    this.#times = container.needsTimes ? options.times ?? constantTimes(options.frameRate) : undefined;
    this.#file = joined ?? file;
  }

  /** Opens the output and writes its head. Throws UsageError where that cannot be done or another run writes it. */
  static async open(target: OutputTarget, options: OutputOptions): Promise<Output> {
    let output: Output | undefined;
    try {
      const times = options.times ?? constantTimes(options.frameRate);
      const isStream = target.kind === "stream", isPassedOn = !isStream && options.joiner !== undefined;
      const container = await openContainer(options.format, options, { isStream, times, isPassedOn });
      if (target.kind === "file") {
        const part = await PartFile.open(target);
        output = new Output(target, options, container, part);
        output.#appendNow(part, container.head);
      } else {
        const stream = await openStream(target);
        const joined = options.joiner?.stream(writableOf(stream), container.head);
        output = new Output(target, options, container, stream, joined);
        if (joined === undefined) await output.#append(container.head);
      }
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
    const seconds = this.#times === undefined ? [] : await secondsOf(this.#times, first, sizes.length);
    await this.#appendContent(this.#container.add({ first, sizes, data, seconds }));
  }

  /**
   * Gives the complete output its name, as the last thing it waits for; before that, when the file is whole and durable,
   * `naming` is told. `frames` are the packets written.
   */
  async finish(frames: number, naming: Naming): Promise<void> {
    if (!(this.#file instanceof PartFile) || this.#target.kind !== "file") {
      await this.#end(frames);
      if (this.#joined !== undefined) await this.#endJoined(this.#joined, frames);
      if (this.#stream !== Deno.stdout) this.#stream?.close();
      return;
    }
    const file = this.#file, { path, part } = this.#target, { joiner } = this.#options;
    try {
      const head = await this.#end(frames);
      await file.sync();
      killPoint("part-complete");
      const content = (this.#content ?? await newHash()).update(head);
      let final = { bytes: this.#bytes, headBytes: head.length, digest: content.digest("hex") };
      const made = joiner === undefined ? undefined : joinedName(this.#target);
      if (made !== undefined) {
        await joiner!.join(part, made, frames);
        killPoint("streams-joined");
        final = await naming.digest(made);
        this.#bytes = final.bytes;
      }
      if (!naming.mayReplace && isThere(path)) {
        throw new IncompleteError(`Cannot complete ${quotedPath(path)}: ${hasComeUp}; move it away or add -y`);
      }
      await naming.mark(final);
      killPoint("marked-final");
      file.rename(made);
      killPoint("renamed");
    } catch (error) {
      if (error instanceof IncompleteError) throw error;
      throw new IncompleteError(
        `Cannot complete ${quotedPath(path)}: ${writeFault(error)}; all ${frames} packets are in ` +
          `${quotedPath(part)}, the same command tries again`,
        { cause: error },
      );
    } finally {
      file.close();
    }
  }

  /** Removes what was written, as far as it can be. Synchronous, for use on the way out. */
  discard(): void {
    this.#options.joiner?.discard();
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
    const { length } = this.#container.head, { tail, head } = this.#container.end(frames);
    await this.#appendContent(tail);
    if (this.#file instanceof PartFile) {
      if (head.length > length) await this.#moveContent(this.#file, length, head.length - length);
      await this.#file.rewriteStart(head);
    }
    return this.#head = head;
  }

  async #moveContent(file: PartFile, from: number, by: number): Promise<void> {
    try {
      await file.moveOn(from, by);
    } catch (error) {
      throw this.#cannotWrite(by, error);
    }
    this.#bytes += by;
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
      throw this.#cannotWrite(bytes.length, error);
    }
    this.#bytes += bytes.length;
  }

  #appendNow(file: PartFile, bytes: Uint8Array): void {
    try {
      for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
    } catch (error) {
      throw this.#cannotWrite(bytes.length, error);
    }
    this.#bytes += bytes.length;
  }

  async #endJoined(joined: JoinedStream, frames: number): Promise<void> {
    try {
      await joined.end(frames);
    } catch (error) {
      throw this.#cannotWrite(0, error);
    }
    this.#bytes = joined.bytes;
  }

  /** `bytes`: how many more there were. */
  #cannotWrite(bytes: number, error: unknown): IncompleteError {
    if (error instanceof IncompleteError) return error;
    return new IncompleteError(
      `Cannot write ${nameOfTarget(this.#target)}: ${writeFault(error)} after ${this.#bytes} bytes, ` +
        `with ${bytes} more at hand`,
      { cause: error },
    );
  }
}

async function secondsOf(times: FrameTimes, first: number, frames: number): Promise<number[]> {
  const known = await Promise.all(Array.from({ length: frames }, (_, n) => times.of(first + n)));
  const seconds = known.map(({ seconds }) => seconds), last = known.at(-1);
  if (last !== undefined) seconds.push(last.seconds + last.duration);
  return seconds;
}

/** Loaded when it is wanted: it takes a while. */
async function newHash(): Promise<Hash> {
  const { createHash } = await import("node:crypto");
  return createHash("sha256");
}
