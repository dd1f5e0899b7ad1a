// The way of a video through an ffmpeg that adds other streams to it, into a stream. It is started with the first packets:
// when the first frame is shown is known then.

import { IncompleteError } from "../errors.ts";
import type { FfmpegEnd, FfmpegRun } from "./ffmpeg_run.ts";

export interface JoinedStreamOptions {
  /** What comes before all that is written. */
  readonly head: Uint8Array;
  /** It is not closed. */
  readonly target: WritableStream<Uint8Array>;
  /** ffmpeg, reading the video and writing both. */
  readonly start: () => Promise<FfmpegRun>;
  /** What ffmpeg writes goes through it. */
  readonly alter: TransformStream<Uint8Array, Uint8Array> | undefined;
  /** What is wrong with how it ended, after so many frames. */
  readonly faultOf: (end: FfmpegEnd, frames: number) => string | undefined;
  /** What to do where it fails, at the end of a message. */
  readonly wayOut: string;
  /** It ended well, and has said this all the same. */
  readonly onEnd: (said: string | undefined) => void;
}

interface Running {
  readonly run: FfmpegRun;
  readonly video: WritableStreamDefaultWriter<Uint8Array>;
  /** What came out has gone on. */
  readonly passed: Promise<void>;
}

export class JoinedStream {
  readonly #options: JoinedStreamOptions;
  #running: Promise<Running> | undefined;
  #bytes = 0;

  constructor(options: JoinedStreamOptions) {
    this.#options = options;
  }

  /** That have gone on, the other streams' included. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Resolves to how many bytes were taken: all. Throws IncompleteError with why none are taken, and what the target throws. */
  async write(bytes: Uint8Array): Promise<number> {
    const running = await (this.#running ??= this.#start());
    try {
      await running.video.write(bytes);
      return bytes.length;
    } catch {
      return await this.#fail(running);
    }
  }

  /** The video is complete, with so many frames. Throws as `write` does. */
  async end(frames: number): Promise<void> {
    const running = await (this.#running ??= this.#start());
    try {
      await running.video.close();
    } catch {
      await this.#fail(running);
    }
    await running.passed;
    const end = await running.run.ended, fault = this.#options.faultOf(end, frames);
    if (fault !== undefined) throw this.#failure(fault);
    this.#options.onEnd(end.said);
  }

  async #start(): Promise<Running> {
    const { head, target, start } = this.#options;
    let run: FfmpegRun;
    try {
      run = await start();
    } catch (error) {
      if (!(error instanceof IncompleteError)) throw error;
      throw this.#failure(error.message, error);
    }
    const video = run.stdin.getWriter();
    const counted = new TransformStream<Uint8Array, Uint8Array>({
      transform: (piece, controller) => {
        this.#bytes += piece.length;
        controller.enqueue(piece);
      },
    });
    const { alter } = this.#options, made = alter === undefined ? run.stdout : run.stdout.pipeThrough(alter);
    const passed = made.pipeThrough(counted).pipeTo(target, { preventClose: true });
    // Nobody reads on: it shall not wait for that.
    passed.catch(() => run.kill());
    // Should it fail, the next write does.
    video.write(head).catch(() => {});
    return { run, video, passed };
  }

  async #fail({ run, passed }: Running): Promise<never> {
    // Where the target takes nothing any more, that is why.
    await passed;
    const { fault } = await run.ended;
    throw this.#failure(fault ?? "ffmpeg ended before the video did");
  }

  #failure(why: string, cause?: unknown): IncompleteError {
    return new IncompleteError(`Cannot copy the other streams: ${why}${this.#options.wayOut}`, { cause });
  }
}
