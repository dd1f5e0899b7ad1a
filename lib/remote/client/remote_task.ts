// One try at a segment on a worker, from `begin` until it is over: frames go there as the source gives them and as the
// worker has room, the result comes back. It knows no connection; it says what is to be sent next and is told what came.
// Over is over: then nothing of the segment's feed or memory is touched any more, whatever the worker still says.

import type { RemoteOutcome, RemoteSegment } from "../../encode/remote_slots.ts";
import type { SegmentTask } from "../../encode/segment_encoder.ts";
import { printable } from "../../media/printable.ts";
import { type Pack, PackFeed } from "../../pipe/pack_feed.ts";
import { packPartBytes } from "../limits.ts";
import type {
  Cancelled,
  ClientMessage,
  Credit,
  DaemonMessage,
  Failed,
  Progress,
  ResultPart,
  Started,
} from "../messages.ts";
import { ProtocolError } from "../wire/channel.ts";
import { ResultParts } from "./result_parts.ts";

export interface Outgoing {
  readonly header: ClientMessage;
  readonly body?: Uint8Array;
}

/** What a daemon says of one task. */
export type TaskMessage = Extract<DaemonMessage, Started | Credit | ResultPart | Failed | Cancelled>;
type TaskProgress = Progress["tasks"][number];

export interface RemoteTaskSetup {
  readonly task: SegmentTask;
  /** Its number in the session. */
  readonly number: number;
  readonly crashId: number;
  /** Where packs are. */
  readonly arena: Uint8Array;
  readonly frameBytes: number;
  /** Bytes of the largest pack. */
  readonly packBytes: number;
  /** Bytes of packs that may be sent before the worker has said more. */
  readonly credit: number;
  nowMs(): number;
  /** There may be something to send that was not there before. */
  onWork(): void;
  /** The side that began it has cancelled it; it is over. */
  onCancel(task: RemoteTask): void;
  onEnded(outcome: RemoteOutcome): void;
}

/** Characters of a daemon's reason that are shown. */
const shownReason = 300;

export class RemoteTask implements RemoteSegment {
  readonly feed = new PackFeed();
  readonly wantsPacks = true;
  onPackTaken: (() => void) | undefined;
  readonly #setup: RemoteTaskSetup;
  #isOver = false;
  #isAnnounced = false;
  #slot: number | undefined;
  #startedMs: number | undefined;
  #progress = { sent: 0, packets: 0, bytes: 0, waiting: false };
  /** What the source said: frames that may be read, and the segment's length. */
  #known = 0;
  #frames: number | null = null;
  #credit: number;
  /** Packs that were sent whole, and their frames. */
  #packs = 0;
  #framesSent = 0;
  #bytesSent = 0;
  /** Bytes sent of the pack that comes next. */
  #offset = 0;
  #endSent = false;
  #result: ResultParts | undefined;

  constructor(setup: RemoteTaskSetup) {
    this.#setup = setup;
    this.#credit = setup.credit;
  }

  get number(): number {
    return this.#setup.number;
  }

  get segment(): SegmentTask {
    return this.#setup.task;
  }

  get crashId(): number {
    return this.#setup.crashId;
  }

  get slot(): number | undefined {
    return this.#slot;
  }

  get startedMs(): number | undefined {
    return this.#startedMs;
  }

  get progress(): RemoteSegment["progress"] {
    return this.#progress;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get isRunning(): boolean {
    return !this.#isOver && this.#slot !== undefined;
  }

  /** All its frames are with the worker, which can finish it without this side. */
  get isSent(): boolean {
    return this.#endSent;
  }

  /** Packs that were sent whole. */
  get packsSent(): number {
    return this.#packs;
  }

  /** Frames that were sent and that the encoder has not got. */
  get framesAhead(): number {
    return this.#framesSent - this.#progress.sent;
  }

  /** Grows with everything that goes on between the two sides. */
  get steps(): number {
    return this.#progress.sent + this.#progress.packets + this.#bytesSent;
  }

  /** The worker says that it waits for frames, and may: this side has none yet, or has not got round to sending them. */
  get waitsForFrames(): boolean {
    if (!this.#progress.waiting || this.#endSent) return false;
    const pack = this.#nextPack();
    return pack === undefined || this.#hasCredit(pack);
  }

  /** It waits there and has no room for certain for a further pack, whatever its size. */
  get isSated(): boolean {
    if (this.isRunning || this.#isOver) return false;
    const sent = this.#bytesSent - this.#offset;
    return !this.#isAnnounced || sent + this.feed.waitingBytes + this.#setup.packBytes > this.#credit;
  }

  /** Some of a pack was sent and not all. */
  get isInsidePack(): boolean {
    return this.#offset > 0;
  }

  get hasPart(): boolean {
    if (this.#isOver) return false;
    const pack = this.#nextPack();
    return pack === undefined ? this.#endIsDue : pack.bytes === 0 || this.#hasCredit(pack);
  }

  grow(known: number, frames: number | null): void {
    if (this.#isOver) return;
    this.#known = known;
    this.#frames = frames;
    this.#setup.onWork();
  }

  cancel(): void {
    if (this.#isOver) return;
    this.#close();
    this.#setup.onCancel(this);
    queueMicrotask(() => this.#setup.onEnded({ kind: "cancelled" }));
  }

  /** The worker has a place for it, and is told of it. */
  announce(): Outgoing {
    this.#isAnnounced = true;
    const { number, crashId, segment: { first, attempt } } = this;
    this.#mayTakeMore();
    return { header: { type: "task", task: number, crashId, first, attempt } };
  }

  /** The next part of a pack, copied, or the segment's end; undefined where none may be sent now. */
  takePart(): Outgoing | undefined {
    if (!this.hasPart) return undefined;
    const task = this.number, pack = this.#nextPack();
    if (pack === undefined) {
      this.#endSent = true;
      return { header: { type: "end", task, frames: this.#framesSent } };
    }
    if (pack.bytes === 0) {
      const frame = this.segment.first + this.#framesSent;
      // In words of the local slots' (lib/pipe/pack_frames.ts).
      this.end({
        kind: "failed",
        reason: `frame ${frame} could not be read back from the temporary file (--tmp-input)`,
      });
      this.#setup.onCancel(this);
      return undefined;
    }
    const { bytes, frames } = pack, offset = this.#offset;
    const end = Math.min(bytes, offset + packPartBytes);
    const body = this.#setup.arena.slice(pack.offset + offset, pack.offset + end);
    const header = { type: "pack", task, number: this.#packs, frames, bytes, offset } as const;
    this.#bytesSent += body.length;
    this.#offset = end;
    if (end === bytes) this.#finishPack(frames);
    return { header, body };
  }

  /** What the daemon says of it. Throws ProtocolError. */
  receive(message: TaskMessage, body: Uint8Array<ArrayBuffer>): void {
    if (this.#isOver) return;
    switch (message.type) {
      case "started":
        this.#slot = message.slot;
        this.#startedMs ??= this.#setup.nowMs();
        return this.#mayTakeMore();
      case "credit":
        if (message.bytes < this.#credit) {
          throw new ProtocolError(`a credit of ${message.bytes} bytes after one of ${this.#credit}`);
        }
        this.#credit = message.bytes;
        this.#mayTakeMore();
        return this.#setup.onWork();
      case "result":
        return this.#receiveResult(message, body);
      case "failed":
        return this.end({ kind: "failed", reason: printable(message.reason, shownReason) });
      case "cancelled":
        return this.end({ kind: "lost", reason: "the worker gave it back", crashed: "no" });
    }
  }

  /** Throws ProtocolError. */
  receiveProgress([, sent, packets, bytes, waiting]: TaskProgress): void {
    if (this.#isOver) return;
    const before = this.#progress;
    const grows = sent >= before.sent && packets >= before.packets && bytes >= before.bytes;
    if (!grows || sent > this.#framesSent || packets > sent) {
      throw new ProtocolError(`progress of ${sent} frames and ${packets} packets, where ${this.#framesSent} were sent`);
    }
    this.#progress = { sent, packets, bytes, waiting };
  }

  /** The connection is another: what had come of the result comes again. */
  resume(): void {
    this.#result = undefined;
  }

  /** It is over, for this reason. */
  end(outcome: RemoteOutcome): void {
    if (this.#isOver) return;
    this.#close();
    this.#setup.onEnded(outcome);
  }

  #receiveResult(part: ResultPart, body: Uint8Array<ArrayBuffer>): void {
    if (!this.#endSent) throw new ProtocolError("a result for frames that were not all sent");
    this.#result ??= new ResultParts(this.#framesSent, this.#setup.frameBytes);
    const finished = this.#result.add(part, body);
    if (finished === undefined) return;
    const { index, first } = this.segment;
    const firstFrameSentAt = performance.timeOrigin + (this.#startedMs ?? this.#setup.nowMs());
    this.end({ kind: "done", packets: { index, first, ...finished, firstFrameSentAt } });
  }

  #close(): void {
    this.#isOver = true;
    this.onPackTaken = undefined;
    this.#result = undefined;
  }

  /** The pack to go on with; undefined where the source has published none whose frames may be read. */
  #nextPack(): Pack | undefined {
    if (this.#framesSent >= this.#known) return undefined;
    return this.feed.peek();
  }

  /** A pack is begun only where there is room for all of it. */
  #hasCredit(pack: Pack): boolean {
    return this.#bytesSent - this.#offset + pack.bytes <= this.#credit;
  }

  get #endIsDue(): boolean {
    return !this.#endSent && this.#frames !== null && this.#framesSent === this.#frames;
  }

  /** Called where it may have been sated before and not be any more. */
  #mayTakeMore(): void {
    if (!this.isSated) this.onPackTaken?.();
  }

  #finishPack(frames: number): void {
    this.#offset = 0;
    this.#packs++;
    this.#framesSent += frames;
    this.feed.release();
    this.onPackTaken?.();
  }
}
