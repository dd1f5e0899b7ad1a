// One child that decodes a source once and writes it in several sizes, each into a pipe of its own that is read by a thread of
// its own. All pipes are read from at once, so that no header holds the child up. How the child ended is judged for each stream
// when that has been read to its end, since a stream that breaks off between two frames looks whole. None of it outlives us:
// without readers the child's next write is its last.

import { ChildPipe } from "../../ffi/child_pipe.ts";
import type { Library } from "../../ffi/library.ts";
import type { ChildCommand } from "../pipe/child_command.ts";
import { judgeChild } from "../pipe/child_verdict.ts";
import { OpenedPipe } from "../pipe/open_pipe.ts";
import { WatchedChild } from "../pipe/watched_child.ts";

/** A read takes what the pipe can hold. */
const readBytes = 1024 * 1024;

export interface DecoderRequest {
  readonly library: Library;
  /** What is started where the streams go to these targets ("pipe:7"), in the order of the sizes. */
  command(targets: readonly string[]): ChildCommand;
  /** What messages call the source. */
  readonly name: string;
  /** One for each stream: "50 %". */
  readonly sizes: readonly string[];
  /** Time stamps of frames from `first` on, in ticks of the child's clock (its log), as they come. */
  onStamps?(first: number, stamps: Float64Array): void;
}

export class Decoder implements Disposable {
  readonly #command: ChildCommand;
  readonly #child: WatchedChild;
  readonly #ends: DisposableStack;
  /** In the order of the sizes; their headers are read. */
  readonly pipes: readonly OpenedPipe[];
  #lastStamp = NaN;
  #ended: ReturnType<WatchedChild["ended"]> | undefined;

  /** Nothing is awaited between the making of the pipes and their closing: no other child can have them, too. */
  private constructor({ library, command, name, sizes, onStamps }: DecoderRequest) {
    using made = new DisposableStack();
    const ends = sizes.map(() => made.use(new ChildPipe(library)));
    this.#command = command(ends.map(({ childDescriptor }) => `pipe:${childDescriptor}`));
    this.#child = new WatchedChild(this.#command, (first, stamps) => {
      for (const stamp of stamps) if (!(stamp <= this.#lastStamp)) this.#lastStamp = stamp;
      onStamps?.(first, stamps);
    });
    // A pipe without any writer would keep the thread waiting for one; so ours stays open that long, for no other child.
    for (const end of ends) end.keep();
    this.pipes = ends.map((end, at) =>
      new OpenedPipe(
        { path: end.readingPath, name: `${name} at ${sizes[at]}`, isFile: false, readBytes, isWatched: true },
        { onOpened: () => end.close(), onDrained: (frames) => this.#judge(at, frames) },
      )
    );
    this.#ends = made.move();
  }

  /** Starts the child and waits for all headers. Throws InputError: it cannot be started, or gives no video. */
  static async open(request: DecoderRequest): Promise<Decoder> {
    const decoder = new Decoder(request);
    try {
      await Promise.all(decoder.pipes.map((pipe) => pipe.open(true)));
      return decoder;
    } catch (error) {
      decoder.close();
      throw error;
    }
  }

  /** What the child has said so far. */
  get log(): WatchedChild["log"] {
    return this.#child.log;
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

  async #judge(at: number, frames: number): Promise<void> {
    const { log } = this.#child, end = await (this.#ended ??= this.#child.ended());
    const { num, den } = log.clock?.timeBase ?? { num: 1, den: 1 };
    const seconds = Number.isNaN(this.#lastStamp) ? undefined : (this.#lastStamp * num) / den;
    const { fault, note } = judgeChild(this.#command, log, end, frames, seconds);
    // The same for all sizes: said once.
    this.pipes[at]!.post({ kind: "writerEnded", verdict: { fault, note: at === 0 ? note : undefined } });
  }
}
