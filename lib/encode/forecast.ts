// What is to be expected of machines: when each of their slots is free and when what they have ends, by the machine's pace and
// by what was seen of the segment itself. Only guesses; what is decided by them may cost time and nothing else.

import type { MachinePaces } from "./machine_pace.ts";
import type { Scheduler } from "./scheduler.ts";

/** A segment that is with a machine. */
export interface Try {
  readonly segment: number;
  /** When its encoding began; undefined while it waits there for a slot. */
  readonly startedMs: number | undefined;
  /** Frames done, counted by what they take (framesDone of at_work.ts). */
  readonly done: number;
  /** When that was so, where it is heard of now and then; absent where it is so now. */
  readonly measuredMs?: number;
  /** Milliseconds of this process without a step of it, though it had frames; absent where that is not known. */
  readonly idleMs?: number;
  /** While others have the machine's slots though this run could have one: since when. */
  readonly passedOverMs?: number;
  /** It is being stopped: its slot is free at once, or nearly. */
  readonly isCancelled: boolean;
}

/** A machine, as decisions see it. */
export interface Station<T extends Try = Try> {
  /** `here`, or the number of a worker. */
  readonly machine: number;
  /** Slots that may encode now. */
  readonly slots: number;
  /** Segments that it takes beyond those. */
  readonly ahead: number;
  readonly tries: readonly T[];
  /** Something that comes at once is waited for before its idle slots begin anything. */
  readonly isHeld: boolean;
}

/**
 * So long a try may be without a step that is as it should be: workers are heard of now and then, and encoders go on in
 * bursts, of which the one before the first packets is the longest (16 frames' time at speed 4; else 6 at most: bench/steps.ts).
 */
const usualIdle = { ms: 1_000, frames: 16 } as const;
/** What was seen of a running try counts as much as the machine's pace when so much of the segment is done. */
const trustInPace = 0.3;

/** A machine with what is expected of it. */
export interface Post<T extends Try> {
  readonly station: Station<T>;
  /** Frames a second a slot. */
  readonly pace: number;
  /** Seconds until each of its slots is free, ascending. */
  readonly freeIn: readonly number[];
  readonly running: readonly Expected<T>[];
  /** In the order in which they will begin. */
  readonly queued: readonly Expected<T>[];
}

export interface Expected<T extends Try> {
  readonly given: T;
  /** Seconds until it ends. */
  readonly endsIn: number;
}

export class Forecast {
  #longest = { of: -1, frames: 0 };

  constructor(private readonly scheduler: Scheduler, private readonly paces: MachinePaces) {}

  /** Frames of the longest segment. Only once the plan is complete. */
  get longest(): number {
    const { segments } = this.scheduler.plan;
    if (this.#longest.of !== segments.length) {
      const frames = segments.reduce((most, segment) => Math.max(most, this.scheduler.plan.known(segment)), 0);
      this.#longest = { of: segments.length, frames };
    }
    return this.#longest.frames;
  }

  /** Seconds until all is done if every slot works to the end. */
  balancedSeconds(posts: readonly Post<Try>[]): number {
    let pace = 0, frames = this.scheduler.waitingFrames;
    for (const post of posts) {
      pace += post.pace * post.station.slots;
      for (const { given } of post.queued) frames += this.#frames(given.segment);
      for (const { endsIn } of post.running) frames += endsIn * post.pace;
    }
    return frames / pace;
  }

  /** The machine with what is expected of it. */
  post<T extends Try>(nowMs: number, station: Station<T>): Post<T> {
    const { slots, tries, machine } = station;
    const pace = this.paces.isKnown(machine) ? this.paces.of(machine) : this.#paceOfFirst(nowMs, station);
    const running: Expected<T>[] = [], queued: Expected<T>[] = [], freeIn: number[] = [];
    for (const given of tries) {
      if (given.isCancelled || given.startedMs === undefined) continue;
      const endsIn = this.#left(nowMs, given, pace);
      running.push({ given, endsIn });
      freeIn.push(endsIn);
    }
    while (freeIn.length < slots) freeIn.push(0);
    if (freeIn.length > 1) freeIn.sort(ascending);
    for (const given of tries) {
      if (given.isCancelled || given.startedMs !== undefined) continue;
      // Where a slot is free its frames are on their way there: it is as good as begun, unless others have that slot. Who has
      // waited for those so long may well have to wait as long again.
      const others = Math.max(0, nowMs - (given.passedOverMs ?? nowMs)) / 1000;
      const endsIn = Math.max(freeIn.shift() ?? 0, others) + this.seconds(given.segment, pace);
      queued.push({ given, endsIn });
      freeIn.push(endsIn);
      if (freeIn.length > 1) freeIn.sort(ascending);
    }
    return { station, pace, running, queued, freeIn };
  }

  /** Of a machine that has finished nothing yet: what machines have on average, more and more what is seen of its tries. */
  #paceOfFirst(nowMs: number, { machine, tries }: Station): number {
    const average = this.paces.of(machine);
    let frames = 0, seconds = 0;
    for (const given of tries) {
      if (given.startedMs === undefined) continue;
      const weight = trustInPace * this.#frames(given.segment);
      frames += given.done + weight;
      seconds += Math.max(0, seenMs(nowMs, given, average) - given.startedMs) / 1000 + weight / average;
    }
    return frames > 0 ? frames / seconds : average;
  }

  /** Seconds that a running try still takes: by the machine's pace at first, more and more by its own. */
  #left(nowMs: number, given: Try, pace: number): number {
    const { segment, done } = given, frames = this.#frames(segment), weight = trustInPace * frames;
    if (done >= frames) return 0;
    const seen = seenMs(nowMs, given, pace), elapsed = Math.max(0, seen - given.startedMs!) / 1000;
    const atPace = (frames - done) * (elapsed + weight / pace) / (done + weight) - Math.max(0, nowMs - seen) / 1000;
    // What was without a step for longer than that may well be so as long again: it may hang just before its end.
    return Math.max(0, atPace, ((given.idleMs ?? 0) - usualIdleMs(pace)) / 1000);
  }

  /** Seconds that a slot of this pace takes for a segment. */
  seconds(segment: number, pace: number): number {
    return this.#frames(segment) / pace;
  }

  /** 0 for one that was cut off: its slot is being stopped. */
  #frames(segment: number): number {
    const { plan } = this.scheduler, known = plan.segments[segment];
    return known ? plan.known(known) : 0;
  }
}

function usualIdleMs(pace: number): number {
  return usualIdle.ms + 1000 * usualIdle.frames / pace;
}

/** When a running try was as far as is known of it; a slot that hangs must not look good because nobody said so. */
function seenMs(nowMs: number, { startedMs, measuredMs = nowMs, idleMs = 0 }: Try, pace: number): number {
  return Math.max(startedMs!, Math.min(measuredMs, nowMs - idleMs), nowMs - usualIdleMs(pace));
}

function ascending(a: number, b: number): number {
  return a - b;
}
