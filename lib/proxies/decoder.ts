// One child that decodes a source once and writes it in several sizes, each into a pipe of its own that is read by a thread of
// its own. All pipes are read from at once, so that no header holds the child up. Where the source is a script, a second child
// runs it and writes its frames to the first. How the children ended is judged for each stream when that has been read to its
// end, since a stream that breaks off between two frames looks whole. None of it outlives us: without readers a child's next
// write is its last.

import { sizeIfThere } from "../machine/files.ts";
import { ChildPipe } from "../../ffi/child_pipe.ts";
import type { Library } from "../../ffi/library.ts";
import type { ChildCommand } from "../pipe/child_command.ts";
import { judgeChild } from "../pipe/child_verdict.ts";
import { KeyframeBoard, otherSizeFailed } from "../pipe/keyframe_board.ts";
import { OpenedPipe } from "../pipe/open_pipe.ts";
import type { ChildStart, SharedKeyframes } from "../pipe/reader_protocol.ts";
import { WatchedChild } from "../pipe/watched_child.ts";
import { ScriptChild } from "./script_child.ts";

/** A read takes what the pipe can hold. */
const readBytes = 1024 * 1024;

export interface DecoderRequest {
  readonly library: Library;
  /**
   * What is started where the streams go to these targets ("pipe:7"), in the order of the sizes; `descriptor` is where it
   * has what `reader` writes.
   */
  command(targets: readonly string[], descriptor?: number): ChildCommand;
  /** Writes the frames, to its standard output. */
  readonly reader?: ChildCommand | undefined;
  /** Frames after which the streams end; 0 is all. */
  readonly limit?: number;
  /** What messages call the source. */
  readonly name: string;
  /** How many. */
  readonly streams: number;
  /** Frames that the source must have. */
  readonly expectFrames: number | undefined;
  /** What is found to be a keyframe in the first stream is one in all. */
  readonly firstLeads?: boolean;
}

export class Decoder implements Disposable {
  readonly command: ChildCommand;
  readonly #child: WatchedChild;
  readonly #reader: ScriptChild | undefined;
  readonly #ends: DisposableStack;
  readonly #expectFrames: number | undefined;
  readonly #streams: number;
  /** In the order of the sizes; their headers are read. */
  readonly pipes: readonly OpenedPipe[];
  /** What the child said before its first frame. */
  start: ChildStart = { clock: undefined, first: undefined };
  readonly #keyframes: KeyframeBoard | undefined;
  #lastStamp = NaN;
  #early: Float64Array[] = [];
  #times: TimesTaker | undefined;
  /** Frames of streams that were read to their end. */
  readonly #drained = new Map<number, number>();
  /** Streams of which nothing more is read, whether they have ended or not. */
  readonly #over = new Set<number>();
  #isJudged = false;
  #ended = 0;

  /** Nothing is awaited between the making of the pipes and their closing: no other child can have them, too. */
  private constructor(request: DecoderRequest) {
    const { library, name, streams } = request;
    this.#expectFrames = request.expectFrames;
    this.#streams = streams;
    this.#keyframes = request.firstLeads ? new KeyframeBoard() : undefined;
    using made = new DisposableStack();
    // First: it has none of the others' pipes.
    this.#reader = request.reader && made.use(new ScriptChild(library, request.reader, request.limit ?? 0));
    const ends = Array.from({ length: streams }, () => made.use(new ChildPipe(library)));
    const targets = ends.map(({ childDescriptor }) => `pipe:${childDescriptor}`);
    this.command = request.command(targets, this.#reader?.lend());
    this.#child = new WatchedChild(this.command, (_first, stamps) => {
      for (const stamp of stamps) if (!(stamp <= this.#lastStamp)) this.#lastStamp = stamp;
      this.#take(stamps);
    });
    this.#reader?.isLent();
    // A pipe without any writer would keep the thread waiting for one; so ours stays open that long, for no other child.
    for (const end of ends) end.keep();
    this.pipes = ends.map((end, at) =>
      new OpenedPipe(
        { path: end.readingPath, name, isFile: false, readBytes, isWatched: true },
        {
          onOpened: () => end.close(),
          onDrained: (frames) => this.#onDrained(at, frames),
          onEnd: (failure) => this.#onEnd(failure),
          onClosed: () => {
            // Where it has decided all, it has said so.
            if (at === 0) this.#keyframes?.finish("broken");
            this.#onOver(at);
          },
        },
      )
    );
    this.#ends = made.move();
  }

  /** Starts the child and waits for all headers. Throws InputError: it cannot be started, or gives no video. */
  static async open(request: DecoderRequest): Promise<Decoder> {
    const decoder = new Decoder(request);
    try {
      await Promise.all(decoder.pipes.map((pipe) => pipe.open(true)));
      const { log } = decoder.#child;
      decoder.start = { clock: log.clock, first: await log.firstFrame };
      return decoder;
    } catch (error) {
      decoder.close();
      throw error;
    }
  }

  /** What the reader of a stream is to know of the others' keyframes. */
  keyframesOf(at: number): SharedKeyframes | undefined {
    return this.#keyframes && { board: this.#keyframes.buffer, leads: at === 0 };
  }

  /** Gives time stamps of the frames, in order, in ticks of the child's clock, those that came before included. */
  listen(times: TimesTaker): void {
    this.#times = times;
    for (const stamps of this.#early.splice(0)) times.add(stamps);
  }

  /** Ends the child and its readers, if they have not ended by themselves. */
  close(): void {
    this.#child.kill();
    for (const pipe of this.pipes) pipe.close();
    this.#ends.dispose();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #take(stamps: Float64Array): void {
    if (this.#times === undefined) this.#early.push(stamps);
    else this.#times.add(stamps);
  }

  /** One stream has nothing more to come or to give; when none has, all time stamps are there that will be. */
  async #onEnd(failure: Error | undefined): Promise<void> {
    if (failure !== undefined) return this.#times?.fail(failure);
    if (++this.#ended < this.pipes.length) return;
    await this.#child.ended();
    this.#times?.end();
  }

  #onDrained(at: number, frames: number): void {
    this.#drained.set(at, frames);
    this.#onOver(at);
  }

  /** The child may not be through with a stream that is held back while others have ended: it is judged behind the last. */
  async #onOver(at: number): Promise<void> {
    this.#over.add(at);
    if (this.#over.size < this.#streams || this.#isJudged) return;
    this.#isJudged = true;
    const { log } = this.#child, end = await this.#child.ended();
    const readerFault = await this.#reader?.fault(end, Math.min(...this.#drained.values()), this.#expectFrames);
    const { num, den } = log.clock?.timeBase ?? { num: 1, den: 1 };
    const seconds = Number.isNaN(this.#lastStamp) ? undefined : (this.#lastStamp * num) / den;
    // A child that cannot write one stream any more writes none.
    const bytesNow = this.command.file && sizeIfThere(this.command.file.path);
    const isGivenUp = this.#drained.size < this.#streams;
    for (const [at, frames] of this.#drained) {
      const given = { frames, lastSeconds: seconds, expectFrames: this.#expectFrames, bytesNow };
      const { fault, note } = isGivenUp
        ? { fault: otherSizeFailed, note: undefined }
        : readerFault === undefined
        ? judgeChild(this.command, log, end, given)
        : { fault: readerFault, note: undefined };
      // The same for all sizes: said once.
      this.pipes[at]!.post({ kind: "writerEnded", verdict: { fault, note: at === 0 ? note : undefined } });
    }
  }
}

/** What time stamps become (ListedTimes). */
interface TimesTaker {
  add(stamps: Float64Array): void;
  end(): void;
  fail(reason: Error): void;
}
