// One encode from the first frame read to the last packet written: the source's detection feeds the plan, the dispatcher
// gives its segments to slots, and what they finish is committed. This file owns the run's life: how it begins, what is
// known from earlier runs, and how it ends. All decisions are made on the main thread, at events; the work is done
// elsewhere.

import { type ExitError, UsageError } from "../errors.ts";
import { Commits } from "./commits.ts";
import { Dispatcher } from "./dispatcher.ts";
import type { EncodeJob, EncodeSummary, MachineSummary, StopReport } from "./encode_job.ts";
import { secondsSpent } from "./at_work.ts";
import { frameSpan } from "./frame_span.ts";
import { Pace } from "./pace.ts";
import { type Detected, Plan } from "./plan.ts";
import { runStatus } from "./run_status.ts";
import { here } from "./scheduler.ts";
import type { EncodeStatus } from "./status.ts";

export { frameSpan } from "./frame_span.ts";

/** The store hears of the run at least this often, however long its segments are. */
const heardEveryMs = 5000;

export class EncodeRun {
  readonly #plan = new Plan();
  readonly #pace = new Pace();
  readonly #commits: Commits;
  readonly #dispatcher: Dispatcher;
  readonly #done = Promise.withResolvers<void>();
  #cutShort: ExitError | undefined;
  #stopped = false;
  #hearing: ReturnType<typeof setInterval> | undefined;

  constructor(readonly job: EncodeJob) {
    const failed = (error: unknown) => this.#fail(error);
    this.#commits = new Commits(job, this.#plan, {
      kept: (segment) => this.#dispatcher.keep(segment),
      committed: () => this.#dispatcher.dispatch(),
      failed,
    });
    const finished = () => this.#done.resolve();
    this.#dispatcher = new Dispatcher(job, this.#plan, this.#commits, { finished, failed });
  }

  /** Runs to the end. Throws what made it impossible: a failing input, a failing output, no worker where only they encode. */
  async run(): Promise<EncodeSummary> {
    const { slots, source, store, plan, fleet } = this.job;
    const beganMs = performance.now();
    this.#commits.begin(beganMs, slots);
    this.#pace.sample(beganMs, 0, 0);
    this.#dispatcher.crews.local.prepare();
    this.#hearing = setInterval(() => store.heard().catch((error) => this.#fail(error)), heardEveryMs);
    try {
      if (plan) {
        store.extendPlan(plan);
        this.#advance(plan);
      }
      // Before threads are started for the source: each takes a moment in which nothing is sent or heard.
      fleet?.start(source.packs, {
        changed: () => this.#dispatcher.dispatch(),
        crashSuspected: (segment) => this.#dispatcher.crashSuspected(segment),
        crashKnown: (segment, crashed) => this.#dispatcher.crashKnown(segment, crashed),
        note: (text, isWarning) => this.job.onNote(text, isWarning),
      });
      source.start(this.#plan, {
        detected: (detected) => this.#onDetected(detected),
        videoChanged: () => this.#dispatcher.crews.local.videoChanged(),
        cutShort: (error, lost) => this.#onCutShort(error, lost),
        failed: (error) => this.#fail(error),
        note: (text) => this.job.onNote(text),
      });
      this.#dispatcher.dispatch();
      await this.#done.promise;
      await this.#commits.settled();
      return this.#summary();
    } finally {
      this.#close();
    }
  }

  /** Nothing new is begun and running segments are given up; `run` does not settle. For leaving the process. */
  stop(): StopReport {
    this.#stopped = true;
    this.#commits.stop();
    const nowMs = performance.now();
    const lostSlotSeconds = this.#dispatcher.crews.atWork.reduce((sum, given) => sum + secondsSpent(given, nowMs), 0);
    this.#close();
    return { segments: this.#dispatcher.scheduler.committed, frames: this.#commits.frames, lostSlotSeconds };
  }

  /** Decides again what to begin: there may be a slot for it that other runs have left. */
  wake(): void {
    this.#dispatcher.dispatch();
  }

  /** Whether all slots of this machine at work wait for frames; true where none is at work. */
  get allWait(): boolean {
    return this.#dispatcher.crews.local.allWait;
  }

  /** Segments at work, each with when it was begun, milliseconds since 1970. */
  atWork(): [segment: number, since: number][] {
    const startMs = Date.now() - performance.now();
    const since = new Map<number, number>();
    for (const { segment, startedMs } of this.#dispatcher.crews.atWork) {
      if (startedMs !== undefined) since.set(segment, Math.min(startedMs, since.get(segment) ?? Infinity));
    }
    return [...since].map(([segment, startedMs]) => [segment, Math.round(startMs + startedMs)]);
  }

  /** The state of the moment. Called several times a second, also to measure the pace. */
  status(): EncodeStatus {
    const { job } = this;
    const plan = this.#plan, dispatcher = this.#dispatcher, commits = this.#commits, pace = this.#pace;
    return runStatus({ job, plan, dispatcher, commits, pace });
  }

  #summary(): EncodeSummary {
    const { source } = this.job;
    return {
      ...this.#commits.written,
      keptFrames: this.#commits.keptFrames,
      segments: this.#plan.segments.length,
      slots: this.#commits.times.mostSlots,
      machines: this.#machines(),
      packingCpuSeconds: this.job.fleet === undefined ? 0 : source.packingCpuSeconds,
      firstFrameSentAt: this.#commits.firstFrameSentAt,
      abandoned: this.#dispatcher.scheduler.abandoned,
      cutShort: this.#cutShort,
      ...this.#commits.times.summary(),
    };
  }

  #machines(): MachineSummary[] {
    const { fleet, slots } = this.job, { tallies } = this.#commits;
    if (fleet === undefined) return [];
    const nothing = { bytesSent: 0, bytesReceived: 0, faults: 0 };
    const mine = slots > 0 ? [{ worker: null, ...tallies.of(here), ...nothing }] : [];
    const theirs = this.#dispatcher.crews.remote.workers.map(({ name, facts }, place) => {
      const { bytesSent, bytesReceived, faults } = facts;
      return { worker: name, ...tallies.of(place + 1), bytesSent, bytesReceived, faults };
    });
    return [...mine, ...theirs];
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
    queueMicrotask(() => this.#dispatcher.dispatch());
  }

  /** Takes what was detected into the plan. What earlier runs have finished of it is done. */
  #advance(detected: Detected): void {
    const { kept } = this.job, { scheduler } = this.#dispatcher;
    for (const index of this.#plan.advance(detected)) {
      const segment = this.#plan.segments[index]!;
      const done = kept?.segments.get(index), reason = kept?.setAside.get(index);
      if (done) {
        if (segment.first !== done.first || (segment.frames ?? done.frames) !== done.frames) throw otherSegment(done);
        // Also while it is open: no slot must begin it.
        scheduler.restore(index);
        if (segment.frames !== null) this.#commits.restore(done);
      } else if (reason !== undefined) {
        scheduler.setAside(index, reason);
        this.job.source.settle(index);
        if (segment.frames !== null) this.#commits.skip(index);
      }
    }
  }

  #onCutShort(error: ExitError, lost: number): void {
    if (this.#stopped) return;
    this.#cutShort = error;
    this.#plan.cut(lost);
    this.#dispatcher.cancelCutOff();
    this.#dispatcher.dispatch();
  }

  #fail(error: unknown): void {
    this.#stopped = true;
    this.#dispatcher.halt();
    this.#done.reject(error);
  }

  #close(): void {
    clearInterval(this.#hearing);
    this.job.source.close();
    this.#dispatcher.close();
  }
}

function otherSegment({ index, first, frames }: { index: number; first: number; frames: number }): UsageError {
  return new UsageError(
    `Cannot continue: segment ${index} was ${
      frameSpan(first, first + frames - 1)
    } in the encode that was begun and is ` +
      "not now; --restart starts anew",
  );
}
