// Adds to the video what else its source has, by ffmpeg. Of a file that is the last pass: a second file is written of the
// complete video and the streams that are carried; the video stays as it is until that file is whole, and what a killed run
// has left of it is written over. Into a stream ffmpeg writes as it gets the video. Every frame is counted again: a video
// that came out short is an error.

import type { QuarterTurn } from "../containers/container.ts";
import { IncompleteError } from "../errors.ts";
import { isThere, removeIfThere } from "../machine/files.ts";
import { fileUrl } from "../machine/started_child.ts";
import { printable, quotedPath } from "../media/printable.ts";
import type { FrameTimes } from "../media/frame_times.ts";
import type { Carried } from "./carried.ts";
import { delaysToAdd } from "./codec_delay.ts";
import { CoverFiles } from "./cover_files.ts";
import { type FfmpegEnd, FfmpegRun } from "./ffmpeg_run.ts";
import { JoinedStream } from "./joined_stream.ts";
import { isWholeFile } from "./whole_file.ts";
import { turnFile } from "./turned_file.ts";
import { TurnedStream } from "./turned_stream.ts";
import { titleForTurn } from "./turned_track.ts";
import { joinArguments, type JoinRequest } from "./join_arguments.ts";

export interface JoinOptions
  extends Pick<JoinRequest, "source" | "format" | "carried" | "hasEditList" | "isCutBefore"> {
  /** The source's, asked when ffmpeg is started: frame 0 is known by then. */
  readonly sourceTimes: Pick<FrameTimes, "startSeconds">;
  /** Of the video. */
  readonly turn: QuarterTurn;
  /** When frames of the video are shown. */
  readonly times: FrameTimes;
  /** Frames at most; 0 where none of the source are left out behind the last one. */
  readonly limit: number;
  /** ffmpeg's name or path; looked for on the PATH where absent. */
  readonly program?: string;
  /** The last pass over so many bytes takes its time. */
  readonly onSlow: (bytes: number) => void;
  /** For what ffmpeg says of streams that it could copy all the same. */
  readonly onWarning: (text: string) => void;
}

const slowAfterMs = 1500;

export class StreamJoiner {
  readonly #options: JoinOptions;
  #run: FfmpegRun | undefined;
  #covers: CoverFiles | undefined;
  #made: string | undefined;
  #isGivenUp = false;

  constructor(options: JoinOptions) {
    this.#options = options;
  }

  /**
   * Makes the file `made` of the video, which has so many frames. Durable when it resolves. Throws IncompleteError, and
   * leaves no file then.
   */
  async join(video: string, made: string, frames: number): Promise<void> {
    const { source } = this.#options;
    const fail = (why: string) => {
      this.discard();
      const bytes = Deno.statSync(video).size, how = wayOut(this.#options.carried, ", and nothing is encoded again");
      return new IncompleteError(
        `Cannot copy the other streams of ${quotedPath(source)}: ${why}; the video is complete in ` +
          `${quotedPath(video)} (${bytes} bytes, and as many again are written with the streams)${how}`,
      );
    };
    if (isThere(made) && !Deno.lstatSync(made).isFile) {
      throw fail(`${quotedPath(made)}, which they are written to, is not a plain file`);
    }
    // A killed run may have left an ffmpeg that still writes: it shall have that file for itself.
    removeIfThere(made);
    this.#made = made;
    let end: FfmpegEnd;
    const slow = setTimeout(() => this.#options.onSlow(Deno.statSync(video).size), slowAfterMs);
    try {
      const lasts = this.#options.limit > 0 ? await this.#endOf(frames) : null;
      end = await (await this.#start({ video: fileUrl(video), made: fileUrl(made), isStream: false, lasts })).ended;
    } catch (error) {
      throw fail(error instanceof IncompleteError ? error.message : printable(String(error)));
    } finally {
      clearTimeout(slow);
      this.#covers?.[Symbol.dispose]();
    }
    const fault = faultOf(end, frames);
    if (fault !== undefined) throw fail(fault);
    if (!isWholeFile(made, this.#options.format)) {
      throw fail(end.said === undefined ? "what ffmpeg has written is not whole" : `ffmpeg says "${end.said}"`);
    }
    this.#warn(end.said);
    using file = await Deno.open(made, { read: true, write: true });
    if (this.#isTurned && !await turnFile(file, this.#options.turn)) this.#cannotTurn();
    await file.sync();
  }

  /** Gives what takes the video in the place of `target`, which gets video and streams. `head`: what comes first. */
  stream(target: WritableStream<Uint8Array>, head: Uint8Array): JoinedStream {
    return new JoinedStream({
      head,
      target,
      start: () => this.#start({ video: "pipe:0", made: "pipe:1", isStream: true, lasts: this.#expected() }),
      alter: this.#isTurned ? new TurnedStream(this.#options.turn, () => this.#cannotTurn()) : undefined,
      faultOf,
      wayOut: wayOut(this.#options.carried),
      onEnd: (said) => {
        this.#covers?.[Symbol.dispose]();
        this.#warn(said);
      },
    });
  }

  /** Ends what runs and removes what it has written. Synchronous, for use on the way out. */
  discard(): void {
    this.#isGivenUp = true;
    this.#run?.kill();
    this.#covers?.[Symbol.dispose]();
    try {
      if (this.#made !== undefined) removeIfThere(this.#made);
    } catch {
      // The next run writes over it.
    }
  }

  /** Seconds that so many frames last. */
  async #endOf(frames: number): Promise<number> {
    const { seconds, duration } = await this.#options.times.of(frames - 1);
    return seconds + duration;
  }

  /** The same before they are there; null where that is not known: the other streams may last longer then. */
  #expected(): number | null {
    const { limit, times: { isConstant, frameRate } } = this.#options;
    return limit > 0 && isConstant ? limit * frameRate.den / frameRate.num : null;
  }

  /** Throws IncompleteError with why it cannot be started, one clause. */
  async #start(ends: Pick<JoinRequest, "video" | "made" | "isStream" | "lasts">): Promise<FfmpegRun> {
    const { sourceTimes, program = "ffmpeg", source, format, carried, hasEditList, isCutBefore } = this.#options;
    const delays = await delaysToAdd(carried.streams, source, program);
    this.#covers = await CoverFiles.of(carried.streams, source, program);
    for (const fault of this.#covers?.faults ?? []) this.#options.onWarning(fault);
    if (this.#isGivenUp) throw new IncompleteError("it was given up");
    const { startSeconds } = sourceTimes, attached = this.#covers?.paths;
    const title = this.#isTurned ? titleForTurn : undefined;
    const args = joinArguments({
      source,
      format,
      carried,
      attached,
      delays,
      title,
      hasEditList,
      isCutBefore,
      startSeconds,
      ...ends,
    });
    return this.#run = new FfmpegRun(args, { piped: ends.isStream, program });
  }

  /** ffmpeg's MP4 says by itself how its video is turned. */
  get #isTurned(): boolean {
    return this.#options.turn !== 0 && this.#options.format !== "mp4";
  }

  #cannotTurn(): void {
    this.#options.onWarning(`it could not be said in the output that players turn it by ${this.#options.turn} degrees`);
  }

  #warn(said: string | undefined): void {
    if (said !== undefined) this.#options.onWarning(`ffmpeg says of the other streams: ${said}`);
  }
}

/** What to do where the streams cannot be had, at the end of a message; `how`: its own end. */
function wayOut({ streams }: Carried, how = ""): string {
  const options = (["audio", "subtitle"] as const).filter((wanted) => streams.some(({ kind }) => kind === wanted))
    .map((kind) => kind === "audio" ? "--audio none" : "--subtitles none");
  return options.length === 0 ? "" : `; with ${options.join(" ")} it is done without them${how}`;
}

/** What is wrong with how it ended, after so many frames. */
function faultOf({ fault, frames: passed }: FfmpegEnd, frames: number): string | undefined {
  if (fault !== undefined) return fault;
  return passed === frames ? undefined : `ffmpeg took ${passed} of ${frames} frames`;
}
