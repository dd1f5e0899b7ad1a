// Finds slots that do not get on. What counts is time in which the program ran: a suspended machine, Ctrl-Z or a main
// thread that was held up makes no slot late, and neither does waiting for frames. It knows no clock; it is told.

/** No limit is below this, whatever the pace. */
export const defaultStallSeconds = 600;
/** Without a limit of the user's own, a slot may take this many times what the slowest step of the run took so far. */
export const timesTheSlowest = 20;
/** Of the time between two looks at most so much is counted. */
const longestLookMs = 2000;

export interface SlotProgress {
  /** Grows whenever the slot gets on. */
  readonly steps: number;
  /** It waits for frames. */
  readonly waiting: boolean;
}

interface Watched {
  steps: number;
  /** Since the last step. */
  idleMs: number;
}

export class StallWatch {
  readonly #limitSeconds: number | undefined;
  readonly #watched = new Map<number, Watched>();
  #lastMs: number | undefined;
  #slowestMs = 0;

  /** `limitSeconds` replaces the limit that follows the pace. */
  constructor(limitSeconds: number | undefined) {
    this.#limitSeconds = limitSeconds;
  }

  /** Seconds without progress that are too long now. */
  get limitSeconds(): number {
    return this.#limitSeconds ?? Math.max(defaultStallSeconds, timesTheSlowest * this.#slowestMs / 1000);
  }

  /** Milliseconds without progress that a slot had by the last look. */
  idleMs(slot: number): number {
    return this.#watched.get(slot)?.idleMs ?? 0;
  }

  /** A slot has begun something new. */
  restart(slot: number): void {
    this.#watched.delete(slot);
  }

  /** Looks at all slots, undefined for idle ones; gives the slots that have stalled. To be called several times a second. */
  look(nowMs: number, slots: readonly (SlotProgress | undefined)[]): number[] {
    const passed = Math.min(longestLookMs, Math.max(0, nowMs - (this.#lastMs ?? nowMs)));
    this.#lastMs = nowMs;
    const stalled: number[] = [];
    for (const [slot, progress] of slots.entries()) {
      const watched = this.#watched.get(slot);
      if (progress === undefined) this.#watched.delete(slot);
      else if (watched === undefined || watched.steps !== progress.steps || progress.waiting) {
        if (watched !== undefined) this.#slowestMs = Math.max(this.#slowestMs, watched.idleMs);
        this.#watched.set(slot, { steps: progress.steps, idleMs: 0 });
      } else {
        watched.idleMs += passed;
        if (watched.idleMs / 1000 >= this.limitSeconds) stalled.push(slot);
      }
    }
    return stalled;
  }
}
