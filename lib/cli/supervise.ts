// Draws a display while something runs that has a status.

import type { EncodeStatus } from "../encode/status.ts";
import type { ProgressDisplay } from "./progress/display.ts";
import { Ticks } from "./progress/ticks.ts";
import { stderrIsBusy } from "./stderr_queue.ts";

/** How often a display gets the state. */
const updateEveryMs = 200;

/** `status` is asked a last time when `work` has ended, for the display's own end. */
export async function supervise<Result>(
  display: ProgressDisplay,
  status: () => EncodeStatus,
  work: () => Promise<Result>,
): Promise<Result> {
  const onContinue = () => display.continued();
  Deno.addSignalListener("SIGCONT", onContinue);
  const ticks = new Ticks(updateEveryMs, performance.now());
  const timer = setInterval(() => {
    const now = status();
    if (!ticks.isLate(performance.now()) && !stderrIsBusy()) display.update(now);
  }, updateEveryMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    Deno.removeSignalListener("SIGCONT", onContinue);
    display.finish(status());
  }
}
