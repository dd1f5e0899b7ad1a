// How long to wait before a worker is tried again: doubled each time from the least to the most, with a random part, so
// that a hundred clients do not come back in the same moment.

import { reconnectMs } from "../limits.ts";

export class Backoff {
  #nextMs: number = reconnectMs.least;

  /** `random` gives numbers from 0 up to 1. */
  constructor(readonly random: () => number = Math.random) {}

  /** Milliseconds to wait now: half of it certain, half by chance. */
  next(): number {
    const ms = this.#nextMs * (0.5 + 0.5 * this.random());
    this.#nextMs = Math.min(reconnectMs.most, this.#nextMs * 2);
    return ms;
  }

  /** The worker did what it should. */
  reset(): void {
    this.#nextMs = reconnectMs.least;
  }
}
