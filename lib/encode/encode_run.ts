// One encode from the first frame read to the last packet written: the source's detection feeds the plan, the scheduler
// gives segments to slots, finished segments go to the store, and from there in order to the output. All decisions are made
// here, on the main thread, at events; the work is done elsewhere. A segment counts as done when the store has it on disk.

import { type ExitError, IncompleteError, UsageError } from "../errors.ts";
import { Announcer } from "./announcer.ts";
import type { EncodeJob, EncodeSummary, StopReport } from "./encode_job.ts";
import { killPoint } from "./fault_points.ts";
import { OrderedOutput } from "./ordered_output.ts";
import { Pace } from "./pace.ts";
import { type Detected, Plan } from "./plan.ts";
import { RunTimes } from "./run_times.ts";
import { type Assignment, maximumAttempts, Scheduler } from "./scheduler.ts";
import type { SegmentPackets } from "./segment_encoder.ts";
import { type CrewOutcome, SlotCrew } from "./slot_crew.ts";
import type { EncodeStatus } from "./status.ts";
import type { FedSlot } from "./video_source.ts";

/** The detector may be this many segments a slot ahead of the last one that was begun. */
const segmentsAheadPerSlot = 16;
/** Slots that were withheld are asked about again after this. */
const capacityCheckMs = 1000;
/** The store hears of the run at least this often, however long its segments are. */
const heardEveryMs = 5000;
/** Packets on their way to the disk beyond which nothing is begun: the disk is slower than the slots. */
const mostUnkeptBytes = 256e6;

export class EncodeRun {
  readonly #plan = new Plan();
  readonly #scheduler: Scheduler;
  readonly #pace = new Pace();
  readonly #times = new RunTimes();
  readonly #crew: SlotCrew;
  readonly #output: OrderedOutput;
  readonly #announcer: Announcer;
  readonly #done = Promise.withResolvers<void>();
  /** Of finished segments on their way to the disk. */
  #unkeptBytes = 0;
  #committedFrames = 0;
  #committedBytes = 0;
  #keptFrames = 0;
  #beganMs = 0;
  #firstFrameSentAt = Infinity;
  #cutShort: ExitError | undefined;
  #stopped = false;
  #recheck: ReturnType<typeof setTimeout> | undefined;
  #hearing: ReturnType<typeof setInterval> | undefined;

  constructor(readonly job: EncodeJob) {
    const { store, slots, library, settings, source, resolved: { onePiece }, stallSeconds } = job;
    this.#scheduler = new Scheduler(this.#plan, job.kept?.deferred);
    this.#crew = new SlotCrew({ library, settings, onePiece, slots, stallSeconds, video: () => source.video });
    this.#output = new OrderedOutput((index) => store.read(index), job.sink, (error) => this.#fail(error));
    this.#announcer = new Announcer((segments) => store.announce(segments), slots);
  }

  /** Runs to the end. Throws what made it impossible: a failing input, a failing output. */
  async run(): Promise<EncodeSummary> {
    const { slots, source, store, plan } = this.job;
    this.#beganMs = performance.now();
    this.#times.begin(this.#beganMs, slots);
    this.#pace.sample(this.#beganMs, 0, 0);
    this.#crew.prepare();
    this.#hearing = setInterval(() => store.heard().catch((error) => this.#fail(error)), heardEveryMs);
    try {
      if (plan) {
        store.extendPlan(plan);
        this.#advance(plan);
      }
      source.start(this.#plan, {
        detected: (detected) => this.#onDetected(detected),
        videoChanged: () => this.#crew.videoChanged(),
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
    const lostSlotSeconds = this.#crew.unfinishedSeconds;
    this.#close();
    return { segments: this.#scheduler.committed, frames: this.#committedFrames, lostSlotSeconds };
  }

  /** Segments at work, each with when it was begun, milliseconds since 1970. */
  atWork(): [segment: number, since: number][] {
    const startMs = Date.now() - performance.now();
    return this.#crew.atWork().flatMap((entry) =>
      entry ? [[entry.assignment.segment.index, Math.round(startMs + entry.startedMs)] as [number, number]] : []
    );
  }

  /** The state of the moment. Called several times a second, also to measure the pace. */
  status(): EncodeStatus {
    const running = this.#crew.atWork();
    const framesDone = running.reduce((sum, entry) => sum + (entry?.packets ?? 0), this.#committedFrames);
    const bytes = running.reduce((sum, entry) => sum + (entry?.bytes ?? 0), this.#committedBytes);
    this.#pace.sample(performance.now(), framesDone - this.#keptFrames, this.#crew.busy);
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
        this.job.source.settle(index);
        if (segment.frames !== null) this.#output.skip(index);
      }
    }
  }

  #onCutShort(error: ExitError, lost: number): void {
    if (this.#stopped) return;
    this.#cutShort = error;
    this.#plan.cut(lost);
    this.#crew.cancel((assignment) => this.#wasCutOff(assignment));
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
      const { busy: running, idle: slot } = this.#crew;
      if (slot === undefined || this.#unkeptBytes > mostUnkeptBytes) break;
      const next = this.#scheduler.peek();
      if (next === undefined) break;
      if (!this.#announcer.has(next)) {
        idle = true;
        break;
      }
      const capacity = Math.min(this.job.slots, this.job.capacity(running));
      this.#times.withhold(performance.now(), this.job.slots - Math.max(capacity, running));
      if (running >= capacity && running > 0 && !this.#mustBegin(next)) {
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
    // A segment is settled only when it is kept; what was cut off and is still at work is not waited for.
    if (this.#scheduler.finished) this.#done.resolve();
  }

  /**
   * Whether a segment gets a slot beyond what memory allows: where all slots at work wait for frames, these may only come
   * when the segment has made room for them.
   */
  #mustBegin(segment: number): boolean {
    return this.#plan.segments[segment]!.frames !== null && this.#crew.allWait;
  }

  #start(slot: number, assignment: Assignment): void {
    this.#announcer.begin(assignment.segment.index);
    const fed: FedSlot = this.#crew.begin(
      slot,
      assignment,
      (outcome) => this.#onOutcome(assignment, fed, outcome),
      (error) => this.#fail(error),
    );
    this.job.source.attach(assignment.segment.index, fed);
  }

  #onOutcome(assignment: Assignment, fed: FedSlot, { slot, startedMs, outcome, hadOldVideo }: CrewOutcome): void {
    if (this.#stopped) return;
    const { index } = assignment.segment;
    // Before the slot can have its next segment.
    this.job.source.detach(index, fed);
    if (this.#wasCutOff(assignment)) this.job.source.settle(index);
    else if (outcome.kind === "done") {
      this.#commit(slot, startedMs, outcome.packets);
    } else {
      this.#announcer.remove(index);
      // An open segment may grow past the frame from which on the old layout is wrong.
      if (outcome.kind === "cancelled" || (outcome.kind === "input-failed" && hadOldVideo)) {
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
    const { seconds, firstFrameSentAt } = packets, bytes = packets.data.length;
    this.#unkeptBytes += bytes;
    // Its packets count from now on: the slot's own figures start anew with its next segment.
    this.#committedFrames += frames;
    this.#committedBytes += bytes;
    const endMs = performance.now();
    this.job.store.commit(packets).then(() => {
      this.#unkeptBytes -= bytes;
      if (!this.#scheduler.commit(index)) return;
      killPoint("segment-kept");
      this.#announcer.remove(index);
      this.job.source.settle(index);
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
    if (!again) source.settle(index);
    this.job.onFailure({ slot, firstFrame, lastFrame, attempt, attempts: maximumAttempts, again, reason });
    if (!again) this.#output.skip(index);
  }

  #fail(error: unknown): void {
    this.#stopped = true;
    this.#done.reject(error);
  }

  #close(): void {
    clearTimeout(this.#recheck);
    clearInterval(this.#hearing);
    this.job.source.close();
    this.#crew.close();
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
