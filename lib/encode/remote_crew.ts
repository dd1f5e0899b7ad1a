// The segments of a run that are with workers: which worker has which, since when, and how far. The counterpart of SlotCrew:
// it decides nothing but which workers can be relied on now.

import type { Station } from "./forecast.ts";
import { type AtWork, type Ended, framesDone } from "./at_work.ts";
import { FaultStreak } from "./fault_streak.ts";
import type { RemoteFleet, RemoteSegment, RemoteWorker } from "./remote_slots.ts";
import type { WorkerShare } from "./shared_times.ts";
import type { Assignment } from "./scheduler.ts";

class RemoteTry implements AtWork {
  readonly givenMs = performance.now();
  isCancelled = false;
  #fed: RemoteSegment | undefined;

  constructor(readonly machine: number, readonly worker: string, readonly assignment: Assignment) {}

  get fed(): RemoteSegment {
    return this.#fed!;
  }

  set fed(fed: RemoteSegment) {
    this.#fed = fed;
  }

  get segment(): number {
    return this.assignment.segment.index;
  }

  get slot(): number | undefined {
    return this.fed.slot;
  }

  get startedMs(): number | undefined {
    return this.fed.startedMs;
  }

  get passedOverMs(): number | undefined {
    return this.fed.passedOverMs;
  }

  get measuredMs(): number {
    return this.fed.measuredMs;
  }

  get idleMs(): number {
    return this.fed.idleMs;
  }

  get progress(): AtWork["progress"] {
    return this.fed.progress;
  }

  get done(): number {
    return framesDone(this.progress);
  }

  cancel(): void {
    if (this.isCancelled) return;
    this.isCancelled = true;
    this.fed.cancel();
  }
}

/** A worker, and what it has. */
interface Member {
  /** From 1. */
  readonly machine: number;
  readonly worker: RemoteWorker;
  readonly tries: Set<RemoteTry>;
  readonly streak: FaultStreak;
}

export class RemoteCrew {
  readonly #members: readonly Member[];

  constructor(fleet: RemoteFleet | undefined) {
    this.#members = (fleet?.workers ?? []).map((worker, place) => ({
      machine: place + 1,
      worker,
      tries: new Set(),
      streak: new FaultStreak(),
    }));
  }

  /** From 1, as `machine` counts them. */
  get workers(): readonly RemoteWorker[] {
    return this.#members.map(({ worker }) => worker);
  }

  /** Slots that workers give now, whether they can be relied on or not. */
  get slots(): number {
    return this.#members.reduce((sum, { worker }) => sum + worker.slots, 0);
  }

  /** The same of each worker. */
  get shares(): readonly WorkerShare[] {
    return this.#members.map(({ worker: { name, slots, allSlots } }) => ({ worker: name, slots, all: allSlots }));
  }

  /** Whether segments could be with a worker some time. */
  get isHopeful(): boolean {
    return this.#members.some(({ worker }) => worker.hopeful);
  }

  get atWork(): AtWork[] {
    return this.#members.flatMap(({ tries }) => [...tries]);
  }

  /** Each worker's slots with what they have, undefined for idle ones; what waits there is not among them. */
  get rows(): { readonly worker: string; readonly slots: readonly (AtWork | undefined)[] }[] {
    return this.#members.map(({ worker, tries }) => {
      const slots: (AtWork | undefined)[] = Array(worker.slots).fill(undefined);
      for (const given of tries) {
        if (given.slot === undefined || given.isCancelled) continue;
        // What it says of its slots need not be true.
        const isFree = given.slot < slots.length && slots[given.slot] === undefined;
        const place = isFree ? given.slot : slots.indexOf(undefined);
        slots[place < 0 ? slots.length : place] = given;
      }
      return { worker: worker.name, slots };
    });
  }

  /** What can be given to workers now, and what they have. */
  stations(nowMs: number): Station<AtWork>[] {
    return this.#members.map(({ machine, worker, tries, streak }) => {
      const isPaused = nowMs < streak.pausedUntilMs;
      const slots = isPaused ? 0 : streak.isOnTrial ? Math.min(1, worker.slots) : worker.slots;
      const ahead = streak.isOnTrial ? 0 : worker.ahead;
      return { machine, slots, ahead, tries: [...tries], isHeld: false };
    });
  }

  /** Whether a worker can be given a segment now, once it has room. */
  isThere(nowMs: number): boolean {
    return this.stations(nowMs).some(({ slots }) => slots > 0);
  }

  /** When the next worker may have segments again that has to wait now. */
  pausedUntilMs(nowMs: number): number {
    const ends = this.#members.filter(({ worker }) => worker.slots > 0).map(({ streak }) => streak.pausedUntilMs);
    return Math.min(Infinity, ...ends.filter((end) => end > nowMs));
  }

  /** A try was what it should be. */
  praise({ machine }: AtWork): void {
    this.#members[machine - 1]?.streak.success();
  }

  /** A try was bad. Gives whether its segment may be to blame, and whether its worker has to wait for it from now on. */
  blame({ machine, segment, givenMs }: AtWork): { isSegments: boolean; isSetAside: boolean } {
    const streak = this.#members[machine - 1]?.streak;
    if (streak === undefined) return { isSegments: true, isSetAside: false };
    const wasOnTrial = streak.isOnTrial, isSegments = streak.fault(segment, givenMs, performance.now());
    return { isSegments, isSetAside: !wasOnTrial && streak.isOnTrial };
  }

  /** Gives a worker a segment that it has room for. `onEnded` is called when it does not have it any more. */
  begin(
    machine: number,
    assignment: Assignment,
    onEnded: (ended: Ended) => void,
    onFailure: (error: unknown) => void,
  ): AtWork {
    const { worker, tries } = this.#members[machine - 1]!;
    const given = new RemoteTry(machine, worker.name, assignment);
    const { segment: { index, first }, attempt } = assignment;
    given.fed = worker.begin({ index, first, attempt }, (outcome) => {
      try {
        tries.delete(given);
        onEnded({ given, outcome, hadOldVideo: false });
      } catch (error) {
        onFailure(error);
      }
    });
    tries.add(given);
    return given;
  }
}
