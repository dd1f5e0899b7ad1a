// The slot-seconds that there were for several runs which share the slots of this machine, and perhaps workers: what their
// useful seconds are a part of. This machine's slots count from the beginning to the end, whoever has them. A worker's count
// while it gives any: each run is told of a share, and of all shares together no more count than the worker has.

/** What one run is told by a worker. */
export interface WorkerShare {
  readonly worker: string;
  /** That the run may use now. */
  readonly slots: number;
  /** That the worker has, whoever uses them. */
  readonly all: number;
}

export class SharedTimes {
  readonly #localSlots: number;
  readonly #shares = new Map<object, readonly WorkerShare[]>();
  #slotSeconds = 0;
  #countedMs: number;
  #slots: number;
  #mostSlots: number;

  constructor(localSlots: number, nowMs: number) {
    this.#localSlots = this.#slots = this.#mostSlots = localSlots;
    this.#countedMs = nowMs;
  }

  /** The most slots that there were at once. */
  get mostSlots(): number {
    return this.#mostSlots;
  }

  /** From now on workers give a run these. */
  set(nowMs: number, run: object, shares: readonly WorkerShare[]): void {
    if (shares.length === 0 && !this.#shares.has(run)) return;
    this.#count(nowMs);
    this.#shares.set(run, shares);
    this.#slots = this.#localSlots + slotsOf([...this.#shares.values()].flat());
    this.#mostSlots = Math.max(this.#mostSlots, this.#slots);
  }

  /** Useful seconds over slot-seconds up to now, 0 to 1. */
  efficiency(nowMs: number, usefulSeconds: number): number {
    this.#count(nowMs);
    return this.#slotSeconds > 0 ? Math.min(1, usefulSeconds / this.#slotSeconds) : 0;
  }

  #count(nowMs: number): void {
    this.#slotSeconds += this.#slots * Math.max(0, nowMs - this.#countedMs) / 1000;
    this.#countedMs = Math.max(this.#countedMs, nowMs);
  }
}

function slotsOf(shares: readonly WorkerShare[]): number {
  const workers = new Map<string, WorkerShare>();
  for (const { worker, slots, all } of shares) {
    const other = workers.get(worker);
    workers.set(worker, { worker, slots: (other?.slots ?? 0) + slots, all: Math.max(all, other?.all ?? 0) });
  }
  return [...workers.values()].reduce((sum, { slots, all }) => sum + Math.min(slots, all), 0);
}
