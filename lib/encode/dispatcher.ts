// Begins whatever can begin: it ties the decisions of the scheduler and the allotment to the slots of this machine and of
// workers, to the source that feeds them, to what memory allows, and to the announcements on the disk without which nothing
// begins here. All of it happens on the main thread, at events, each of which ends in `dispatch`. What becomes of a try that
// ends is TryOutcomes' business.

import { Allotment, type Decision } from "./allotment.ts";
import { Announcer } from "./announcer.ts";
import type { Ended } from "./at_work.ts";
import type { Commits } from "./commits.ts";
import { Crews } from "./crews.ts";
import type { EncodeJob } from "./encode_job.ts";
import { killPoint } from "./fault_points.ts";
import { MachinePaces } from "./machine_pace.ts";
import type { Plan } from "./plan.ts";
import { here, Scheduler } from "./scheduler.ts";
import { TryOutcomes } from "./try_outcomes.ts";
import { noWorkerCame, noWorkerLeft, WorkerWait } from "./worker_wait.ts";

/** The detector may be this many segments a slot ahead of the last one that was begun. */
const segmentsAheadPerSlot = 16;
/** Slots that were withheld are asked about again after this, and so is whether a copy would overtake a slot that hangs. */
const checkMs = 1000;

export interface DispatcherEvents {
  /** All segments are kept or given up. */
  finished(): void;
  failed(error: unknown): void;
}

export class Dispatcher {
  readonly scheduler: Scheduler;
  readonly crews: Crews;
  readonly #job: EncodeJob;
  readonly #plan: Plan;
  readonly #commits: Commits;
  readonly #events: DispatcherEvents;
  readonly #allotment: Allotment;
  readonly #outcomes: TryOutcomes;
  readonly #announcer: Announcer;
  readonly #wait: WorkerWait;
  #stopped = false;
  #isDispatching = false;
  #recheck: ReturnType<typeof setTimeout> | undefined;

  constructor(job: EncodeJob, plan: Plan, commits: Commits, events: DispatcherEvents) {
    this.#job = job;
    this.#plan = plan;
    this.#commits = commits;
    this.#events = events;
    const scheduler = this.scheduler = new Scheduler(plan, job.kept?.deferred, job.slots > 0, job.wholeSegments);
    const crews = this.crews = new Crews(job), paces = new MachinePaces();
    this.#announcer = new Announcer((segments) => job.store.announce(segments), job.slots);
    this.#allotment = new Allotment(scheduler, paces, {
      isReadable: (segment) => job.source.canRetry(segment),
      isReserved: (segment) => this.#announcer.has(segment),
    });
    this.#wait = new WorkerWait(job.workerTimeoutSeconds, (text) => job.onNote(text), () => this.#onWaitedTooLong());
    const onArrived = () => this.#wait.restart(), onFailure = (error: unknown) => this.#fail(error);
    this.#outcomes = new TryOutcomes({ job, plan, scheduler, commits, crews, paces, onArrived, onFailure });
  }

  /** Nothing is begun any more, and nothing is reported. */
  halt(): void {
    this.#stopped = true;
    clearTimeout(this.#recheck);
    this.#wait.close();
  }

  /** As `halt`, and running segments are given up. */
  close(): void {
    this.halt();
    this.crews.local.close();
    this.#job.fleet?.close();
  }

  /** Gives up the segments that are not in the plan any more. */
  cancelCutOff(): void {
    this.scheduler.cutOff();
    this.crews.cancel(({ segment }) => segment >= this.#plan.segments.length);
  }

  /** The store has the segment: it is done. False where it had it before. */
  keep(segment: number): boolean {
    if (!this.scheduler.commit(segment)) return false;
    killPoint("segment-kept");
    this.#announcer.remove(segment);
    this.#job.source.settle(segment);
    return true;
  }

  /** A worker from which the segment was taken back may still die of it. */
  crashSuspected(segment: number): void {
    if (this.#stopped || segment >= this.#plan.segments.length) return;
    this.scheduler.crashSuspected(segment);
  }

  /** It is known now whether the segment took a worker down. */
  crashKnown(segment: number, crashed: boolean): void {
    if (this.#stopped || segment >= this.#plan.segments.length) return;
    this.#outcomes.crashKnown(segment, crashed);
    this.dispatch();
  }

  /** Begins whatever can begin. */
  dispatch(): void {
    clearTimeout(this.#recheck);
    if (this.#stopped) return;
    // Workers may change by what is asked of them: that is looked at when all of it was asked.
    if (this.#isDispatching) return queueMicrotask(() => this.dispatch());
    this.#isDispatching = true;
    try {
      this.#dispatch();
    } finally {
      this.#isDispatching = false;
    }
  }

  #dispatch(): void {
    const nowMs = performance.now(), { limit } = this.#job, { local, remote, slots } = this.crews;
    this.#commits.times.setSlots(nowMs, Math.min(this.#job.slots, limit.share(local.busy)) + remote.slots);
    const { wanted, isWithheld, wantsMore } = this.#begin(nowMs);
    const isExhausted = this.#plan.complete && this.scheduler.waitingFrames === 0;
    limit.used({ running: local.busy, wantsMore, isExhausted, elsewhere: remote.shares });
    this.#announcer.ask((count) => this.#upcoming(count, wanted), wanted !== undefined, () => {
      killPoint("announced");
      this.dispatch();
    }).catch((error) => this.#fail(error));
    // Of a slot that hangs nothing is heard, here as there.
    const isTail = this.#plan.complete && remote.slots + remote.atWork.length > 0;
    const checkAtMs = Math.min(isWithheld || isTail ? nowMs + checkMs : Infinity, remote.pausedUntilMs(nowMs));
    if (checkAtMs < Infinity) this.#recheck = setTimeout(() => this.dispatch(), Math.ceil(checkAtMs - nowMs));
    const ahead = Math.max(segmentsAheadPerSlot * Math.max(1, slots), this.#announcer.wanted);
    this.#job.source.allow(this.scheduler.started + ahead);
    this.#lookForWorkers(nowMs);
    // A segment is settled only when it is kept; what was cut off and is still at work is not waited for.
    if (this.scheduler.finished) this.#events.finished();
  }

  /**
   * Carries out decisions until there are none. Gives the segment that this machine would begin if it were announced, and
   * whether one of its slots is withheld: for memory, or because another run has it.
   */
  #begin(nowMs: number): { wanted: number | undefined; isWithheld: boolean; wantsMore: boolean } {
    let wanted: number | undefined, isWithheld = false, wantsMore = false;
    while (!this.#stopped && !this.#commits.areBehind) {
      const running = this.crews.local.busy;
      const stations = this.crews.stations(nowMs, isWithheld ? running : this.#job.slots, wanted !== undefined);
      const decision = this.#allotment.decide(nowMs, stations);
      if (decision === undefined) break;
      if (decision.machine === here && !this.#announcer.has(decision.segment)) wanted = decision.segment;
      else if (decision.machine === here && !this.#hasCapacity(running) && !this.#mustBegin(decision.segment)) {
        isWithheld = true;
        wantsMore = running >= this.#job.limit.share(running);
      } else this.#carryOut(decision);
    }
    return { wanted, isWithheld, wantsMore };
  }

  /** Whether one more slot here may be at work. */
  #hasCapacity(running: number): boolean {
    const { limit, slots } = this.#job;
    const share = Math.min(slots, limit.share(running));
    const capacity = running < share ? Math.min(share, limit.capacity()) : share;
    this.#commits.times.withhold(performance.now(), share - Math.max(capacity, running));
    return running < capacity;
  }

  /**
   * Whether a segment gets a slot beyond what memory and other runs leave: where all slots at work wait for frames, these may
   * only come when the segment has made room for them. One whose end is not known makes none while this run has others.
   */
  #mustBegin(segment: number): boolean {
    // No slot waits for more than a packer then.
    if (this.#job.wholeSegments) return false;
    const { local } = this.crews;
    const isWhole = this.#plan.segments[segment]!.frames !== null;
    return (isWhole || local.busy === 0) && local.allWait && this.#job.limit.othersWait;
  }

  #upcoming(count: number, wanted: number | undefined): number[] {
    const upcoming = this.scheduler.upcoming(count);
    // A copy, or what was taken over, is not among those that wait; nor need be what a slow machine can still end in time.
    if (wanted !== undefined && !upcoming.includes(wanted)) upcoming.unshift(wanted);
    return upcoming;
  }

  #carryOut({ machine, segment, instead }: Decision): void {
    const assignment = this.scheduler.begin(segment, machine);
    if (machine === here) this.#announcer.begin(segment);
    else this.#announcer.beginElsewhere(segment);
    const given = this.crews.begin(
      machine,
      assignment,
      (ended) => this.#onEnded(ended),
      (error) => this.#fail(error),
    );
    this.#job.source.attach(segment, given.fed);
    if (instead) this.crews.cancel((other) => other === instead.given);
  }

  #onEnded(ended: Ended): void {
    if (this.#stopped) return;
    const { given: { segment, machine, fed }, outcome } = ended;
    // Before the slot can have its next segment.
    this.#job.source.detach(segment, fed);
    if (machine === here && outcome.kind !== "done") this.#announcer.remove(segment);
    this.#outcomes.take(ended);
    this.dispatch();
  }

  #lookForWorkers(nowMs: number): void {
    const { remote } = this.crews;
    if (this.#job.slots > 0 || this.scheduler.finished) return;
    const isIdle = remote.atWork.length === 0;
    if (isIdle && !remote.isHopeful) return this.#fail(noWorkerLeft());
    this.#wait.look(isIdle && (!remote.isThere(nowMs) || this.scheduler.isHeldUp));
  }

  #onWaitedTooLong(): void {
    const { held } = this.scheduler;
    if (!this.crews.remote.isThere(performance.now()) || held.length === 0) {
      return this.#fail(noWorkerCame(this.#job.workerTimeoutSeconds));
    }
    for (const segment of held) this.#outcomes.setAside(segment, "workers were lost over it, and nobody knows why");
    this.dispatch();
  }

  #fail(error: unknown): void {
    this.halt();
    this.#events.failed(error);
  }
}
