// Keeps which segments wait, which are at work and how each ended, and the order in which they go out. It knows no clock, no
// thread, no file and no worker's speed: whoever drives it tells what happened and asks what an idle slot should do.
//
// Order: while the plan grows, segments go out as they come, so that the output can grow too; the open one only when
// nothing else is left. Once the plan is complete the longest goes first, which keeps the slots' idle time at the end
// short (Graham 1969: at most a third above the best schedule, far less with many segments). A segment that failed comes
// back until its tries are used up. Several tries may be at one segment; the first result wins. Each segment is committed
// once.

import { LengthOrder } from "./length_order.ts";
import type { Plan, Segment } from "./plan.ts";
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

/** Who asks for a segment, and for which. */
export interface Taker {
  /** `here`, or the number of a worker. */
  readonly machine: number;
  /** Only segments of at most so many frames; whatever their length while the plan grows. */
  readonly limit?: number;
  /** Only segments whose end is known. */
  readonly closed?: boolean;
  /** Also segments that failed on this machine before. */
  readonly again?: boolean;
  /** Not these. */
  readonly isSpared?: (index: number) => boolean;
}

/** Tries at one segment at once: a copy may have to be overtaken itself. */
const mostAtOnce = 3;

const thisMachine: Taker = { machine: here, again: true };

export class Scheduler {
  readonly #work: SegmentWork[] = [];
  /** Segments that wait again, few at any time. */
  readonly #returned = new Set<number>();
  /** Segments that wait until nothing else does. */
  readonly #deferred: ReadonlySet<number>;
  readonly #hasLocal: boolean;
  /** Segments below this were begun, or need not be: while the plan grows. */
  #fresh = 0;
  /** Segments not begun; made when the plan is complete. */
  #byLength: LengthOrder | undefined;
  /** Of waiting segments; counted when the plan is complete, and again when it is cut. */
  #waitingFrames = { of: -1, frames: 0 };
  #committed = 0;
  /** Segments that are committed or abandoned. */
  #settled = 0;
  #started = 0;

  /**
   * `deferred` are segments to be begun last: they are suspected of taking the process down. `hasLocal`: this machine
   * encodes, not workers alone.
   */
  constructor(readonly plan: Plan, deferred: Iterable<number> = [], hasLocal = true) {
    this.#deferred = new Set(deferred);
    this.#hasLocal = hasLocal;
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
    const { segments } = this.plan;
    if (this.#waitingFrames.of !== segments.length) {
      const frames = segments.reduce((sum, { index, frames }) => sum + (this.isWaiting(index) ? frames! : 0), 0);
      this.#waitingFrames = { of: segments.length, frames };
    }
    return this.#waitingFrames.frames;
  }

  /** The segment an idle slot should begin now; undefined when there is none for it. */
  peek(taker: Taker = thisMachine): number | undefined {
    return this.plan.complete ? this.#longest(taker) : this.#first(taker);
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

  /** Up to `count` segments of at most `limit` frames that `next` will give soon, about in that order. */
  upcoming(count: number, limit = Infinity): number[] {
    const { segments } = this.plan;
    // Puts the order right.
    if (this.peek() === undefined) return [];
    const fresh: number[] = [];
    if (this.#byLength !== undefined) {
      fresh.push(...this.#byLength.longest(count, limit, (index) => this.#canBegin(index)));
    } else {
      for (let index = this.#fresh; index < segments.length && fresh.length < count; index++) {
        if (this.#canBegin(index)) fresh.push(index);
      }
    }
    const waiting = [...this.#waitingAgain(), ...fresh];
    if (waiting.length < count && this.plan.complete) waiting.push(...this.#deferred);
    return [...new Set(waiting)].filter((index) => this.isWaiting(index)).slice(0, count);
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
    return work.state === "running" && work.live < mostAtOnce && !work.isSuspect;
  }

  /** Whether this machine may be given the segment, which failed there before or not. */
  mayTake(index: number, { machine, again = false }: Taker): boolean {
    if (machine === here) return true;
    const work = this.#of(index);
    return !work.isBarred && (again || !work.hasFailedOn(machine));
  }

  /** Segments that wait and that nobody may have until more is known of how workers were lost. */
  get held(): number[] {
    if (this.#hasLocal) return [];
    return this.#waitingAgain().filter((index) => this.isWaiting(index) && this.#of(index).isBarred);
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

  /** A slot has failed at a segment. True when it will be tried again, or is being tried elsewhere. */
  fail(index: number, reason: string, machine = here): boolean {
    const work = this.#of(index);
    if (work.state === "running") work.fail(machine, reason);
    return this.#afterTry(index, work);
  }

  /** A segment was taken back from a slot through no fault of its own: no try is counted, and it waits unless others are at it. */
  release(index: number): void {
    this.#afterTry(index, this.#of(index));
  }

  /** A worker was lost that was encoding the segment. True as with `fail`. */
  lose(index: number, machine: number, crashed: Crashed, reason: string): boolean {
    const work = this.#of(index);
    if (work.state === "running") work.lose(machine, crashed, reason);
    return this.#afterTry(index, work);
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
    this.#returned.add(index);
    this.#countWaiting(index, 1);
    return true;
  }

  #leaveWaiting(index: number, work: SegmentWork, state: Exclude<SegmentWork["state"], "waiting">): void {
    if (work.state === "waiting") {
      this.#returned.delete(index);
      this.#countWaiting(index, -1);
    }
    work.state = state;
  }

  #countWaiting(index: number, sign: 1 | -1): void {
    this.#waitingFrames.frames += sign * (this.plan.segments[index]!.frames ?? 0);
  }

  #markStarted(work: SegmentWork): void {
    if (!work.started) this.#started++;
    work.started = true;
  }

  /** While the plan grows: the first that waits, the open one only when there is no other. */
  #first(taker: Taker): number | undefined {
    const { segments } = this.plan;
    while (this.#fresh < segments.length && !this.#canBegin(this.#fresh)) this.#fresh++;
    const waiting = this.#waitingAgain().filter((index) => this.#suits(index, taker));
    for (let index = this.#fresh; index < segments.length; index++) {
      if (!this.#canBegin(index) || taker.isSpared?.(index)) continue;
      waiting.push(index);
      break;
    }
    const closed = waiting.filter((index) => segments[index]!.frames !== null);
    if (closed.length > 0) return Math.min(...closed);
    return waiting.length === 0 || taker.closed ? undefined : Math.min(...waiting);
  }

  /** Once it is complete: the longest that waits, of equals the first; deferred ones when no other waits. */
  #longest(taker: Taker): number | undefined {
    const { segments } = this.plan, { limit = Infinity, isSpared } = taker;
    const fits = (index: number) => segments[index]!.frames! <= limit && this.#suits(index, taker);
    this.#byLength ??= new LengthOrder(
      segments.slice(this.#fresh).filter(({ index }) => this.#canBegin(index))
        .map(({ index, frames }) => ({ index, frames: frames! })),
    );
    const fresh = this.#byLength.longest(1, limit, (index) => this.#canBegin(index), isSpared && not(isSpared));
    const waiting = [...this.#waitingAgain().filter(fits), ...fresh];
    const before = (a: number, b: number) => segments[a]!.frames! - segments[b]!.frames! || b - a;
    return waiting.sort(before).at(-1) ??
      [...this.#deferred].find((index) => index < segments.length && this.isWaiting(index) && fits(index));
  }

  #suits(index: number, taker: Taker): boolean {
    return this.mayTake(index, taker) && !taker.isSpared?.(index);
  }

  /** Those that are still in the plan. */
  #waitingAgain(): number[] {
    return [...this.#returned].filter((index) => index < this.plan.segments.length);
  }

  /** It waits, was never begun and is not to be the last. */
  #canBegin(index: number): boolean {
    return index < this.plan.segments.length && this.isWaiting(index) && !this.#returned.has(index) &&
      !this.#deferred.has(index);
  }

  #of(index: number): SegmentWork {
    if (this.plan.segments[index] === undefined) throw new TypeError(`There is no segment ${index}`);
    return this.#work[index] ??= new SegmentWork();
  }
}

function not(predicate: (index: number) => boolean): (index: number) => boolean {
  return (index) => !predicate(index);
}
