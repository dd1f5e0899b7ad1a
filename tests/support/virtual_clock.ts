// Time that passes only when a test says so.

import type { LinkClock } from "../../lib/remote/client/clock.ts";

export class VirtualClock implements LinkClock {
  #nowMs = 0;
  readonly #timers = new Set<{ readonly atMs: number; readonly call: () => void }>();

  nowMs(): number {
    return this.#nowMs;
  }

  after(ms: number, call: () => void): () => void {
    const timer = { atMs: this.#nowMs + ms, call };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Timers that wait. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Lets so much time pass, with each timer called at its time and what follows from it done before the next. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const next = [...this.#timers].sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined || next.atMs > endMs) break;
      this.#call(next);
      await pause();
    }
    this.#nowMs = endMs;
    await pause();
  }

  /** As when the process was stopped for so long: timers that were due meanwhile are all called afterwards. */
  async freeze(ms: number): Promise<void> {
    this.#nowMs += ms;
    for (const timer of [...this.#timers].sort((a, b) => a.atMs - b.atMs)) {
      if (timer.atMs <= this.#nowMs && this.#timers.has(timer)) this.#call(timer);
    }
    await pause();
  }

  #call(timer: { readonly atMs: number; readonly call: () => void }): void {
    this.#timers.delete(timer);
    this.#nowMs = Math.max(this.#nowMs, timer.atMs);
    timer.call();
  }
}

/** Far more than any machine needs. */
const patienceMs = 30_000;

/** Returns when it is so. */
export async function until(isSo: () => boolean, what = "what was waited for"): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`In ${patienceMs / 1000} s there was not ${what}`);
    await pause();
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
