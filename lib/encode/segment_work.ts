// What became of one segment so far: how many tries are at it, and how those that ended did. This machine and the workers
// have three tries each: what took workers down three times is never given to a worker again, and may still be encoded
// here, where a crash is nobody else's. A try that was lost with its worker counts nothing, unless the worker's process died
// of it; until that is known it counts as if.

/** Tries of a segment that may fail, on this machine, and on workers. */
export const maximumAttempts = 3;

/** This machine among all that encode; workers are counted from 1. */
export const here = 0;

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
  #failedThere = 0;
  /** Tries that were lost or taken back, and nobody knows yet whether a process died of them. */
  #suspected = 0;
  /** Machines on which it failed, or did not get on. */
  #failedOn: Set<number> | undefined;

  /** The number of a try that begins now on this machine or on a worker, from 1. */
  attempt(machine: number): number {
    return (machine === here ? this.#failedHere : this.#failedThere) + 1;
  }

  /** Workers do not get it, at least not now; `risked`: others that may die of it just now. */
  isBarred(risked = 0): boolean {
    return this.#failedThere + this.#suspected + risked >= maximumAttempts;
  }

  /** A try was bad: it is not worth two slots. */
  get isSuspect(): boolean {
    return this.failures.length + this.#suspected > 0;
  }

  hasFailedOn(machine: number): boolean {
    return this.#failedOn?.has(machine) ?? false;
  }

  fail(machine: number, reason: string): void {
    this.failures.push(reason);
    if (machine === here) this.#failedHere++;
    else this.#failedThere++;
    (this.#failedOn ??= new Set()).add(machine);
  }

  lose(machine: number, crashed: Crashed, reason: string): void {
    if (crashed === "yes") this.fail(machine, reason);
    else if (crashed === "unknown") this.#suspected++;
  }

  /** A worker did not get on with it: no try is counted, and others come first. */
  avoid(machine: number): void {
    (this.#failedOn ??= new Set()).add(machine);
  }

  /** A try that was taken back may still be the end of its worker. */
  suspect(): void {
    this.#suspected++;
  }

  /** What was unknown of one lost try is known now. */
  learn(crashed: boolean): void {
    if (this.#suspected === 0) return;
    this.#suspected--;
    if (!crashed) return;
    this.failures.push("it took a worker's process down");
    this.#failedThere++;
  }

  /** No machine may try it again. `hasLocal`: this one encodes too. */
  isExhausted(hasLocal: boolean): boolean {
    return this.#failedHere >= maximumAttempts || (!hasLocal && this.#failedThere >= maximumAttempts);
  }
}
