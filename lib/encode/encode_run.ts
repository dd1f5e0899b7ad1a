// One encode from the first frame read to the last packet written: detection feeds the plan, the scheduler gives segments
// to slots, finished segments go to the ordered output. All decisions are made here, on the main thread, at events; the
// work is done elsewhere.

import { IncompleteError } from "../errors.ts";
import type { ResolvedSettings } from "../../ffi/library.ts";
import type { DetectorReport } from "./detector_thread.ts";
import type { FileInput } from "./file_frames.ts";
import { LocalSlot, type SlotOutcome } from "./local_slot.ts";
import { OrderedOutput, type PacketSink } from "./ordered_output.ts";
import { Pace } from "./pace.ts";
import { Plan } from "./plan.ts";
import { type AbandonedSegment, type Assignment, maximumAttempts, Scheduler } from "./scheduler.ts";
import { SceneDetection } from "./scene_detection.ts";
import type { SegmentPackets } from "./segment_encoder.ts";
import type { EncoderSettings } from "./settings.ts";
import type { EncodeStatus } from "./status.ts";
import { RunTimes, type SlotTimes } from "./run_times.ts";

/** The detector may be this many segments a slot ahead of the last one that was begun. */
const segmentsAheadPerSlot = 16;
/** Slots that were withheld are asked about again after this. */
const capacityCheckMs = 1000;

export interface EncodeJob {
  /** Path of the encoder library. */
  readonly library: string;
  readonly settings: EncoderSettings;
  readonly resolved: ResolvedSettings;
  readonly input: FileInput;
  readonly slots: number;
  /** How many slots may encode now, with so many encoding: asked before each segment starts. At least 1. */
  capacity(running: number): number;
  readonly sink: PacketSink;
  /** A segment is finished. */
  onCommit(segment: CommittedSegment): void;
  /** A try at a segment failed. */
  onFailure(failure: SegmentFailure): void;
}

export interface CommittedSegment {
  readonly segment: number;
  readonly slot: number;
  /** First frame, counted from the first that is encoded. */
  readonly first: number;
  readonly frames: number;
  /** Of its packets. */
  readonly bytes: number;
  /** Seconds since encoding began. */
  readonly start: number;
  readonly end: number;
}

export interface SegmentFailure {
  readonly slot: number;
  /** Frames of the input, both ends included, counted from its start. */
  readonly firstFrame: number;
  readonly lastFrame: number | undefined;
  readonly attempt: number;
  readonly attempts: number;
  readonly again: boolean;
  readonly reason: string;
}

export interface EncodeSummary extends SlotTimes {
  /** Packets written, and their bytes without the container's. */
  readonly frames: number;
  readonly bytes: number;
  readonly segments: number;
  readonly slots: number;
  /** When the first frame went to an encoder, milliseconds since 1970. */
  readonly firstFrameSentAt: number;
  /** Segments that could not be encoded; empty when all is done. */
  readonly abandoned: readonly AbandonedSegment[];
}

interface Running {
  readonly assignment: Assignment;
  readonly startedMs: number;
}

export class EncodeRun {
  readonly #plan = new Plan();
  readonly #scheduler = new Scheduler(this.#plan);
  readonly #pace = new Pace();
  readonly #times = new RunTimes();
  readonly #slots: LocalSlot[];
  readonly #running: (Running | undefined)[];
  readonly #output: OrderedOutput;
  readonly #done = Promise.withResolvers<void>();
  #input: FileInput;
  #detection: SceneDetection | undefined;
  #committedFrames = 0;
  #committedBytes = 0;
  #beganMs = 0;
  #firstFrameSentAt = Infinity;
  #stopped = false;
  #recheck: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly job: EncodeJob) {
    this.#input = job.input;
    this.#slots = [];
    this.#running = Array(job.slots).fill(undefined);
    this.#output = new OrderedOutput(job.sink, (error) => this.#fail(error));
  }

  /** Runs to the end. Throws what made it impossible: a failing input, a failing output. */
  async run(): Promise<EncodeSummary> {
    const { library, settings, slots } = this.job;
    this.#beganMs = performance.now();
    this.#times.begin(this.#beganMs, slots);
    this.#pace.sample(this.#beganMs, 0, 0);
    this.#slot(0).prepare();
    this.#detection = new SceneDetection(
      { library, settings, input: this.#input },
      segmentsAheadPerSlot * slots,
      (report) => this.#onDetector(report),
    );
    try {
      await this.#done.promise;
      await this.#output.settled();
    } finally {
      this.#close();
    }
    const { frames, bytes } = this.#output.written;
    const { abandoned } = this.#scheduler;
    const segments = this.#plan.segments.length, firstFrameSentAt = this.#firstFrameSentAt;
    return { frames, bytes, segments, slots, firstFrameSentAt, abandoned, ...this.#times.summary() };
  }

  /** Nothing new is begun and running segments are given up; `run` does not settle. For leaving the process. */
  stop(): void {
    this.#stopped = true;
    this.#close();
  }

  /** The state of the moment. Called several times a second, also to measure the pace. */
  status(): EncodeStatus {
    const running = this.#running.map((entry, slot) => entry && { ...entry, ...this.#slots[slot]!.progress });
    const framesDone = running.reduce((sum, entry) => sum + (entry?.packets ?? 0), this.#committedFrames);
    const bytes = running.reduce((sum, entry) => sum + (entry?.bytes ?? 0), this.#committedBytes);
    const busy = running.filter((entry) => entry !== undefined).length;
    this.#pace.sample(performance.now(), framesDone, busy);
    const { frames } = this.#input;
    const slots = running.map((entry, slot) => {
      if (entry === undefined) return { slot, segment: null };
      const { index, first } = entry.assignment.segment;
      const segment = this.#plan.segments[index]!;
      return {
        slot,
        segment: { index, first, frames: segment.frames, done: entry.packets, attempt: entry.assignment.attempt },
      };
    });
    const left = slots.map(({ segment }) => segment ? (segment.frames ?? 0) - segment.done : 0);
    return {
      elapsed: this.#pace.elapsed,
      frames,
      framesDone,
      bytes,
      segments: this.#plan.segments.length,
      segmentsDone: this.#scheduler.committed,
      planComplete: this.#plan.complete,
      fps: this.#pace.fps,
      eta: this.#pace.eta({
        frames: frames - framesDone,
        slots: this.job.slots,
        longestRunning: Math.max(0, ...left),
      }),
      frameRate: this.job.settings.timeBase.den / this.job.settings.timeBase.num,
      slots,
    };
  }

  #onDetector(report: DetectorReport): void {
    switch (report.kind) {
      case "failed":
        return this.#fail(new IncompleteError(report.reason));
      case "layout":
        this.#input = { ...this.#input, layout: report.layout };
        // Slots that are idle start anew with it; running ones were given frames that sit where the old one says.
        for (const [slot, entry] of this.#running.entries()) if (entry === undefined) this.#retire(slot);
        return;
      case "detected":
        this.#plan.advance(report.detected);
        this.#growRunning();
        return this.#dispatch();
    }
  }

  /** Tells the slot that encodes the open segment, or one that was just closed, how far it reaches now. */
  #growRunning(): void {
    for (const [slot, entry] of this.#running.entries()) {
      if (entry === undefined || entry.assignment.segment.frames !== null) continue;
      const segment = this.#plan.segments[entry.assignment.segment.index]!;
      this.#slots[slot]!.grow(this.#plan.known(segment), segment.frames);
    }
  }

  #dispatch(): void {
    clearTimeout(this.#recheck);
    if (this.#stopped) return;
    for (;;) {
      const running = this.#running.filter((entry) => entry !== undefined).length;
      const slot = this.#running.indexOf(undefined);
      if (slot < 0) break;
      const capacity = Math.min(this.job.slots, this.job.capacity(running));
      this.#times.withhold(performance.now(), this.job.slots - Math.max(capacity, running));
      if (running >= capacity && running > 0) {
        this.#recheck = setTimeout(() => this.#dispatch(), capacityCheckMs);
        break;
      }
      const assignment = this.#scheduler.next();
      if (assignment === undefined) break;
      this.#start(slot, assignment);
    }
    this.#detection?.allow(this.#scheduler.started + segmentsAheadPerSlot * this.job.slots);
    if (this.#scheduler.finished) this.#done.resolve();
  }

  #start(slot: number, assignment: Assignment): void {
    const { segment, attempt } = assignment;
    this.#running[slot] = { assignment, startedMs: performance.now() };
    this.#slot(slot).encode(
      { index: segment.index, first: segment.first, attempt },
      this.#plan.known(segment),
      segment.frames,
    )
      .then((outcome) => this.#onOutcome(slot, assignment, outcome))
      .catch((error) => this.#fail(error));
  }

  #onOutcome(slot: number, assignment: Assignment, outcome: SlotOutcome): void {
    if (this.#stopped) return;
    const { startedMs } = this.#running[slot]!;
    this.#running[slot] = undefined;
    const hadOldLayout = this.#slots[slot]!.common.input !== this.#input;
    if (hadOldLayout) this.#retire(slot);
    if (outcome.kind === "done") this.#commit(slot, startedMs, outcome.packets);
    // An open segment may grow past the frame from which on the old layout is wrong.
    else if (outcome.kind === "cancelled" || (outcome.kind === "input-failed" && hadOldLayout)) {
      this.#scheduler.release(assignment.segment.index);
    } else if (outcome.kind === "input-failed") return this.#fail(new IncompleteError(outcome.reason));
    else this.#retry(slot, assignment, outcome.reason);
    this.#dispatch();
  }

  #commit(slot: number, startedMs: number, packets: SegmentPackets): void {
    const { index, first, frames } = this.#plan.segments[packets.index]!;
    if (packets.frames !== frames) {
      throw new Error(`Segment ${index} has ${packets.frames} packets for ${frames} frames`);
    }
    if (!this.#scheduler.commit(index)) return;
    const nowMs = performance.now(), bytes = packets.data.length;
    this.#times.commit(nowMs, packets.seconds);
    this.#firstFrameSentAt = Math.min(this.#firstFrameSentAt, packets.firstFrameSentAt);
    this.#committedFrames += frames;
    this.#committedBytes += bytes;
    const start = (startedMs - this.#beganMs) / 1000, end = (nowMs - this.#beganMs) / 1000;
    this.job.onCommit({ segment: index, slot, first, frames, bytes, start, end });
    this.#output.add(index, first, packets);
  }

  #retry(slot: number, { segment: { index }, attempt }: Assignment, reason: string): void {
    const again = this.#scheduler.fail(index, reason);
    const { first, frames } = this.#plan.segments[index]!;
    const firstFrame = this.#input.skip + first;
    const lastFrame = frames === null ? undefined : firstFrame + frames - 1;
    this.job.onFailure({ slot, firstFrame, lastFrame, attempt, attempts: maximumAttempts, again, reason });
    if (!again) this.#output.skip(index);
  }

  #slot(slot: number): LocalSlot {
    const { library, settings, resolved: { onePiece } } = this.job;
    return this.#slots[slot] ??= new LocalSlot(slot, { library, settings, input: this.#input, onePiece });
  }

  #retire(slot: number): void {
    this.#slots[slot]?.close();
    delete this.#slots[slot];
  }

  #fail(error: unknown): void {
    this.#stopped = true;
    this.#done.reject(error);
  }

  #close(): void {
    clearTimeout(this.#recheck);
    this.#detection?.close();
    for (const [slot, entry] of this.#running.entries()) {
      if (entry === undefined) this.#slots[slot]?.close();
      else this.#slots[slot]?.cancel();
    }
  }
}
