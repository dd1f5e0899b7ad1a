// Leaving when told to. The first SIGINT, SIGTERM or SIGHUP starts the cleanup, which has a second; the next one leaves
// at once, but for what was said already and is on its way to standard error. A process that still lives a while after that is killed by a watchdog thread. A SIGHUP that was ignored
// when the program started stays ignored (ignored_signals.ts).

import { keepHangUpIgnored } from "./ignored_signals.ts";
import { flushStderr } from "./stderr_queue.ts";

export type StopSignal = "SIGHUP" | "SIGINT" | "SIGTERM";

/** 128 and the signal's number, as shells report it. */
export const exitCodeOf: Readonly<Record<StopSignal, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/** What the cleanup may take before the process leaves anyway. */
const cleanupLimitMs = 1000;

/** What the line that the first signal has queued may take at the second, where standard error is slow to take it. */
const lastWordsMs = 150;

/**
 * One Ctrl-C reaches the program more than once where something between it and the terminal (npx, deno task) passes
 * on what the terminal has sent to all of them. Nobody presses twice this fast.
 */
export const samePressMs = 50;

/**
 * Calls `onStop` at the first signal; the process exits with the signal's code as soon as what it returns is settled.
 * What must be done even when a second signal follows at once (the terminal's cursor) belongs before its first await.
 * Disposing stops the watching and leaves later signals to the system's default.
 */
export function watchSignals(onStop: (signal: StopSignal) => void | Promise<void>): Disposable {
  const signals: StopSignal[] = keepHangUpIgnored() ? ["SIGINT", "SIGTERM"] : ["SIGINT", "SIGTERM", "SIGHUP"];
  let first: { signal: StopSignal; at: number } | undefined;

  const received = (signal: StopSignal) => {
    if (first === undefined) {
      first = { signal, at: performance.now() };
      startWatchdog();
      leaveAfter(onStop, signal);
    } else if (signal !== first.signal || performance.now() - first.at > samePressMs) {
      flushStderr(lastWordsMs).finally(() => Deno.exit(exitCodeOf[signal]));
    }
  };
  const listeners = signals.map((signal) => ({ signal, listener: () => received(signal) }));
  for (const { signal, listener } of listeners) Deno.addSignalListener(signal, listener);
  return {
    [Symbol.dispose]() {
      for (const { signal, listener } of listeners) Deno.removeSignalListener(signal, listener);
    },
  };
}

/**
 * Waits for what is being opened; a signal meanwhile leaves as soon as `onStop` has said so, and no child stays behind
 * (lib/machine/started_child.ts).
 */
export async function leavingAtOnce<T>(
  open: () => Promise<T>,
  onStop: (signal: StopSignal) => void | Promise<void> = () => {},
): Promise<T> {
  using _signals = watchSignals(onStop);
  return await open();
}

async function leaveAfter(onStop: (signal: StopSignal) => void | Promise<void>, signal: StopSignal): Promise<void> {
  setTimeout(() => Deno.exit(exitCodeOf[signal]), cleanupLimitMs);
  try {
    await onStop(signal);
  } finally {
    // Also when the cleanup failed: the signal is the reason for leaving.
    Deno.exit(exitCodeOf[signal]);
  }
}

function startWatchdog(): void {
  try {
    new Worker(new URL("./exit_watchdog.ts", import.meta.url), { type: "module" });
  } catch {
    // No thread to be had: the two ways above remain.
  }
}
