// Time as the client side sees it, so that tests can give it another. Waits are plain timers; for how long somebody was
// silent only time counts in which this process ran: after Ctrl-Z or a night asleep nobody is taken for dead.

import { longestLookMs } from "../limits.ts";

export interface LinkClock {
  /** Milliseconds; never goes back; performance.now() outside of tests. */
  nowMs(): number;
  /** Calls back once after so many milliseconds; the function that it gives takes that back. */
  after(ms: number, call: () => void): () => void;
}

export const systemClock: LinkClock = {
  nowMs: () => performance.now(),
  after(ms, call) {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

/** Resolves after so many milliseconds, or when the signal is aborted. */
export function pause(clock: LinkClock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      stop();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const stop = clock.after(ms, end);
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
  });
}

/** Measures between looks that come several times a second. */
export class RunningTime {
  #lastMs: number | undefined;

  /** Milliseconds since the look before in which this process ran, as far as that can be told. */
  look(nowMs: number): number {
    const passed = Math.min(longestLookMs, Math.max(0, nowMs - (this.#lastMs ?? nowMs)));
    this.#lastMs = nowMs;
    return passed;
  }
}
