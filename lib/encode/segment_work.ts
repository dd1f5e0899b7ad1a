// What became of one segment so far: how many tries are at it, and how those that ended did. This machine and the workers
// have three tries each: what took workers down three times is never given to a worker again, and may still be encoded
// here, where a crash is nobody else's. A try that was lost with its worker counts nothing, unless the worker's process died
// of it; until that is known it counts as if. A worker that fails at everything says nothing of a segment: its tries count
// only once a worker that does well with others has failed at it too, one for each such worker. Where its process died, the
// first time counts, and every time from when a second worker's has.

/** Tries of a segment that may fail, on this machine, and on workers. */
export const maximumAttempts = 3;

/** This machine among all that encode; workers are counted from 1. */
export const here = 0;

/** A worker of which it is not said which it is. */
const anyWorker = -1;

/** Whether a worker's process died of the segment that it encoded. */
export type Crashed = "yes" | "no" | "unknown";

export class SegmentWork {
  state: "waiting" | "running" | "arrived" | "committed" | "abandoned" = "waiting";
  /** It was given to a slot at least once. */
  started = false;
  /** Tries at work. */
  live = 0;
  /** Why tries that count failed. */
  readonly failures: string[] = [];
  #failedHere = 0;
  /** Tries on workers, whether they count or not. */
  #triedThere = 0;
  /** Those that count in any case. */
  #failedThere = 0;
  /** Workers that failed at it, and at other segments too. */
  readonly #doubted = new Set<number>();
  /** Workers whose process died of it. */
  readonly #crashedOn = new Set<number>();
  /** Tries that were lost or taken back, and nobody knows yet whether a process died of them. */
  readonly #suspected: { readonly machine: number; readonly isSegments: boolean }[] = [];
  /** Machines on which it failed, or did not get on. */
  #failedOn: Set<number> | undefined;

  /** The number of a try that begins now on this machine or on a worker, from 1. */
  attempt(machine: number): number {
    return (machine === here ? this.#failedHere : this.#triedThere) + 1;
  }

  /** Workers do not get it, at least not now; `risked`: others that may die of it just now. */
  isBarred(risked = 0): boolean {
    return this.#countThere + this.#suspected.length + risked >= maximumAttempts;
  }

  /** No try was bad, and if the one at work and a second one took their workers down, too, it would still not be too many. */
  get isWorthACopy(): boolean {
    return this.failures.length === 0 && !this.isBarred(this.live);
  }

  hasFailedOn(machine: number): boolean {
    return this.#failedOn?.has(machine) ?? false;
  }

  /** `isSegments`: the machine does well with other segments. */
  fail(machine: number, reason: string, isSegments: boolean): void {
    this.failures.push(reason);
    (this.#failedOn ??= new Set()).add(machine);
    if (machine === here) this.#failedHere++;
    else this.#failThere(machine, isSegments);
  }

  lose(machine: number, crashed: Crashed, reason: string, isSegments: boolean): void {
    if (crashed === "yes") this.fail(machine, reason, this.#crashCounts(machine) || isSegments);
    else if (crashed === "unknown") this.#suspected.push({ machine, isSegments });
  }

  /** A worker did not get on with it: no try is counted, and others come first. */
  avoid(machine: number): void {
    (this.#failedOn ??= new Set()).add(machine);
  }

  /** A try that was taken back may still be the end of its worker. */
  suspect(): void {
    this.#suspected.push({ machine: anyWorker, isSegments: true });
  }

  /** What was unknown of one lost try is known now. */
  learn(crashed: boolean): void {
    const lost = this.#suspected.shift();
    if (lost === undefined || !crashed) return;
    this.failures.push("it took a worker's process down");
    this.#failThere(lost.machine, this.#crashCounts(lost.machine) || lost.isSegments);
  }

  /** No machine may try it again. `hasLocal`: this one encodes too. */
  isExhausted(hasLocal: boolean): boolean {
    return this.#failedHere >= maximumAttempts || (!hasLocal && this.#countThere >= maximumAttempts);
  }

  get #countThere(): number {
    return this.#failedThere === 0 ? 0 : this.#failedThere + this.#doubted.size;
  }

  #failThere(machine: number, counts: boolean): void {
    this.#triedThere++;
    if (counts) this.#failedThere++;
    else if (!this.#crashedOn.has(machine)) this.#doubted.add(machine);
  }

  /** The first of a machine's, and each from when two machines' processes have died of it: that is not the machines'. */
  #crashCounts(machine: number): boolean {
    const isFirst = !this.#crashedOn.has(machine);
    this.#crashedOn.add(machine);
    return isFirst || this.#crashedOn.size > 1;
  }
}
