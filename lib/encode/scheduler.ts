// Decides which slot encodes which segment next. It knows no clock, no thread and no file: whoever drives it tells what
// happened and asks what an idle slot should do.
//
// Order: while the plan grows, segments go out as they come, so that the output can grow too; the open one only when
// nothing else is left. Once the plan is complete the longest goes first, which keeps the slots' idle time at the end
// short (Graham 1969: at most a third above the best schedule, far less with many segments). A segment that failed comes
// back until its tries are used up. Each segment is committed once.

import type { Plan, Segment } from "./plan.ts";

/** Tries of a segment in all. */
export const maximumAttempts = 3;

export interface Assignment {
  readonly segment: Segment;
  /** From 1. */
  readonly attempt: number;
}

interface Work {
  attempts: number;
  /** It was given to a slot at least once; `attempts` may be back at 0. */
  started: boolean;
  state: "waiting" | "running" | "committed" | "abandoned";
  /** Why each failed try failed. */
  readonly failures: string[];
}

export interface AbandonedSegment {
  readonly segment: Segment;
  readonly failures: readonly string[];
}

export class Scheduler {
  readonly #work: Work[] = [];
  /** Segments that wait again, few at any time. */
  readonly #returned = new Set<number>();
  /** Segments that wait until nothing else does. */
  readonly #deferred: Set<number>;
  /** Segments below this were begun, or need not be; those from it on were not: while the plan grows. */
  #fresh = 0;
  /** Segments not begun, the longest last; made when the plan is complete. */
  #byLength: number[] | undefined;
  #committed = 0;
  /** Segments that are committed or abandoned. */
  #settled = 0;
  #started = 0;

  /** `deferred` are segments to be begun last: they are suspected of taking the process down. */
  constructor(readonly plan: Plan, deferred: Iterable<number> = []) {
    this.#deferred = new Set(deferred);
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

  /** The segment an idle slot should begin now; undefined when there is none. */
  peek(): number | undefined {
    return this.plan.complete ? this.#longest() : this.#first();
  }

  /** Takes what `peek` gives as begun. */
  next(): Assignment | undefined {
    const index = this.peek();
    if (index === undefined) return undefined;
    this.#returned.delete(index);
    const segment = this.plan.segments[index]!, work = this.#of(index);
    this.#markStarted(work);
    work.attempts++;
    work.state = "running";
    return { segment, attempt: work.attempts };
  }

  /** Up to `count` segments that `next` will give soon, about in that order. */
  upcoming(count: number): number[] {
    const { segments } = this.plan;
    // Puts the order right.
    if (this.peek() === undefined) return [];
    const fresh: number[] = [];
    if (this.#byLength !== undefined) {
      for (let at = this.#byLength.length - 1; at >= 0 && fresh.length < count; at--) fresh.push(this.#byLength[at]!);
    } else {
      for (let index = this.#fresh; index < segments.length && fresh.length < count; index++) {
        if (!this.#deferred.has(index)) fresh.push(index);
      }
    }
    const waiting = [...this.#returned, ...fresh].filter((index) => this.#of(index).state === "waiting");
    if (waiting.length < count && this.plan.complete) waiting.push(...this.#deferred);
    return [...new Set(waiting)].filter((index) => this.#of(index).state === "waiting").slice(0, count);
  }

  /** An earlier run has finished the segment. */
  restore(index: number): void {
    const work = this.#of(index);
    this.#markStarted(work);
    this.commit(index);
  }

  /** The segment is not to be tried at all. */
  setAside(index: number, reason: string): void {
    const work = this.#of(index);
    if (work.state !== "waiting") return;
    this.#markStarted(work);
    this.#returned.delete(index);
    work.failures.push(reason);
    work.state = "abandoned";
    this.#settled++;
  }

  /** A slot has finished a segment. False when it was committed before: the packets are the same and not needed. */
  commit(index: number): boolean {
    const work = this.#of(index);
    if (work.state === "committed") return false;
    if (work.state !== "abandoned") this.#settled++;
    this.#returned.delete(index);
    work.state = "committed";
    this.#committed++;
    return true;
  }

  /** A slot has failed at a segment. True when it will be tried again. */
  fail(index: number, reason: string): boolean {
    const work = this.#of(index);
    if (work.state !== "running") return work.state === "waiting";
    work.failures.push(reason);
    const again = work.attempts < maximumAttempts;
    work.state = again ? "waiting" : "abandoned";
    if (again) this.#returned.add(index);
    else this.#settled++;
    return again;
  }

  /** A segment was taken back from a slot through no fault of its own: it waits again and no try is counted. */
  release(index: number): void {
    const work = this.#of(index);
    if (work.state !== "running") return;
    work.attempts--;
    work.state = "waiting";
    this.#returned.add(index);
  }

  #markStarted(work: Work): void {
    if (!work.started) this.#started++;
    work.started = true;
  }

  /** While the plan grows: the first that waits, the open one only when there is no other. */
  #first(): number | undefined {
    const { segments } = this.plan;
    while (this.#fresh < segments.length && !this.#canBegin(this.#fresh)) this.#fresh++;
    const waiting = [...this.#returned, ...(this.#fresh < segments.length ? [this.#fresh] : [])];
    const closed = waiting.filter((index) => segments[index]!.frames !== null);
    return waiting.length === 0 ? undefined : Math.min(...(closed.length > 0 ? closed : waiting));
  }

  /** Once it is complete: the longest that waits, of equals the first; deferred ones when no other waits. */
  #longest(): number | undefined {
    const frames = (index: number) => this.plan.segments[index]!.frames!;
    const before = (a: number, b: number) => frames(a) - frames(b) || b - a;
    this.#byLength ??= this.plan.segments.slice(this.#fresh).map(({ index }) => index).sort(before);
    while (this.#byLength.length > 0 && !this.#canBegin(this.#byLength.at(-1)!)) this.#byLength.pop();
    const fresh = this.#byLength.at(-1);
    const waiting = [...this.#returned, ...(fresh === undefined ? [] : [fresh])];
    return waiting.sort(before).at(-1) ?? [...this.#deferred].find((index) => this.#of(index).state === "waiting");
  }

  /** It waits, was never begun and is not to be the last. */
  #canBegin(index: number): boolean {
    return this.#of(index).state === "waiting" && !this.#returned.has(index) && !this.#deferred.has(index);
  }

  #of(index: number): Work {
    if (this.plan.segments[index] === undefined) throw new TypeError(`There is no segment ${index}`);
    return this.#work[index] ??= { attempts: 0, started: false, state: "waiting", failures: [] };
  }
}
