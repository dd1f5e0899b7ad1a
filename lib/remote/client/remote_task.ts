// One try at a segment on a worker, from `begin` until it is over: frames go there as the source gives them and as the
// worker has room, the result comes back. It knows no connection; it says what is to be sent next and is told what came.
// Over is over: then nothing of the segment's feed or memory is touched any more, whatever the worker still says.

import type { SegmentDigest } from "../../../ffi/digest.ts";
import type { RemoteOutcome, RemoteSegment } from "../../encode/remote_slots.ts";
import type { SegmentTask } from "../../encode/segment_encoder.ts";
import { printable } from "../../media/printable.ts";
import type { PackFeed } from "../../pipe/pack_feed.ts";
import type { Cancelled, Credit, DaemonMessage, Failed, Progress, ResultPart, Started } from "../messages.ts";
import { ProtocolError } from "../wire/channel.ts";
import { equalBytes } from "../wire/equal_bytes.ts";
import { type Outgoing, OutgoingPacks, packIsLost } from "./outgoing_packs.ts";
import { type FinishedPackets, ResultParts } from "./result_parts.ts";

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
  /** Of the frames that are sent; undefined where nobody wants to know. Closed when it is over. */
  readonly digest: SegmentDigest | undefined;
  nowMs(): number;
  /** There may be something to send that was not there before. */
  onWork(): void;
  /** This side has no more use for it; it is over. */
  onDropped(task: RemoteTask): void;
  onEnded(outcome: RemoteOutcome): void;
}

/** Characters of a daemon's reason that are shown. */
const shownReason = 300;

export class RemoteTask implements RemoteSegment {
  readonly wantsPacks = true;
  /** The worker said last that it has no slot for it now. */
  isQueued = false;
  passedOverMs: number | undefined;
  idleMs = 0;
  onPackTaken: (() => void) | undefined;
  readonly #setup: RemoteTaskSetup;
  readonly #packs: OutgoingPacks;
  #isOver = false;
  #isAnnounced = false;
  #slot: number | undefined;
  #startedMs: number | undefined;
  #measuredMs: number | undefined;
  #progress = { sent: 0, packets: 0, bytes: 0, waiting: false };
  #result: ResultParts | undefined;

  constructor(setup: RemoteTaskSetup) {
    this.#setup = setup;
    this.#packs = new OutgoingPacks({ ...setup, task: setup.number, onTaken: () => this.onPackTaken?.() });
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

  get feed(): PackFeed {
    return this.#packs.feed;
  }

  get slot(): number | undefined {
    return this.#slot;
  }

  get startedMs(): number | undefined {
    return this.#startedMs;
  }

  get measuredMs(): number {
    return this.#measuredMs ?? this.#startedMs ?? this.#setup.nowMs();
  }

  get progress(): RemoteSegment["progress"] {
    return this.#progress;
  }

  /** It waits there and has no room for certain for a further pack, whatever its size. */
  get isSated(): boolean {
    if (this.isRunning || this.#isOver) return false;
    return !this.#isAnnounced || !this.#packs.hasRoomForAnother;
  }

  get isRunning(): boolean {
    return !this.#isOver && this.#slot !== undefined;
  }

  /** All its frames were sent: the worker can finish it without this side. */
  get isSent(): boolean {
    return this.#packs.hasEnded;
  }

  /** Packs that were sent whole. */
  get packsSent(): number {
    return this.#packs.packs;
  }

  /** Frames that were sent and that the encoder has not got. */
  get framesAhead(): number {
    return this.#packs.frames - this.#progress.sent;
  }

  /** Grows with everything that goes on between the two sides. */
  get steps(): number {
    return this.#progress.sent + this.#progress.packets + this.#packs.bytes;
  }

  /** The worker says that it waits for frames, and may: this side has none yet, or has not got round to sending them. */
  get waitsForFrames(): boolean {
    return this.#progress.waiting && !this.#packs.hasEnded && !this.#packs.lacksCredit;
  }

  get isInsidePack(): boolean {
    return this.#packs.isInsidePack;
  }

  get hasPart(): boolean {
    return !this.#isOver && this.#packs.hasPart;
  }

  grow(known: number, frames: number | null): void {
    if (this.#isOver) return;
    this.#packs.grow(known, frames);
    this.#setup.onWork();
  }

  cancel(): void {
    if (this.#isOver) return;
    this.#close();
    this.#setup.onDropped(this);
    queueMicrotask(() => this.#setup.onEnded({ kind: "cancelled" }));
  }

  /** The worker has a place for it, and is told of it. */
  announce(): Outgoing {
    this.#isAnnounced = true;
    const { number, crashId, segment: { first, attempt } } = this;
    this.#mayTakeMore();
    return { header: { type: "task", task: number, crashId, first, attempt } };
  }

  /** The next part of a pack, or the segment's end; undefined where none may be sent now. */
  takePart(): Outgoing | undefined {
    if (this.#isOver) return undefined;
    const part = this.#packs.take();
    if (part !== packIsLost) return part;
    // In the words of a slot of this machine (lib/pipe/pack_frames.ts).
    const reason = `frame ${this.segment.first + this.#packs.frames} could not be read back from the temporary file ` +
      "(--tmp-input)";
    this.#setup.onDropped(this);
    this.end({ kind: "failed", reason });
    return undefined;
  }

  /** What the daemon says of it but for its result. Throws ProtocolError. */
  receive(message: Exclude<TaskMessage, ResultPart>): void {
    if (this.#isOver) return;
    switch (message.type) {
      case "started":
        this.passedOverMs = undefined;
        this.#slot = message.slot;
        this.#startedMs ??= this.#setup.nowMs();
        return this.#mayTakeMore();
      case "credit":
        if (message.bytes < this.#packs.credit) {
          throw new ProtocolError(`a credit of ${message.bytes} bytes after one of ${this.#packs.credit}`);
        }
        this.#packs.credit = message.bytes;
        this.#mayTakeMore();
        return this.#setup.onWork();
      case "failed":
        return this.end({ kind: "failed", reason: printable(message.reason, shownReason) });
      case "cancelled":
        return this.end({ kind: "lost", reason: "the worker gave it back", crashed: "no" });
    }
  }

  /** Throws ProtocolError. */
  receiveProgress([, sent, packets, bytes, waiting]: TaskProgress): void {
    if (this.#isOver) return;
    const before = this.#progress, { frames } = this.#packs;
    const grows = sent >= before.sent && packets >= before.packets && bytes >= before.bytes;
    if (!grows || sent > frames || packets > sent) {
      throw new ProtocolError(`progress of ${sent} frames and ${packets} packets, where ${frames} were sent`);
    }
    this.#progress = { sent, packets, bytes, waiting };
    this.#measuredMs = this.#setup.nowMs();
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

  /** The next part of its result; the packets once it was the last. Throws ProtocolError. */
  takeResult(part: ResultPart, body: Uint8Array<ArrayBuffer>): FinishedPackets | undefined {
    if (this.#isOver) return undefined;
    if (!this.isSent) throw new ProtocolError("a result for frames that were not all sent");
    this.#result ??= new ResultParts(this.#packs.frames, this.#setup.frameBytes);
    return this.#result.add(part, body);
  }

  /** Whether the packets are, by what the worker says, of the frames that were sent to it. */
  isOfWhatWasSent({ inputDigest }: FinishedPackets): boolean {
    const own = this.#packs.inputDigest;
    return own === undefined || equalBytes(own, inputDigest);
  }

  /** It is done. */
  deliver(finished: FinishedPackets): void {
    const { index, first } = this.segment;
    const firstFrameSentAt = performance.timeOrigin + (this.#startedMs ?? this.#setup.nowMs());
    this.end({ kind: "done", packets: { index, first, ...finished, firstFrameSentAt } });
  }

  /** Called where it may have been sated before and not be any more. */
  #mayTakeMore(): void {
    if (!this.isSated) this.onPackTaken?.();
  }

  #close(): void {
    this.#isOver = true;
    this.onPackTaken = undefined;
    this.#result = undefined;
    this.#packs.close();
  }
}
