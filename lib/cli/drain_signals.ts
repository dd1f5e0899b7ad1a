// How a service is told to end: the first SIGTERM, SIGINT or SIGHUP asks it to finish what it has, the second leaves at once.
// A SIGHUP that was ignored when the program started stays ignored.

import { keepHangUpIgnored } from "./ignored_signals.ts";
import { exitCodeOf, samePressMs, type StopSignal } from "./signals.ts";
import { flushStderr } from "./stderr_queue.ts";

/** Resolves with the first signal; from then on any other ends the process. */
export function toldToDrain(): Promise<StopSignal> {
  const signals: StopSignal[] = keepHangUpIgnored() ? ["SIGINT", "SIGTERM"] : ["SIGINT", "SIGTERM", "SIGHUP"];
  const told = Promise.withResolvers<StopSignal>();
  let first: { signal: StopSignal; atMs: number } | undefined;
  for (const signal of signals) {
    Deno.addSignalListener(signal, () => {
      if (first === undefined) {
        first = { signal, atMs: performance.now() };
        told.resolve(signal);
      } else if (signal !== first.signal || performance.now() - first.atMs > samePressMs) {
        flushStderr().finally(() => Deno.exit(exitCodeOf[signal]));
      }
    });
  }
  return told.promise;
}
