// A run that this machine has no slots for waits for workers: it says so once, and ends after a time in which nobody could do
// anything, at once where no worker can ever be used. The time is counted in ticks, so that a machine that slept, or a
// process that was stopped, gives nobody up. Only a finished segment begins it anew: a worker that comes and finishes
// nothing is none.

import { IncompleteError } from "../errors.ts";

const tickSeconds = 1;
/** Workers that are there at once are not waited for. */
const saySeconds = 3;

export class WorkerWait {
  #ticks: ReturnType<typeof setInterval> | undefined;
  #said = false;
  #seconds = 0;

  /** `onTimeout` is called when the run has waited for `timeoutSeconds`. */
  constructor(
    private readonly timeoutSeconds: number,
    private readonly say: (text: string) => void,
    private readonly onTimeout: () => void,
  ) {}

  /** Whether the run waits now: nothing is at work, and nothing can be begun. */
  look(isWaiting: boolean): void {
    if (!isWaiting) return this.close();
    if (this.#ticks !== undefined) return;
    this.#ticks = setInterval(() => {
      this.#seconds += tickSeconds;
      if (this.#seconds >= Math.min(saySeconds, this.timeoutSeconds) && !this.#said) {
        this.#said = true;
        this.say("waiting for a worker…");
      }
      if (this.#seconds < this.timeoutSeconds) return;
      this.restart();
      this.onTimeout();
    }, tickSeconds * 1000);
  }

  /** A segment was finished: all the time is there again. */
  restart(): void {
    this.close();
    this.#seconds = 0;
  }

  close(): void {
    clearInterval(this.#ticks);
    this.#ticks = undefined;
  }
}

export function noWorkerLeft(): IncompleteError {
  return new IncompleteError(
    "Cannot go on: no worker is left that can be used, and --no-local keeps this machine's slots out; " +
      "see to the workers (rav1e-by-gop check-workers), or leave --no-local out",
  );
}

export function noWorkerCame(seconds: number): IncompleteError {
  return new IncompleteError(
    `Cannot go on: no worker could be used for ${seconds} s (--worker-timeout); ` +
      "see to the workers (rav1e-by-gop check-workers), or leave --no-local out",
  );
}
