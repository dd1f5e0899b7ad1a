// What becomes of a segment when a try at it ends: committed, tried again, given up, or left to the other tries at it. Tries
// that end because another was first, or because they were taken back, count nothing. What a worker says is believed as
// far as it can be true.

import { IncompleteError } from "../errors.ts";
import { type AtWork, type Ended, secondsSpent } from "./at_work.ts";
import type { Commits } from "./commits.ts";
import type { Crews } from "./crews.ts";
import type { EncodeJob } from "./encode_job.ts";
import { frameSpan } from "./frame_span.ts";
import type { MachinePaces } from "./machine_pace.ts";
import type { Plan } from "./plan.ts";
import type { RemoteOutcome } from "./remote_slots.ts";
import { here, maximumAttempts, type Scheduler } from "./scheduler.ts";
import type { SegmentPackets } from "./segment_encoder.ts";

export interface TryOutcomesSetup {
  readonly job: EncodeJob;
  readonly plan: Plan;
  readonly scheduler: Scheduler;
  readonly commits: Commits;
  readonly crews: Crews;
  readonly paces: MachinePaces;
  /** A segment has its result. */
  onArrived(): void;
  /** The run cannot go on. */
  onFailure(error: unknown): void;
}

export class TryOutcomes {
  readonly #setup: TryOutcomesSetup;

  constructor(setup: TryOutcomesSetup) {
    this.#setup = setup;
  }

  /** A try is over, and detached from its source. */
  take({ given, outcome, hadOldVideo }: Ended): void {
    const { plan, job, onFailure } = this.#setup, { segment } = given;
    // The input ended before the segment did.
    if (segment >= plan.segments.length) return job.source.settle(segment);
    if (outcome.kind === "done" && this.#isRight(given, outcome.packets)) return this.#onDone(given, outcome.packets);
    // An open segment may grow past the frame from which on the old layout is wrong.
    if (outcome.kind === "cancelled" || (outcome.kind === "input-failed" && hadOldVideo)) this.#onTakenBack(given);
    else if (outcome.kind === "input-failed") onFailure(new IncompleteError(outcome.reason));
    else this.#onBadTry(given, outcome);
  }

  /** It is known now whether the segment took a worker down. */
  crashKnown(segment: number, crashed: boolean): void {
    if (!this.#setup.scheduler.crashKnown(segment, crashed)) this.#giveUp(segment);
  }

  /** A segment that waits is not tried any more. */
  setAside(segment: number, reason: string): void {
    this.#setup.scheduler.setAside(segment, reason);
    this.#giveUp(segment, undefined, reason);
  }

  /** On this machine a wrong number of frames is a fault of the program. */
  #isRight({ machine, segment }: AtWork, { index, frames }: SegmentPackets): boolean {
    return machine === here || (index === segment && frames === this.#setup.plan.segments[segment]!.frames);
  }

  #onDone(given: AtWork, packets: SegmentPackets): void {
    const { plan, scheduler, commits, crews, paces, onArrived } = this.#setup;
    const { segment, machine } = given, nowMs = performance.now();
    crews.remote.praise(given);
    // What a worker takes with all that is around it counts once nobody waits for frames that are still to come.
    const seconds = machine === here || !plan.complete ? packets.seconds : secondsSpent(given, nowMs);
    paces.learn(machine, packets.frames, seconds);
    if (!scheduler.arrive(segment)) return commits.times.addCopy(secondsSpent(given, nowMs));
    crews.cancel((other) => other.segment === segment);
    onArrived();
    commits.take(packets, given);
  }

  /** Stopped, because another try was first or has it now, or given back by its worker. */
  #onTakenBack(given: AtWork): void {
    const { scheduler, commits } = this.#setup;
    if (scheduler.isOver(given.segment)) commits.times.addCopy(secondsSpent(given, performance.now()));
    scheduler.release(given.segment);
    this.#mustBeReadable(given, "its worker gave them back");
  }

  #onBadTry(given: AtWork, outcome: Exclude<RemoteOutcome, { kind: "cancelled" | "input-failed" }>): void {
    const { scheduler, crews, job } = this.#setup;
    const { segment, machine, assignment: { attempt }, slot, worker } = given;
    const { isSegments, isSetAside } = crews.remote.blame(given);
    // Of a worker that is lost its link tells.
    if (isSetAside && outcome.kind !== "lost") {
      job.onNote(`${worker} fails at whatever it is given: it gets one segment at a time, after waits`, true);
    }
    if (scheduler.isOver(segment)) return;
    const reason = outcome.kind === "done" ? "its packets are not those of the segment" : outcome.reason;
    const again = outcome.kind === "lost"
      ? scheduler.lose(segment, machine, { ...outcome, isSegments }, reason)
      : scheduler.fail(segment, reason, machine, isSegments);
    if (!again) return this.#giveUp(segment, given, reason);
    if (!this.#mustBeReadable(given, reason)) return;
    // That a worker is gone was said already.
    if (outcome.kind === "lost" && outcome.crashed !== "yes") return;
    job.onFailure({ slot, worker, ...this.#frames(segment), attempt, attempts: maximumAttempts, again, reason });
  }

  /** No machine tries it again. */
  #giveUp(segment: number, given?: AtWork, reason = "it took workers' processes down"): void {
    const { job, commits } = this.#setup;
    job.source.settle(segment);
    const { slot, worker = null, assignment } = given ?? {};
    const attempts = maximumAttempts, attempt = assignment?.attempt ?? attempts;
    job.onFailure({ slot, worker, ...this.#frames(segment), attempt, attempts, again: false, reason });
    commits.skip(segment);
  }

  /** Ends the run where a segment waits of which the first frames are gone. */
  #mustBeReadable({ segment }: AtWork, reason: string): boolean {
    const { scheduler, job: { source }, onFailure } = this.#setup;
    if (!scheduler.isWaiting(segment) || source.canRetry(segment)) return true;
    const { firstFrame, lastFrame } = this.#frames(segment);
    onFailure(
      new IncompleteError(
        `Cannot encode ${frameSpan(firstFrame, lastFrame)}: ${reason}; they cannot be tried again now, since they ` +
          "were larger than the memory for waiting frames; the same command goes on, with --tmp-input it keeps them",
      ),
    );
    return false;
  }

  /** Of the input, both ends included. */
  #frames(segment: number): { firstFrame: number; lastFrame: number | undefined } {
    const { first, frames } = this.#setup.plan.segments[segment]!;
    const firstFrame = this.#setup.job.skip + first;
    return { firstFrame, lastFrame: frames === null ? undefined : firstFrame + frames - 1 };
  }
}
