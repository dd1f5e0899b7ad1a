// One encode from the first frame read to the last packet written: the source's detection feeds the plan, the scheduler
// gives segments to slots, finished segments go to the store, and from there in order to the output. All decisions are made
// here, on the main thread, at events; the work is done elsewhere. A segment counts as done when the store has it on disk.

import { type ExitError, IncompleteError, UsageError } from "../errors.ts";
import type { ResolvedSettings } from "../../ffi/library.ts";
import { Announcer } from "./announcer.ts";
import { killPoint } from "./fault_points.ts";
import { LocalSlot, type SlotOutcome } from "./local_slot.ts";
import { OrderedOutput, type PacketSink } from "./ordered_output.ts";
import { Pace } from "./pace.ts";
import { type Detected, Plan } from "./plan.ts";
import { type AbandonedSegment, type Assignment, maximumAttempts, Scheduler } from "./scheduler.ts";
import type { SegmentPackets } from "./segment_encoder.ts";
import type { KeptWork, SegmentStore } from "./segment_store.ts";
import type { EncoderSettings } from "./settings.ts";
import { StallWatch } from "./stall_watch.ts";
import type { EncodeStatus } from "./status.ts";
import { RunTimes, type SlotTimes } from "./run_times.ts";
import type { VideoSource } from "./video_source.ts";

/** The detector may be this many segments a slot ahead of the last one that was begun. */
export const segmentsAheadPerSlot = 16;
/** Slots that were withheld are asked about again after this. */
const capacityCheckMs = 1000;
/** Slots are looked at this often for whether they get on. */
const stallCheckMs = 500;
/** The store hears of the run at least this often, however long its segments are. */
const heardEveryMs = 5000;
/** Packets on their way to the disk beyond which nothing is begun: the disk is slower than the slots. */
const mostUnkeptBytes = 256e6;

export interface EncodeJob {
  /** Path of the encoder library. */
  readonly library: string;
  readonly settings: EncoderSettings;
  readonly resolved: ResolvedSettings;
  readonly source: VideoSource;
  /** Frames of the input before the first that is encoded: for messages. */
  readonly skip: number;
  readonly slots: number;
  /** How many slots may encode now, with so many encoding: asked before each segment starts. At least 1. */
  capacity(running: number): number;
  readonly store: SegmentStore;
  readonly kept: KeptWork | undefined;
  /**
   * What is known of the plan before any frame is read: given, or detected by an earlier run. undefined for a pipe, whose
   * frames have to come first whatever is known of them.
   */
  readonly plan: Detected | undefined;
  readonly sink: PacketSink;
  /** Seconds after which a slot that does not get on loses its segment; undefined lets the pace decide. */
  readonly stallSeconds: number | undefined;
  /** A segment is finished and kept. */
  onCommit(segment: CommittedSegment): void;
  /** A try at a segment failed. */
  onFailure(failure: SegmentFailure): void;
  /** A line for the user. */
  onNote(text: string): void;
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
  /** Frames that earlier runs had finished. */
  readonly keptFrames: number;
  readonly segments: number;
  readonly slots: number;
  /** When the first frame went to an encoder, milliseconds since 1970; Infinity where none had to. */
  readonly firstFrameSentAt: number;
  /** Segments that could not be encoded; empty when all is done. */
  readonly abandoned: readonly AbandonedSegment[];
  /** The input ended before it should have: what was finished is all there is. */
  readonly cutShort: ExitError | undefined;
}

/** What a run that is stopped has, and what it loses. */
export interface StopReport {
  /** Segments and frames that are kept. */
  readonly segments: number;
  readonly frames: number;
  /** Slot-seconds of the segments at work, which have to be done again. */
  readonly lostSlotSeconds: number;
}

interface Running {
  readonly assignment: Assignment;
  readonly startedMs: number;
}

export class EncodeRun {
  readonly #plan = new Plan();
  readonly #scheduler: Scheduler;
  readonly #pace = new Pace();
  readonly #times = new RunTimes();
  readonly #slots: LocalSlot[] = [];
  readonly #running: (Running | undefined)[];
  readonly #output: OrderedOutput;
  readonly #announcer: Announcer;
  readonly #stalls: StallWatch;
  readonly #done = Promise.withResolvers<void>();
  /** Finished segments on their way to the disk, and their bytes. */
  #unkept = 0;
  #unkeptBytes = 0;
  #committedFrames = 0;
  #committedBytes = 0;
  #keptFrames = 0;
  #beganMs = 0;
  #firstFrameSentAt = Infinity;
  #cutShort: ExitError | undefined;
  #stopped = false;
  #recheck: ReturnType<typeof setTimeout> | undefined;
  #stallCheck: ReturnType<typeof setInterval> | undefined;
  #hearing: ReturnType<typeof setInterval> | undefined;

  constructor(readonly job: EncodeJob) {
    const { store, slots } = job;
    this.#scheduler = new Scheduler(this.#plan, job.kept?.deferred);
    this.#running = Array(slots).fill(undefined);
    this.#output = new OrderedOutput((index) => store.read(index), job.sink, (error) => this.#fail(error));
    this.#announcer = new Announcer((segments) => store.announce(segments), slots);
    this.#stalls = new StallWatch(job.stallSeconds);
  }

  /** Runs to the end. Throws what made it impossible: a failing input, a failing output. */
  async run(): Promise<EncodeSummary> {
    const { slots, source, store, plan } = this.job;
    this.#beganMs = performance.now();
    this.#times.begin(this.#beganMs, slots);
    this.#pace.sample(this.#beganMs, 0, 0);
    this.#slot(0).prepare();
    this.#stallCheck = setInterval(() => this.#lookForStalls(), stallCheckMs);
    this.#hearing = setInterval(() => store.heard().catch((error) => this.#fail(error)), heardEveryMs);
    try {
      if (plan) {
        store.extendPlan(plan);
        this.#advance(plan);
      }
      source.start(this.#plan, {
        detected: (detected) => this.#onDetected(detected),
        videoChanged: () => this.#onVideoChanged(),
        cutShort: (error, lost) => this.#onCutShort(error, lost),
        failed: (error) => this.#fail(error),
        note: (text) => this.job.onNote(text),
      });
      this.#dispatch();
      await this.#done.promise;
      await this.#output.settled();
    } finally {
      this.#close();
    }
    return {
      ...this.#output.written,
      keptFrames: this.#keptFrames,
      segments: this.#plan.segments.length,
      slots,
      firstFrameSentAt: this.#firstFrameSentAt,
      abandoned: this.#scheduler.abandoned,
      cutShort: this.#cutShort,
      ...this.#times.summary(),
    };
  }

  /** Nothing new is begun and running segments are given up; `run` does not settle. For leaving the process. */
  stop(): StopReport {
    this.#stopped = true;
    const nowMs = performance.now();
    const lost = this.#running.reduce((sum, entry) => sum + (entry ? nowMs - entry.startedMs : 0), 0);
    this.#close();
    return { segments: this.#scheduler.committed, frames: this.#committedFrames, lostSlotSeconds: lost / 1000 };
  }

  /** Segments at work, each with when it was begun, milliseconds since 1970. */
  atWork(): [segment: number, since: number][] {
    const startMs = Date.now() - performance.now();
    return this.#running.flatMap((entry) =>
      entry ? [[entry.assignment.segment.index, Math.round(startMs + entry.startedMs)] as [number, number]] : []
    );
  }

  /** The state of the moment. Called several times a second, also to measure the pace. */
  status(): EncodeStatus {
    const running = this.#running.map((entry, slot) => entry && { ...entry, ...this.#slots[slot]!.progress });
    const framesDone = running.reduce((sum, entry) => sum + (entry?.packets ?? 0), this.#committedFrames);
    const bytes = running.reduce((sum, entry) => sum + (entry?.bytes ?? 0), this.#committedBytes);
    const busy = running.filter((entry) => entry !== undefined).length;
    this.#pace.sample(performance.now(), framesDone - this.#keptFrames, busy);
    const { frames } = this.job.source;
    const slots = running.map((entry, slot) => {
      const segment = entry && this.#plan.segments[entry.assignment.segment.index];
      if (entry === undefined || segment === undefined) return { slot, segment: null };
      const { index, first } = segment, { attempt } = entry.assignment;
      return { slot, segment: { index, first, frames: segment.frames, done: entry.packets, attempt } };
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
        frames: frames === null ? null : frames - framesDone,
        slots: this.job.slots,
        longestRunning: Math.max(0, ...left),
      }),
      frameRate: this.job.settings.timeBase.den / this.job.settings.timeBase.num,
      slots,
    };
  }

  #onDetected(detected: Detected): void {
    if (this.#stopped) return;
    try {
      const added = this.job.store.extendPlan(detected);
      if (this.job.plan === undefined) this.#advance(detected);
      else if (added) this.#advance(added);
    } catch (error) {
      return this.#fail(error);
    }
    // After the source has told running slots of their growth.
    queueMicrotask(() => this.#dispatch());
  }

  /** Takes what was detected into the plan. What earlier runs have finished of it is done. */
  #advance(detected: Detected): void {
    const { kept } = this.job;
    for (const index of this.#plan.advance(detected)) {
      const segment = this.#plan.segments[index]!;
      const done = kept?.segments.get(index), reason = kept?.setAside.get(index);
      if (done) {
        if (segment.first !== done.first || (segment.frames ?? done.frames) !== done.frames) throw otherSegment(done);
        // Also while it is open: no slot must begin it.
        this.#scheduler.restore(index);
        if (segment.frames === null) continue;
        this.#committedFrames += done.frames;
        this.#keptFrames += done.frames;
        this.#committedBytes += done.bytes;
        this.#output.add(index, done.bytes);
      } else if (reason !== undefined) {
        this.#scheduler.setAside(index, reason);
        if (segment.frames === null) continue;
        this.job.source.detach(index, true);
        this.#output.skip(index);
      }
    }
  }

  #onVideoChanged(): void {
    // Slots that are idle start anew with it; running ones were given frames that sit where the old one says.
    for (const [slot, entry] of this.#running.entries()) if (entry === undefined) this.#retire(slot);
  }

  #onCutShort(error: ExitError, lost: number): void {
    if (this.#stopped) return;
    this.#cutShort = error;
    this.#plan.cut(lost);
    for (const [slot, entry] of this.#running.entries()) {
      if (entry && this.#wasCutOff(entry.assignment)) this.#slots[slot]!.cancel();
    }
    this.#dispatch();
  }

  /** The input ended before the segment did. */
  #wasCutOff({ segment }: Assignment): boolean {
    return segment.index >= this.#plan.segments.length;
  }

  #dispatch(): void {
    clearTimeout(this.#recheck);
    if (this.#stopped) return;
    let idle = false;
    for (;;) {
      const running = this.#running.filter((entry) => entry !== undefined).length;
      const slot = this.#running.indexOf(undefined);
      if (slot < 0 || this.#unkeptBytes > mostUnkeptBytes) break;
      const next = this.#scheduler.peek();
      if (next === undefined) break;
      if (!this.#announcer.has(next)) {
        idle = true;
        break;
      }
      const capacity = Math.min(this.job.slots, this.job.capacity(running));
      this.#times.withhold(performance.now(), this.job.slots - Math.max(capacity, running));
      if (running >= capacity && running > 0) {
        this.#recheck = setTimeout(() => this.#dispatch(), capacityCheckMs);
        break;
      }
      this.#start(slot, this.#scheduler.next()!);
    }
    this.#announcer.ask((count) => this.#scheduler.upcoming(count), idle, () => {
      killPoint("announced");
      this.#dispatch();
    }).catch((error) => this.#fail(error));
    const ahead = Math.max(segmentsAheadPerSlot * this.job.slots, this.#announcer.wanted);
    this.job.source.allow(this.#scheduler.started + ahead);
    const running = this.#running.some((entry) => entry && !this.#wasCutOff(entry.assignment));
    if (this.#scheduler.finished && !running && this.#unkept === 0) this.#done.resolve();
  }

  #start(slot: number, assignment: Assignment): void {
    const { segment: { index, first }, attempt } = assignment;
    this.#announcer.begin(index);
    this.#running[slot] = { assignment, startedMs: performance.now() };
    this.#stalls.restart(slot);
    const local = this.#slot(slot);
    local.encode({ index, first, attempt })
      .then((outcome) => this.#onOutcome(slot, assignment, outcome))
      .catch((error) => this.#fail(error));
    this.job.source.attach(index, local);
  }

  #onOutcome(slot: number, assignment: Assignment, outcome: SlotOutcome): void {
    if (this.#stopped) return;
    const { startedMs } = this.#running[slot]!;
    const { index } = assignment.segment;
    this.#running[slot] = undefined;
    const hadOldVideo = this.#slots[slot] !== undefined && this.#slots[slot]!.common.video !== this.job.source.video;
    if (hadOldVideo) this.#retire(slot);
    if (this.#wasCutOff(assignment)) this.job.source.detach(index, true);
    else if (outcome.kind === "done") {
      this.#commit(slot, startedMs, outcome.packets);
    } else {
      this.#announcer.remove(index);
      // An open segment may grow past the frame from which on the old layout is wrong.
      if (outcome.kind === "cancelled" || (outcome.kind === "input-failed" && hadOldVideo)) {
        this.job.source.detach(index, false);
        this.#scheduler.release(index);
      } else if (outcome.kind === "input-failed") return this.#fail(new IncompleteError(outcome.reason));
      else this.#retry(slot, assignment, outcome.reason);
    }
    this.#dispatch();
  }

  #commit(slot: number, startedMs: number, packets: SegmentPackets): void {
    const { index, first, frames } = this.#plan.segments[packets.index]!;
    if (packets.frames !== frames) {
      throw new Error(`Segment ${index} has ${packets.frames} packets for ${frames} frames`);
    }
    killPoint("segment-finished");
    // The slot may have its next segment before this one is kept: it must not be told of two.
    this.job.source.detach(index, false);
    const { seconds, firstFrameSentAt } = packets, bytes = packets.data.length;
    this.#unkept++;
    this.#unkeptBytes += bytes;
    // Its packets count from now on: the slot's own figures start anew with its next segment.
    this.#committedFrames += frames;
    this.#committedBytes += bytes;
    const endMs = performance.now();
    this.job.store.commit(packets).then(() => {
      this.#unkept--;
      this.#unkeptBytes -= bytes;
      if (!this.#scheduler.commit(index)) return;
      killPoint("segment-kept");
      this.#announcer.remove(index);
      this.job.source.detach(index, true);
      this.#times.commit(endMs, seconds);
      this.#firstFrameSentAt = Math.min(this.#firstFrameSentAt, firstFrameSentAt);
      const start = (startedMs - this.#beganMs) / 1000, end = (endMs - this.#beganMs) / 1000;
      this.job.onCommit({ segment: index, slot, first, frames, bytes, start, end });
      this.#output.add(index, bytes);
      this.#dispatch();
    }).catch((error) => this.#fail(error));
  }

  #retry(slot: number, { segment: { index }, attempt }: Assignment, reason: string): void {
    const { source, skip } = this.job;
    const { first, frames } = this.#plan.segments[index]!;
    const firstFrame = skip + first;
    const lastFrame = frames === null ? undefined : firstFrame + frames - 1;
    if (!source.canRetry(index)) {
      return this.#fail(
        new IncompleteError(
          `Cannot encode ${frameSpan(firstFrame, lastFrame)}: ${reason}; they cannot be tried again now, since they ` +
            "were larger than the memory for waiting frames; the same command goes on, with --tmp-input it keeps them",
        ),
      );
    }
    const again = this.#scheduler.fail(index, reason);
    source.detach(index, !again);
    this.job.onFailure({ slot, firstFrame, lastFrame, attempt, attempts: maximumAttempts, again, reason });
    if (!again) this.#output.skip(index);
  }

  #lookForStalls(): void {
    const progress = this.#running.map((entry, slot) => {
      if (entry === undefined) return undefined;
      const { sent, packets, waiting } = this.#slots[slot]!.progress;
      return { steps: sent + packets, waiting };
    });
    for (const slot of this.#stalls.look(performance.now(), progress)) {
      const seconds = Math.round(this.#stalls.limitSeconds);
      const stalled = this.#slots[slot]!;
      delete this.#slots[slot];
      stalled.abandon(`no progress for ${seconds} s (--stall-timeout)`);
    }
  }

  #slot(slot: number): LocalSlot {
    const { library, settings, source: { video }, resolved: { onePiece } } = this.job;
    return this.#slots[slot] ??= new LocalSlot(slot, { library, settings, video, onePiece });
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
    clearInterval(this.#stallCheck);
    clearInterval(this.#hearing);
    this.job.source.close();
    for (const [slot, entry] of this.#running.entries()) {
      if (entry === undefined) this.#slots[slot]?.close();
      else this.#slots[slot]?.cancel();
    }
  }
}

/** "frames 480-719", "the frames from 480" while the end is not known. */
export function frameSpan(first: number, last: number | undefined): string {
  return last === undefined ? `the frames from ${first}` : `frames ${first}-${last}`;
}

function otherSegment({ index, first, frames }: { index: number; first: number; frames: number }): UsageError {
  return new UsageError(
    `Cannot continue: segment ${index} was ${
      frameSpan(first, first + frames - 1)
    } in the encode that was begun and is ` +
      "not now; --restart starts anew",
  );
}
