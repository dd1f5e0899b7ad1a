// The segments that wait, in the order in which they go out: as they come while the plan grows, the open one only when nothing
// else is left; once the plan is complete the longest first, of equals the first. Those that were begun and came back are
// few at any time; deferred ones are last. It is told which segments leave and come back, and looks the rest up in the plan.

import { LengthOrder } from "./length_order.ts";
import type { Plan } from "./plan.ts";

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

export interface QueueRules {
  isWaiting(index: number): boolean;
  /** Whether the machine may be given the segment. */
  mayTake(index: number, taker: Taker): boolean;
}

export class SegmentQueue {
  readonly #plan: Plan;
  readonly #rules: QueueRules;
  /** Segments that wait again. */
  readonly #returned = new Set<number>();
  readonly #deferred: ReadonlySet<number>;
  /** Segments below this were begun, or need not be: while the plan grows. */
  #fresh = 0;
  /** Segments not begun; made when the plan is complete. */
  #byLength: LengthOrder | undefined;
  /** Frames of all that wait; counted when the plan is complete, and again when it is cut. */
  #waiting = { of: -1, frames: 0 };

  /** `deferred` are segments to be begun when nothing else waits. */
  constructor(plan: Plan, deferred: Iterable<number>, rules: QueueRules) {
    this.#plan = plan;
    this.#deferred = new Set(deferred);
    this.#rules = rules;
  }

  /** Frames of all segments that wait. Only once the plan is complete. */
  get frames(): number {
    const { segments } = this.#plan;
    if (this.#waiting.of !== segments.length) {
      const isWaiting = (index: number) => this.#rules.isWaiting(index);
      const frames = segments.reduce((sum, { index, frames }) => sum + (isWaiting(index) ? frames! : 0), 0);
      this.#waiting = { of: segments.length, frames };
    }
    return this.#waiting.frames;
  }

  /** Segments that were begun, wait again and are still in the plan. */
  get returned(): number[] {
    return [...this.#returned].filter((index) => index < this.#plan.segments.length);
  }

  /** A segment waits no more. */
  leave(index: number): void {
    this.#returned.delete(index);
    this.#count(index, -1);
  }

  /** A segment that was begun waits again. */
  comeBack(index: number): void {
    this.#returned.add(index);
    this.#count(index, 1);
  }

  /** The segment that the machine should begin now; undefined when there is none for it. */
  peek(taker: Taker): number | undefined {
    return this.#plan.complete ? this.#longest(taker) : this.#first(taker);
  }

  /** Up to `count` segments that this machine will get soon, about in that order. */
  upcoming(count: number, taker: Taker): number[] {
    const { segments, complete } = this.#plan;
    // Puts the order right.
    if (this.peek(taker) === undefined) return [];
    const fresh: number[] = [];
    if (this.#byLength !== undefined) {
      fresh.push(...this.#byLength.longest(count, Infinity, (index) => this.#canBegin(index)));
    } else {
      for (let index = this.#fresh; index < segments.length && fresh.length < count; index++) {
        if (this.#canBegin(index)) fresh.push(index);
      }
    }
    const waiting = [...this.returned, ...fresh];
    if (waiting.length < count && complete) waiting.push(...this.#deferred);
    return [...new Set(waiting)].filter((index) => index < segments.length && this.#rules.isWaiting(index)).slice(
      0,
      count,
    );
  }

  #first(taker: Taker): number | undefined {
    const { segments } = this.#plan;
    while (this.#fresh < segments.length && !this.#canBegin(this.#fresh)) this.#fresh++;
    const waiting = this.returned.filter((index) => this.#suits(index, taker));
    for (let index = this.#fresh; index < segments.length; index++) {
      if (!this.#canBegin(index) || taker.isSpared?.(index)) continue;
      waiting.push(index);
      break;
    }
    const closed = waiting.filter((index) => segments[index]!.frames !== null);
    if (closed.length > 0) return Math.min(...closed);
    return waiting.length === 0 || taker.closed ? undefined : Math.min(...waiting);
  }

  #longest(taker: Taker): number | undefined {
    const { segments } = this.#plan, { limit = Infinity, isSpared } = taker;
    const fits = (index: number) => segments[index]!.frames! <= limit && this.#suits(index, taker);
    this.#byLength ??= new LengthOrder(
      segments.slice(this.#fresh).filter(({ index }) => this.#canBegin(index))
        .map(({ index, frames }) => ({ index, frames: frames! })),
    );
    const fresh = this.#byLength.longest(1, limit, (index) => this.#canBegin(index), isSpared && not(isSpared));
    const waiting = [...this.returned.filter(fits), ...fresh];
    const before = (a: number, b: number) => segments[a]!.frames! - segments[b]!.frames! || b - a;
    return waiting.sort(before).at(-1) ??
      [...this.#deferred].find((index) => index < segments.length && this.#rules.isWaiting(index) && fits(index));
  }

  #suits(index: number, taker: Taker): boolean {
    return this.#rules.mayTake(index, taker) && !taker.isSpared?.(index);
  }

  /** It waits, was never begun and is not to be the last. */
  #canBegin(index: number): boolean {
    return index < this.#plan.segments.length && this.#rules.isWaiting(index) && !this.#returned.has(index) &&
      !this.#deferred.has(index);
  }

  #count(index: number, sign: 1 | -1): void {
    this.#waiting.frames += sign * (this.#plan.segments[index]!.frames ?? 0);
  }
}

function not(predicate: (index: number) => boolean): (index: number) => boolean {
  return (index) => !predicate(index);
}
