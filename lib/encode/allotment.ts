// Decides which machine gets which segment. It knows no clock and no thread: it is told how far everything is, and gives one
// decision after the other until there is nothing to do.
//
// While the plan grows, segments go out in order. Once it is complete, an idle slot gets the longest segment that it can end
// before all else is done, as far as the learned paces tell; what only a faster slot can end in time is left to that one.
// Where nothing waits for it, an idle slot takes over what another machine holds and has not begun; where there is no such
// thing either, it begins a second copy of a segment that it would end clearly before the slot that is at it. Only when
// no idle slot wants anything, segments are given to machines in advance; what no slot ends in time any more goes ahead of
// the rest to the one that ends it first. All tries at one segment give the same bytes, which is what makes this free of risk.

import type { MachinePaces } from "./machine_pace.ts";
import { Forecast, type Post, type Station, type Try } from "./forecast.ts";
import { hasIdle, hasRoomAhead, isSoonest, startsIn } from "./post_room.ts";
import { here, type Scheduler } from "./scheduler.ts";
import type { Taker } from "./segment_queue.ts";

export interface Decision<T extends Try = Try> {
  readonly machine: number;
  readonly segment: number;
  /** The try that it replaces, which had not begun: to be cancelled as soon as the new one is there. */
  readonly instead: { readonly machine: number; readonly given: T } | undefined;
  /** Another slot is at it and goes on. */
  readonly isCopy: boolean;
}

export interface AllotmentRules {
  /** The segment's frames can still be read from its first. */
  isReadable(segment: number): boolean;
  /** This machine has made ready to begin it next: others take something else where there is anything. */
  isReserved(segment: number): boolean;
}

/** A copy or a take-over has to end before this part of the time that it would otherwise take. */
const clearly = 0.75;
/** A slot gets what it ends in this part of the time that is left, since nobody knows that quite. */
const inTime = 0.7;
/** Of the fastest machine's pace: a slower one does not rescue what is late, though it might just end it in time. */
const fastEnough = 0.5;

export class Allotment {
  readonly #forecast: Forecast;

  constructor(
    private readonly scheduler: Scheduler,
    private readonly paces: MachinePaces,
    private readonly rules: AllotmentRules,
  ) {
    this.#forecast = new Forecast(scheduler, paces);
  }

  /** What is to be done next; undefined when all is as it should be. `stations` has this machine first. */
  decide<T extends Try>(nowMs: number, stations: readonly Station<T>[]): Decision<T> | undefined {
    return this.scheduler.plan.complete &&
        stations.some(({ machine, slots, tries }) => machine !== here && slots + tries.length > 0)
      ? this.#balanced(nowMs, stations)
      : this.#inOrder(stations);
  }

  /** In the plan's order, or, with this machine alone, as the scheduler has it. */
  #inOrder<T extends Try>(stations: readonly Station<T>[]): Decision<T> | undefined {
    const byPace = stations.filter(({ slots }) => slots > 0).sort((a, b) =>
      Number(b.machine === here) - Number(a.machine === here) || this.paces.of(b.machine) - this.paces.of(a.machine)
    );
    for (const station of byPace) {
      if (!hasIdle(station)) continue;
      const segment = this.#waiting(station, byPace, Infinity, false);
      if (segment !== undefined) return begin(station, segment);
    }
    for (const station of byPace) {
      if (!hasRoomAhead(station)) continue;
      const segment = this.#waiting(station, byPace, Infinity, true);
      if (segment !== undefined) return begin(station, segment);
    }
    return undefined;
  }

  #balanced<T extends Try>(nowMs: number, stations: readonly Station<T>[]): Decision<T> | undefined {
    const wanted = stations.filter((station) => hasIdle(station) || hasRoomAhead(station));
    if (wanted.length === 0) return undefined;
    const posts = stations.filter(({ slots, tries }) => slots > 0 || tries.length > 0)
      .map((station) => this.#forecast.post(nowMs, station));
    // Fastest first: what a fast slot declines, a slow one declines too.
    const byPace = posts.filter(({ station }) => station.slots > 0).sort((a, b) => b.pace - a.pace);
    const balanced = this.#forecast.balancedSeconds(posts), fastest = byPace[0]?.pace ?? 0;
    const inItsTurn = ({ pace }: Post<T>) => pace < fastEnough * fastest ? 0 : balanced;
    for (const post of byPace) {
      if (!hasIdle(post.station)) continue;
      const unlessFaster = this.#unlessFaster(post, byPace);
      const late = this.#late(post, posts, stations, balanced, Math.max(unlessFaster, inItsTurn(post)));
      if (late !== undefined) return late;
      const limit = Math.max(inTime * balanced, unlessFaster) * post.pace;
      const segment = this.#waiting(post.station, stations, limit, false);
      if (segment !== undefined) return begin(post.station, segment);
      const other = this.#takeOver(post, posts, stations) ??
        this.#copy(post, posts, (seconds) => seconds <= unlessFaster);
      if (other !== undefined) return other;
    }
    for (const post of byPace) {
      if (!hasRoomAhead(post.station)) continue;
      const late = this.#late(post, posts, stations, balanced, inItsTurn(post));
      if (late !== undefined) return late;
      const overdue = this.#overdue(post, byPace, stations, balanced);
      if (overdue !== undefined) return begin(post.station, overdue);
      // Where there is no other machine, nothing is lost by saying early what it is to do.
      const limit = posts.length === 1 ? Infinity : (inTime * balanced - (post.freeIn[0] ?? 0)) * post.pace;
      const segment = this.#waiting(post.station, stations, limit, true);
      if (segment !== undefined) return begin(post.station, segment);
    }
    return undefined;
  }

  /** A waiting segment for the station. `closed`: of those whose end is known, and none that this machine is about to begin. */
  #waiting(
    station: Station,
    stations: readonly Station[],
    limit: number,
    closed: boolean,
  ): number | undefined {
    const { machine } = station;
    if (machine === here) return this.scheduler.peek({ machine, limit, again: true });
    const isSpared = (segment: number) => this.rules.isReserved(segment);
    const waiting = (taker: Taker) =>
      this.scheduler.peek({ ...taker, closed: true, isSpared }) ??
        (closed ? undefined : this.scheduler.peek({ ...taker, closed: true }) ?? this.scheduler.peek(taker));
    const isAlone = !stations.some((other) => other.machine !== machine && other.slots > 0);
    // What failed there comes last: whether it does well with others shows whose fault that was.
    return waiting({ machine, limit }) ?? (isAlone ? waiting({ machine, limit, again: true }) : undefined);
  }

  /**
   * What would end elsewhere when all else is done, and here hardly before that if it began any later: it comes before
   * whatever waits. It must end here within `limit` seconds, or not later than on any other slot.
   */
  #late<T extends Try>(
    post: Post<T>,
    posts: readonly Post<T>[],
    stations: readonly Station[],
    balanced: number,
    limit: number,
  ): Decision<T> | undefined {
    // No segment takes this slot so long.
    if (startsIn(post) + this.#forecast.longest / post.pace < inTime * balanced) return undefined;
    const isLate = (seconds: number, endsIn: number) =>
      endsIn > balanced && seconds >= inTime * balanced && (seconds <= limit || isSoonest(seconds, post, posts));
    return this.#takeOver(post, posts, stations, isLate) ?? this.#copy(post, posts, isLate);
  }

  /** What waits and would not end in time any more, where no other slot would end it sooner: filled with less, none would be idle. */
  #overdue(
    post: Post<Try>,
    byPace: readonly Post<Try>[],
    stations: readonly Station[],
    balanced: number,
  ): number | undefined {
    const ends = startsIn(post) + this.#forecast.longest / post.pace;
    if (ends < inTime * balanced) return undefined;
    const segment = this.#waiting(post.station, stations, Infinity, true);
    if (segment === undefined) return undefined;
    const seconds = startsIn(post) + this.#forecast.seconds(segment, post.pace);
    return seconds >= inTime * balanced && isSoonest(seconds, post, byPace) ? segment : undefined;
  }

  /** What another machine holds and has not begun, where this slot ends it clearly sooner; of those the one that would end last. */
  #takeOver<T extends Try>(
    post: Post<T>,
    posts: readonly Post<T>[],
    stations: readonly Station[],
    isWanted: (seconds: number, endsIn: number) => boolean = () => true,
  ): Decision<T> | undefined {
    const { machine } = post.station;
    const again = !stations.some((other) => other.machine !== machine && other.slots > 0);
    let last: { readonly endsIn: number; readonly from: number; readonly given: T } | undefined;
    for (const { station, queued } of posts) {
      if (station === post.station) continue;
      for (const { given, endsIn } of queued) {
        const seconds = startsIn(post) + this.#forecast.seconds(given.segment, post.pace);
        if (seconds > clearly * endsIn || (last && last.endsIn >= endsIn) || !isWanted(seconds, endsIn)) continue;
        if (!this.rules.isReadable(given.segment)) continue;
        const from = station.machine;
        if (this.scheduler.mayTakeOver(given.segment, { machine, again }, from)) last = { endsIn, from, given };
      }
    }
    if (last === undefined) return undefined;
    const { from, given } = last;
    return { machine, segment: given.segment, instead: { machine: from, given }, isCopy: false };
  }

  /** A running segment that this slot would end clearly sooner; of those the one that would end last. */
  #copy<T extends Try>(
    post: Post<T>,
    posts: readonly Post<T>[],
    isWanted: (seconds: number, endsIn: number) => boolean,
  ): Decision<T> | undefined {
    const endsIn = new Map<number, number>();
    for (const { running } of posts) {
      for (const { given: { segment }, endsIn: its } of running) {
        endsIn.set(segment, Math.min(its, endsIn.get(segment) ?? Infinity));
      }
    }
    // A copy of it may wait somewhere already.
    for (const { queued } of posts) {
      for (const { given: { segment }, endsIn: its } of queued) {
        const others = endsIn.get(segment);
        if (others !== undefined) endsIn.set(segment, Math.min(its, others));
      }
    }
    let last: { readonly segment: number; readonly endsIn: number } | undefined;
    for (const [segment, its] of endsIn) {
      const seconds = startsIn(post) + this.#forecast.seconds(segment, post.pace);
      if (seconds > clearly * its || (last && last.endsIn >= its) || !isWanted(seconds, its)) continue;
      if (this.scheduler.isWorthACopy(segment) && this.rules.isReadable(segment)) last = { segment, endsIn: its };
    }
    return last && { machine: post.station.machine, segment: last.segment, instead: undefined, isCopy: true };
  }

  /**
   * The seconds that a segment may take here so that no busy slot of a faster machine would end it sooner if it took it
   * next. Idle slots have declined already, or may not have it.
   */
  #unlessFaster(post: Post<Try>, posts: readonly Post<Try>[]): number {
    let seconds = Infinity;
    for (const { station, pace, freeIn } of posts) {
      if (pace <= post.pace || station === post.station) continue;
      const free = hasIdle(station) ? undefined : station.isHeld ? 0 : freeIn[0];
      if (free !== undefined) seconds = Math.min(seconds, free / (1 - post.pace / pace));
    }
    return seconds;
  }
}

function begin<T extends Try>(station: Station<T>, segment: number): Decision<T> {
  return { machine: station.machine, segment, instead: undefined, isCopy: false };
}
