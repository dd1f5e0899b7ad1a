// Keeps which segments wait, which are at work and how each ended. It knows no clock, no thread, no file and no machine's
// speed: whoever drives it tells what happened and asks what an idle slot should do. In which order segments go out is
// SegmentQueue's business: as they come while the plan grows, then the longest first, which keeps the slots' idle time at
// the end short (Graham 1969: at most a third above the best schedule, far less with many segments). A segment that failed
// comes back until its tries are used up. Several tries may be at one segment; the first result wins. Each segment is
// committed once.

import type { Plan, Segment } from "./plan.ts";
import { SegmentQueue, type Taker } from "./segment_queue.ts";
import { type Crashed, here, SegmentWork } from "./segment_work.ts";

export { here, maximumAttempts } from "./segment_work.ts";

export interface Assignment {
  readonly segment: Segment;
  /** From 1. */
  readonly attempt: number;
}

export interface AbandonedSegment {
  readonly segment: Segment;
  readonly failures: readonly string[];
}

/** How a worker was lost with a segment. */
export interface Loss {
  readonly crashed: Crashed;
  /** It does not get on with it. */
  readonly isStalled?: boolean;
  /** As with `fail`. */
  readonly isSegments?: boolean;
}

/** Tries at one segment at once: a copy may have to be overtaken itself. */
const mostAtOnce = 3;

const thisMachine: Taker = { machine: here, again: true };

export class Scheduler {
  readonly #work: (SegmentWork | undefined)[] = [];
  readonly #queue: SegmentQueue;
  readonly #hasLocal: boolean;
  readonly #onlyWhole: boolean;
  #committed = 0;
  /** Segments that are committed or abandoned. */
  #settled = 0;
  #started = 0;

  /**
   * `deferred` are segments to be begun last: they are suspected of taking the process down. `hasLocal`: this machine
   * encodes, not workers alone. `onlyWhole`: no segment is begun before its end is known.
   */
  constructor(readonly plan: Plan, deferred: Iterable<number> = [], hasLocal = true, onlyWhole = false) {
    this.#queue = new SegmentQueue(plan, deferred, this);
    this.#hasLocal = hasLocal;
    this.#onlyWhole = onlyWhole;
  }

  /** Segments that were given to a slot at least once, or need not be. */
  get started(): number {
    return this.#started;
  }

  get committed(): number {
    return this.#committed;
  }

  get abandoned(): AbandonedSegment[] {
    return this.plan.segments.filter((segment) => this.#of(segment.index).state === "abandoned")
      .map((segment) => ({ segment, failures: this.#of(segment.index).failures }));
  }

  /** Nothing waits, nothing runs, nothing will come. */
  get finished(): boolean {
    return this.plan.complete && this.#settled === this.plan.segments.length;
  }

  /** Frames of the segments that wait. Only once the plan is complete. */
  get waitingFrames(): number {
    return this.#queue.frames;
  }

  /** The segment an idle slot should begin now; undefined when there is none for it. */
  peek(taker: Taker = thisMachine): number | undefined {
    return this.#queue.peek(this.#onlyWhole ? { ...taker, closed: true } : taker);
  }

  /** Takes what `peek` gives this machine as begun. */
  next(): Assignment | undefined {
    const index = this.peek();
    return index === undefined ? undefined : this.begin(index, here);
  }

  /** A slot begins a segment that waits, or that others are at already. */
  begin(index: number, machine: number): Assignment {
    const work = this.#of(index);
    if (work.state !== "waiting" && work.state !== "running") throw new TypeError(`Segment ${index} is ${work.state}`);
    this.#markStarted(work);
    this.#leaveWaiting(index, work, "running");
    work.live++;
    return { segment: this.plan.segments[index]!, attempt: work.attempt(machine) };
  }

  /** Up to `count` segments that `next` will give soon, about in that order. */
  upcoming(count: number): number[] {
    return this.#queue.upcoming(count, thisMachine);
  }

  /** Whether nobody has it, and somebody should. */
  isWaiting(index: number): boolean {
    return this.#of(index).state === "waiting";
  }

  /** Whether nothing that slots still do for it is wanted: it is finished, kept or not, or given up. */
  isOver(index: number): boolean {
    const { state } = this.#work[index] ?? {};
    return state !== undefined && state !== "waiting" && state !== "running";
  }

  /** Whether one more try beside those that run could do good: no try at it was bad, and not too many are at it. */
  isWorthACopy(index: number): boolean {
    const work = this.#of(index);
    return work.state === "running" && work.live < mostAtOnce && work.isWorthACopy;
  }

  /** Whether this machine may be given a segment that `from` has and is not known to have begun. */
  mayTakeOver(index: number, taker: Taker, from: number): boolean {
    if (taker.machine === here || from === here) return this.mayTake(index, taker);
    // The other may begin it in this moment, and both die of it.
    return this.mayTake(index, taker) && !this.#of(index).isBarred(1);
  }

  /** Whether this machine may be given the segment, which failed there before or not. */
  mayTake(index: number, { machine, again = false }: Taker): boolean {
    if (machine === here) return true;
    const work = this.#of(index);
    return !work.isBarred() && (again || !work.hasFailedOn(machine));
  }

  /** Segments that wait and that nobody may have until more is known of how workers were lost. */
  get held(): number[] {
    if (this.#hasLocal) return [];
    return this.#queue.returned.filter((index) => this.isWaiting(index) && this.#of(index).isBarred());
  }

  /** Nothing else waits than what is held. */
  get isHeldUp(): boolean {
    const { held } = this;
    return held.length > 0 && this.upcoming(held.length + 1).every((index) => held.includes(index));
  }

  /** An earlier run has finished the segment. */
  restore(index: number): void {
    this.#markStarted(this.#of(index));
    this.commit(index);
  }

  /** The segment is not to be tried at all, or not any more. */
  setAside(index: number, reason: string): void {
    const work = this.#of(index);
    if (work.state !== "waiting") return;
    this.#markStarted(work);
    work.failures.push(reason);
    this.#leaveWaiting(index, work, "abandoned");
    this.#settled++;
  }

  /** A slot has finished a segment. False where that is not wanted any more: another was first, with the same packets. */
  arrive(index: number): boolean {
    const work = this.#of(index);
    if (work.state !== "waiting" && work.state !== "running") return false;
    this.#leaveWaiting(index, work, "arrived");
    return true;
  }

  /** A finished segment is kept. False when it was committed before: the packets are the same and not needed. */
  commit(index: number): boolean {
    const work = this.#of(index);
    if (work.state === "committed") return false;
    if (work.state !== "abandoned") this.#settled++;
    this.#leaveWaiting(index, work, "committed");
    this.#committed++;
    return true;
  }

  /**
   * A slot has failed at a segment. True when it will be tried again, or is being tried elsewhere. `isSegments`: the worker
   * does well with others.
   */
  fail(index: number, reason: string, machine = here, isSegments = true): boolean {
    const work = this.#of(index);
    if (work.state === "running") work.fail(machine, reason, isSegments);
    return this.#afterTry(index, work);
  }

  /** A segment was taken back from a slot through no fault of its own: no try is counted, and it waits unless others are at it. */
  release(index: number): void {
    this.#afterTry(index, this.#of(index));
  }

  /**
   * A worker was lost that was encoding the segment, or does not get on with it (`isStalled`): then others come first. True as
   * with `fail`.
   */
  lose(
    index: number,
    machine: number,
    { crashed, isStalled = false, isSegments = true }: Loss,
    reason: string,
  ): boolean {
    const work = this.#of(index);
    if (work.state === "running") {
      work.lose(machine, crashed, reason, isSegments);
      if (isStalled) work.avoid(machine);
    }
    return this.#afterTry(index, work);
  }

  /** A worker may still die of the segment though that was taken back from it: what `crashKnown` says ends that. */
  crashSuspected(index: number): void {
    this.#of(index).suspect();
  }

  /** Whether the segment took a worker down that was lost with "unknown". False when it is given up for it. */
  crashKnown(index: number, crashed: boolean): boolean {
    const work = this.#of(index);
    work.learn(crashed);
    if (work.state !== "waiting" || !work.isExhausted(this.#hasLocal)) return true;
    this.#leaveWaiting(index, work, "abandoned");
    this.#settled++;
    return false;
  }

  /** The plan was cut: what it has no more counts no more, though an earlier run may have finished it. */
  cutOff(): void {
    // Of segments that nobody asked about there is nothing.
    for (const work of this.#work.splice(this.plan.segments.length)) {
      if (work?.state === "committed") this.#committed--;
      if (work?.state === "committed" || work?.state === "abandoned") this.#settled--;
    }
  }

  #afterTry(index: number, work: SegmentWork): boolean {
    if (work.state !== "running") return work.state === "waiting";
    work.live--;
    if (work.live > 0) return true;
    if (work.isExhausted(this.#hasLocal)) {
      work.state = "abandoned";
      this.#settled++;
      return false;
    }
    work.state = "waiting";
    this.#queue.comeBack(index);
    return true;
  }

  #leaveWaiting(index: number, work: SegmentWork, state: Exclude<SegmentWork["state"], "waiting">): void {
    if (work.state === "waiting") this.#queue.leave(index);
    work.state = state;
  }

  #markStarted(work: SegmentWork): void {
    if (!work.started) this.#started++;
    work.started = true;
  }

  #of(index: number): SegmentWork {
    if (this.plan.segments[index] === undefined) throw new TypeError(`There is no segment ${index}`);
    return this.#work[index] ??= new SegmentWork();
  }
}
