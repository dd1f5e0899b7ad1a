// Gives segments to slots and takes back what becomes of them: it ties the scheduler's and the allotment's decisions to the
// slots of this machine and of workers, to the source that feeds them, and to the announcements on the disk without which
// nothing begins here. All of it happens on the main thread, at events; each event ends in `dispatch`, which begins
// whatever can begin. Tries that end because another was first, or because they were taken back, count nothing.

import { IncompleteError } from "../errors.ts";
import { Allotment, type Decision, type Station } from "./allotment.ts";
import { Announcer } from "./announcer.ts";
import { type AtWork, type Ended, secondsSpent } from "./at_work.ts";
import type { Commits } from "./commits.ts";
import type { EncodeJob } from "./encode_job.ts";
import { killPoint } from "./fault_points.ts";
import { frameSpan } from "./frame_span.ts";
import { MachinePaces } from "./machine_pace.ts";
import type { Plan } from "./plan.ts";
import { RemoteCrew } from "./remote_crew.ts";
import type { RemoteOutcome } from "./remote_slots.ts";
import { type Assignment, here, maximumAttempts, Scheduler } from "./scheduler.ts";
import type { SegmentPackets } from "./segment_encoder.ts";
import { SlotCrew } from "./slot_crew.ts";
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
  readonly local: SlotCrew;
  readonly remote: RemoteCrew;
  readonly #job: EncodeJob;
  readonly #plan: Plan;
  readonly #commits: Commits;
  readonly #events: DispatcherEvents;
  readonly #paces = new MachinePaces();
  readonly #allotment: Allotment;
  readonly #announcer: Announcer;
  readonly #wait: WorkerWait;
  #stopped = false;
  #isDispatching = false;
  #recheck: ReturnType<typeof setTimeout> | undefined;

  constructor(job: EncodeJob, plan: Plan, commits: Commits, events: DispatcherEvents) {
    const { store, slots, library, settings, source, resolved: { onePiece }, stallSeconds } = job;
    this.#job = job;
    this.#plan = plan;
    this.#commits = commits;
    this.#events = events;
    this.scheduler = new Scheduler(plan, job.kept?.deferred, slots > 0);
    this.local = new SlotCrew({ library, settings, onePiece, slots, stallSeconds, video: () => source.video });
    this.remote = new RemoteCrew(job.fleet);
    this.#announcer = new Announcer((segments) => store.announce(segments), slots);
    this.#allotment = new Allotment(this.scheduler, this.#paces, {
      isReadable: (segment) => source.canRetry(segment),
      isReserved: (segment) => this.#announcer.has(segment),
    });
    this.#wait = new WorkerWait(
      job.workerTimeoutSeconds,
      (text) => job.onNote(text),
      () => this.#onWaitedTooLong(),
    );
  }

  /** All tries, those that wait at workers among them. */
  get atWork(): AtWork[] {
    return [...this.local.atWork.filter((given) => given !== undefined), ...this.remote.atWork];
  }

  /** Slots at work. */
  get busy(): number {
    return this.local.busy + this.remote.atWork.filter(({ startedMs }) => startedMs !== undefined).length;
  }

  /** Slots that there are now. */
  get slots(): number {
    return this.#job.slots + this.remote.slots;
  }

  /** Nothing is begun any more, and nothing is reported. */
  halt(): void {
    this.#stopped = true;
  }

  /** As `halt`, and running segments are given up. */
  close(): void {
    this.#stopped = true;
    clearTimeout(this.#recheck);
    this.#wait.close();
    this.local.close();
    this.#job.fleet?.close();
  }

  /** Gives up the segments that are not in the plan any more. */
  cancelCutOff(): void {
    for (const given of this.atWork) if (this.#wasCutOff(given.assignment)) given.cancel();
  }

  /** The store has the segment: it is done. False where it had it before. */
  keep(segment: number): boolean {
    if (!this.scheduler.commit(segment)) return false;
    killPoint("segment-kept");
    this.#announcer.remove(segment);
    this.#job.source.settle(segment);
    return true;
  }

  /** It is known now whether the segment took a worker down. */
  crashKnown(segment: number, crashed: boolean): void {
    if (this.#stopped || this.#plan.segments[segment] === undefined) return;
    if (!this.scheduler.crashKnown(segment, crashed)) this.#giveUp(segment);
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
      this.#dispatchNow();
    } finally {
      this.#isDispatching = false;
    }
  }

  #dispatchNow(): void {
    const nowMs = performance.now();
    this.#commits.times.setSlots(nowMs, this.slots);
    const { wanted, isWithheld } = this.#begin(nowMs);
    const isIdle = wanted !== undefined;
    const upcoming = (count: number) => this.#upcoming(count, wanted);
    this.#announcer.ask(upcoming, isIdle, () => {
      killPoint("announced");
      this.dispatch();
    }).catch((error) => this.#fail(error));
    const isTail = this.#plan.complete && this.remote.atWork.length > 0;
    const checkAtMs = Math.min(
      isWithheld || isTail ? nowMs + checkMs : Infinity,
      this.remote.pausedUntilMs(nowMs),
    );
    if (checkAtMs < Infinity) this.#recheck = setTimeout(() => this.dispatch(), Math.ceil(checkAtMs - nowMs));
    const ahead = Math.max(segmentsAheadPerSlot * Math.max(1, this.slots), this.#announcer.wanted);
    this.#job.source.allow(this.scheduler.started + ahead);
    this.#lookForWorkers(nowMs);
    // A segment is settled only when it is kept; what was cut off and is still at work is not waited for.
    if (this.scheduler.finished) this.#events.finished();
  }

  /**
   * Carries out decisions until there are none. Gives the segment that this machine would begin if it were announced, and
   * whether one of its slots is withheld for memory.
   */
  #begin(nowMs: number): { wanted: number | undefined; isWithheld: boolean } {
    let wanted: number | undefined, isWithheld = false;
    while (!this.#commits.areBehind) {
      const running = this.local.busy;
      const mine: Station<AtWork> = {
        machine: here,
        slots: isWithheld ? running : this.#job.slots,
        ahead: 0,
        tries: this.local.atWork.filter((given) => given !== undefined),
        isHeld: wanted !== undefined,
      };
      const decision = this.#allotment.decide(nowMs, [mine, ...this.remote.stations(nowMs)]);
      if (decision === undefined) break;
      if (decision.machine === here) {
        if (!this.#announcer.has(decision.segment)) {
          wanted = decision.segment;
          continue;
        }
        if (!this.#hasCapacity(decision.segment, running)) {
          isWithheld = true;
          continue;
        }
      }
      this.#carryOut(decision);
    }
    return { wanted, isWithheld };
  }

  /** Whether memory allows one more slot here. */
  #hasCapacity(segment: number, running: number): boolean {
    const { slots } = this.#job;
    const capacity = Math.min(slots, this.#job.capacity(running));
    this.#commits.times.withhold(performance.now(), slots - Math.max(capacity, running));
    return running < capacity || running === 0 || this.#mustBegin(segment);
  }

  /**
   * Whether a segment gets a slot beyond what memory allows: where all slots at work wait for frames, these may only come
   * when the segment has made room for them.
   */
  #mustBegin(segment: number): boolean {
    return this.#plan.segments[segment]!.frames !== null && this.local.allWait;
  }

  #upcoming(count: number, wanted: number | undefined): number[] {
    const upcoming = this.scheduler.upcoming(count);
    // A copy, or what was taken over, is not among those that wait; nor need be what a slow machine can still end in time.
    if (wanted !== undefined && !upcoming.includes(wanted)) upcoming.unshift(wanted);
    return upcoming;
  }

  #carryOut({ machine, segment, instead }: Decision<AtWork>): void {
    const assignment = this.scheduler.begin(segment, machine);
    const onEnded = (ended: Ended) => this.#onEnded(ended);
    const onFailure = (error: unknown) => this.#fail(error);
    let given: AtWork;
    if (machine === here) {
      this.#announcer.begin(segment);
      given = this.local.begin(assignment, onEnded, onFailure);
    } else {
      this.#announcer.beginElsewhere(segment);
      given = this.remote.begin(machine, assignment, onEnded, onFailure);
    }
    this.#job.source.attach(segment, given.fed);
    instead?.given.cancel();
  }

  #onEnded({ given, outcome, hadOldVideo }: Ended): void {
    if (this.#stopped) return;
    const { segment, assignment, machine } = given;
    // Before the slot can have its next segment.
    this.#job.source.detach(segment, given.fed);
    if (this.#wasCutOff(assignment)) this.#job.source.settle(segment);
    else if (outcome.kind === "done" && this.#isRight(given, outcome.packets)) this.#onDone(given, outcome.packets);
    else {
      if (machine === here) this.#announcer.remove(segment);
      // An open segment may grow past the frame from which on the old layout is wrong.
      if (outcome.kind === "cancelled" || (outcome.kind === "input-failed" && hadOldVideo)) {
        this.#onTakenBack(given);
      } else if (outcome.kind === "input-failed") return this.#fail(new IncompleteError(outcome.reason));
      else this.#onBadTry(given, outcome);
    }
    this.dispatch();
  }

  /** What a worker says need not be true. On this machine a wrong number of frames is a fault of the program. */
  #isRight({ machine, segment }: AtWork, { index, frames }: SegmentPackets): boolean {
    return machine === here || (index === segment && frames === this.#plan.segments[segment]!.frames);
  }

  #onDone(given: AtWork, packets: SegmentPackets): void {
    const { segment, machine } = given, nowMs = performance.now();
    this.remote.judge(given, true);
    // What a worker takes with all that is around it counts once nobody waits for frames that are still to come.
    const seconds = machine === here || !this.#plan.complete ? packets.seconds : secondsSpent(given, nowMs);
    this.#paces.learn(machine, packets.frames, seconds);
    if (!this.scheduler.arrive(segment)) return this.#commits.times.addCopy(secondsSpent(given, nowMs));
    for (const other of this.atWork) if (other.segment === segment) other.cancel();
    this.#commits.take(packets, given);
  }

  /** Stopped, because another try was first or has it now, or given back by its worker. */
  #onTakenBack(given: AtWork): void {
    if (this.scheduler.isOver(given.segment)) this.#commits.times.addCopy(secondsSpent(given, performance.now()));
    this.scheduler.release(given.segment);
    this.#mustBeReadable(given, "its worker gave them back");
  }

  #onBadTry(given: AtWork, outcome: Exclude<RemoteOutcome, { kind: "cancelled" | "input-failed" }>): void {
    const { segment, machine, assignment, slot, worker } = given;
    this.remote.judge(given, false);
    const reason = outcome.kind === "done" ? "its packets are not those of the segment" : outcome.reason;
    if (this.scheduler.isOver(segment)) return;
    const again = outcome.kind === "lost"
      ? this.scheduler.lose(segment, machine, outcome.crashed, reason)
      : this.scheduler.fail(segment, reason, machine);
    if (again && !this.#mustBeReadable(given, reason)) return;
    if (!again) return this.#giveUp(segment, given, reason);
    // That a worker is gone was said already.
    if (outcome.kind === "lost" && outcome.crashed !== "yes") return;
    const { firstFrame, lastFrame } = this.#frames(segment), { attempt } = assignment;
    const attempts = maximumAttempts;
    this.#job.onFailure({ slot, worker, firstFrame, lastFrame, attempt, attempts, again, reason });
  }

  /** No machine may try it again. */
  #giveUp(segment: number, given?: AtWork, reason = "it took workers' processes down"): void {
    this.#job.source.settle(segment);
    const { slot, worker = null, assignment } = given ?? {};
    const attempts = maximumAttempts, attempt = assignment?.attempt ?? attempts;
    this.#job.onFailure({ slot, worker, ...this.#frames(segment), attempt, attempts, again: false, reason });
    this.#commits.skip(segment);
  }

  /** Ends the run where a segment waits of which the first frames are gone. */
  #mustBeReadable({ segment }: AtWork, reason: string): boolean {
    if (!this.scheduler.isWaiting(segment) || this.#job.source.canRetry(segment)) return true;
    const { firstFrame, lastFrame } = this.#frames(segment);
    this.#fail(
      new IncompleteError(
        `Cannot encode ${frameSpan(firstFrame, lastFrame)}: ${reason}; they cannot be tried again now, since they ` +
          "were larger than the memory for waiting frames; the same command goes on, with --tmp-input it keeps them",
      ),
    );
    return false;
  }

  /** Of the input, both ends included. */
  #frames(segment: number): { firstFrame: number; lastFrame: number | undefined } {
    const { first, frames } = this.#plan.segments[segment]!;
    const firstFrame = this.#job.skip + first;
    return { firstFrame, lastFrame: frames === null ? undefined : firstFrame + frames - 1 };
  }

  /** The input ended before the segment did. */
  #wasCutOff({ segment }: Assignment): boolean {
    return segment.index >= this.#plan.segments.length;
  }

  #lookForWorkers(nowMs: number): void {
    if (this.#job.slots > 0 || this.scheduler.finished) return;
    const isIdle = this.remote.atWork.length === 0;
    const areThere = this.remote.stations(nowMs).some(({ slots }) => slots > 0);
    const isHeldUp = this.scheduler.held.length > 0 && this.scheduler.upcoming(this.scheduler.held.length + 1).every(
      (segment) => this.scheduler.held.includes(segment),
    );
    if (isIdle && !this.remote.isHopeful) return this.#fail(noWorkerLeft());
    this.#wait.look(isIdle && (!areThere || isHeldUp));
  }

  #onWaitedTooLong(): void {
    const { held } = this.scheduler;
    const areThere = this.remote.stations(performance.now()).some(({ slots }) => slots > 0);
    if (!areThere || held.length === 0) return this.#fail(noWorkerCame(this.#job.workerTimeoutSeconds));
    for (const segment of held) {
      const reason = "workers were lost over it, and nobody knows why";
      this.scheduler.setAside(segment, reason);
      this.#giveUp(segment, undefined, reason);
    }
    this.dispatch();
  }

  #fail(error: unknown): void {
    this.#stopped = true;
    this.#events.failed(error);
  }
}
