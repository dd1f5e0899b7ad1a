// The reader's thread: reads a pipe from its first byte to its last, once, into a ring of frames, and reports packs and
// keyframes as they come. Where the ring is full nothing is read, and so whoever writes is held back. Reads are asynchronous:
// places of the ring become free by message, and a source that pauses has its frames packed all the same.

import { systemReason } from "../cli/system_reason.ts";
import { IncompleteError, InputError } from "../errors.ts";
import { Y4mStream } from "../media/y4m_stream.ts";
import type { ChildVerdict } from "./child_verdict.ts";
import { FrameIntake } from "./frame_intake.ts";
import { FramePromises } from "./frame_promises.ts";
import { FrameRing } from "./frame_ring.ts";
import { GatheredBytes } from "./gathered_bytes.ts";
import { InputBytes } from "./input_bytes.ts";
import { KeyframeBoard, otherSizeFailed } from "./keyframe_board.ts";
import { ReaderChild } from "./reader_child.ts";
import { cannotContinue, OtherSegment } from "./pack_cutter.ts";
import { type PipeInput, type ReaderGo, type ReaderInput, type ReaderReport, sendable } from "./reader_protocol.ts";

/** A source that gives nothing for so long has its decided frames packed. */
const pauseMs = 100;
/** And so has one that goes on too slowly to fill a pack. */
const longestWaitMs = 1000;
/** A source that pauses for so long in what is no y4m has said enough. */
const strangeStartMs = 1000;

/** Frames of a watched input that are read before they are wanted, at most. */
const framesGathered = 4;

interface ReaderScope {
  onmessage: ((event: MessageEvent<ReaderInput>) => void) | null;
  postMessage(report: ReaderReport): void;
}

const scope = self as unknown as ReaderScope;
let reader: Reader | undefined;
const go = Promise.withResolvers<ReaderGo>();
const writerVerdict = Promise.withResolvers<ChildVerdict>();

scope.onmessage = ({ data }) => {
  if (data.kind === "open") start(data.input, data.frameRateOverride);
  else if (data.kind === "go") go.resolve(data.go);
  else if (data.kind === "writerEnded") writerVerdict.resolve(data.verdict);
  else reader?.release(data.first);
};

async function start(input: PipeInput, frameRateOverride: boolean): Promise<void> {
  try {
    reader = new Reader(input, frameRateOverride);
    await reader.run();
  } catch (error) {
    scope.postMessage({ kind: "failed", error: sendable(error) });
  }
  reader = undefined;
}

class Reader {
  readonly #name: string;
  readonly #input: PipeInput;
  readonly #stream: Y4mStream;
  #bytes!: Pick<InputBytes, "next">;
  #child: ReaderChild | undefined;
  #piece: Uint8Array = new Uint8Array();
  #lastByteMs = 0;
  #room = Promise.withResolvers<void>();
  #ring: FrameRing | undefined;
  /** Where another reader says what keyframes are. */
  #followed: KeyframeBoard | undefined;

  constructor(input: PipeInput, frameRateOverride: boolean) {
    this.#input = input;
    this.#name = input.name;
    this.#stream = new Y4mStream({ name: input.name, frameRateOverride });
  }

  release(first: number): void {
    this.#ring?.release(first);
    this.#room.resolve();
  }

  async run(): Promise<void> {
    const { child } = this.#input;
    using source = child === undefined
      ? await InputBytes.open(this.#input)
      : this.#child = new ReaderChild(this.#name, child, (report) => scope.postMessage(report));
    const gathered = this.#input.isWatched ? new GatheredBytes(source) : undefined;
    this.#bytes = gathered ?? source;
    scope.postMessage({ kind: "opened" });
    await this.#readHeader();
    if (gathered !== undefined) {
      // What came with the header lies where the next read goes.
      this.#piece = this.#piece.slice();
      await gathered.gather(go.promise, framesGathered * this.#stream.frameBytes);
    }
    await this.#readFrames(await go.promise);
  }

  async #readHeader(): Promise<void> {
    const stream = this.#stream;
    const impatience = setInterval(() => this.#refuseStrangeStart(), strangeStartMs / 2);
    try {
      while (stream.header === undefined) {
        if (!await this.#readMore().catch((error) => this.#cannotRead(error))) {
          await this.#child?.refuse();
          await this.#writerError();
          stream.end();
        }
        this.#piece = this.#piece.subarray(stream.take(this.#piece).bytes);
      }
    } finally {
      clearInterval(impatience);
    }
    scope.postMessage({ kind: "header", header: stream.header, child: await this.#child?.start() });
  }

  #cannotRead(cause: unknown): never {
    throw new InputError(`Cannot read ${this.#name}: ${systemReason(cause)}`, { cause });
  }

  /** For bytes that are typed, or come from something that waits for an answer. */
  #refuseStrangeStart(): void {
    if (performance.now() - this.#lastByteMs < strangeStartMs) return;
    try {
      this.#stream.refuseStart();
    } catch (error) {
      scope.postMessage({ kind: "failed", error: sendable(error) });
    }
  }

  async #readFrames(go: ReaderGo): Promise<void> {
    const promises = new FramePromises({
      ...go,
      name: this.#name,
      stillPicture: go.settings.stillPicture,
      announcedFrames: this.#stream.header!.announcedFrames,
      plannedFrames: go.planned?.frames,
    });
    const ring = this.#ring = new FrameRing(go.ringFrames);
    using intake = new FrameIntake(this.#name, go, {
      onPack: (pack) => {
        ring.lend(pack);
        scope.postMessage({ kind: "pack", pack });
        waitingSinceMs = Infinity;
      },
      onDetected: (detected) => scope.postMessage({ kind: "detected", detected }),
    });
    const { cutter } = intake;
    let waitingSinceMs = Infinity;
    const timer = setInterval(() => {
      const now = performance.now();
      if (cutter.waiting === 0 || !ring.hasRoom(cutter.start)) return;
      waitingSinceMs = Math.min(waitingSinceMs, now);
      if (now - this.#lastByteMs >= pauseMs || now - waitingSinceMs >= longestWaitMs) cutter.flush();
    }, pauseMs / 2);
    if (go.planned === undefined && go.keyframes?.leads === false) {
      this.#followed = new KeyframeBoard(go.keyframes.board);
      this.#follow(this.#followed, go, intake);
    }
    try {
      const error = await this.#readToEnd(go, promises, ring, intake);
      if (error === undefined) {
        intake.finish();
        scope.postMessage({ kind: "end" });
      } else scope.postMessage({ kind: "cut", error: sendable(error), lost: intake.cut() });
    } catch (error) {
      throw asOurs(this.#name, go, error);
    } finally {
      clearInterval(timer);
    }
  }

  /** Decides what was read as it becomes known, whatever this thread waits for meanwhile. */
  async #follow(board: KeyframeBoard, go: ReaderGo, intake: FrameIntake): Promise<void> {
    try {
      await board.follow(() => {
        intake.catchUp();
        this.#room.resolve();
      });
    } catch (error) {
      scope.postMessage({ kind: "failed", error: sendable(asOurs(this.#name, go, error)) });
    }
  }

  /** All frames that there are were read, by whom we follow as well. Waits until they are decided; gives why they will not be. */
  async #followedToEnd(intake: FrameIntake): Promise<Error | undefined> {
    const board = this.#followed;
    if (board === undefined) return undefined;
    await board.follow(() => intake.catchUp());
    return board.end === "whole" ? undefined : this.#otherFailed();
  }

  #otherFailed(): IncompleteError {
    return new IncompleteError(`Cannot read ${this.#name}: ${otherSizeFailed}`);
  }

  /** Gives why the video is not whole; undefined where it is. Throws what leaves nothing to encode. */
  async #readToEnd(
    { skip, ringFrames, ring: memory }: ReaderGo,
    promises: FramePromises,
    ring: FrameRing,
    intake: FrameIntake,
  ): Promise<Error | undefined> {
    const stream = this.#stream;
    const places = Array.from(
      { length: ringFrames },
      (_, place) => new Uint8Array(memory, place * stream.frameBytes, stream.frameBytes),
    );
    while (stream.frames < promises.lastRead) {
      while (!ring.hasRoom(intake.cutter.start)) {
        if (this.#followed?.end === "broken" && ring.read - intake.cutter.decided >= ringFrames) {
          return this.#otherFailed();
        }
        await this.#awaitRoom();
      }
      const place = places[ring.place]!;
      let event: string;
      try {
        event = await this.#readFrame(place);
      } catch (error) {
        const where = `frame ${stream.frames} could not be read: ${systemReason(error)}`;
        return new IncompleteError(`Cannot read ${this.#name}: ${where}`, { cause: error });
      }
      if (event !== "frame") {
        const fault = await this.#judgeEnd(promises), broken = await this.#followedToEnd(intake);
        return fault ?? broken;
      }
      const tooMany = promises.tooMany(stream.frames);
      if (tooMany !== undefined) return tooMany;
      if (stream.frames <= skip) continue;
      ring.advance();
      try {
        intake.add(place);
      } catch (error) {
        if (!(error instanceof IncompleteError)) throw error;
        if (stream.frames === 1) this.#refuseShortChroma();
        return error;
      }
    }
    // Nothing more will be read that could show it.
    if (stream.frames === 1) this.#refuseShortChroma();
    await this.#child?.stop(stream.frames);
    return await this.#followedToEnd(intake);
  }

  /** The next frame, whole in `place`; "end" and "damaged" where there is none. */
  async #readFrame(place: Uint8Array): Promise<"frame" | "damaged" | "end"> {
    for (;;) {
      const { event, bytes } = this.#stream.take(this.#piece, place);
      this.#piece = this.#piece.subarray(bytes);
      if (event === "frame" || event === "damaged") return event;
      if (!await this.#readMore()) {
        this.#stream.end();
        return "end";
      }
    }
  }

  /** A stream that ends behind a whole frame is not whole where its writer has failed. Throws where there was no frame. */
  async #writerError(): Promise<Error | undefined> {
    if (!this.#input.isWatched) return undefined;
    const { frames } = this.#stream;
    scope.postMessage({ kind: "drained", frames });
    const { fault, note } = await writerVerdict.promise;
    if (note !== undefined) scope.postMessage({ kind: "note", text: `${this.#name}: ${note}` });
    if (fault === undefined) return undefined;
    const what = `Cannot read ${this.#name}: ${fault}`;
    if (frames === 0) throw new InputError(what);
    return new IncompleteError(what);
  }

  /** There is no further frame. Gives why that is too early; undefined where all is well. */
  async #judgeEnd(promises: FramePromises): Promise<Error | undefined> {
    const { frames, damage, header } = this.#stream;
    // A child that failed explains whatever else is wrong.
    const fault = await this.#child?.judge(frames, damage, promises.promised.expectFrames) ?? await this.#writerError();
    if (fault !== undefined) return fault;
    if (damage !== undefined) this.#refuseShortChroma();
    const verdict = promises.judge({ frames, damage, headerBytes: header!.headerBytes });
    if (verdict.kind === "failed") throw verdict.error;
    if (verdict.kind === "cut") return verdict.error;
    if (verdict.note !== undefined) scope.postMessage({ kind: "note", text: verdict.note });
    return undefined;
  }

  #refuseShortChroma(): void {
    const what = this.#stream.shortChroma;
    if (what !== undefined) throw new InputError(`Cannot read ${this.#name}: ${what}`);
  }

  /** False at the input's end. */
  async #readMore(): Promise<boolean> {
    const piece = await this.#bytes.next();
    this.#lastByteMs = performance.now();
    if (piece === null) return false;
    this.#piece = piece;
    return true;
  }

  async #awaitRoom(): Promise<void> {
    await this.#room.promise;
    this.#room = Promise.withResolvers();
    // Time in which nothing was read because there was no room is no pause of the source's.
    this.#lastByteMs = performance.now();
  }
}

/** What is finished is not this input's: said as users read it. */
function asOurs(name: string, { skip }: ReaderGo, error: unknown): unknown {
  return error instanceof OtherSegment ? cannotContinue(name, skip, error.segment) : error;
}
