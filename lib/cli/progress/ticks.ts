// A display's timer in a process that may be stopped (Ctrl-Z) and continued: the timers that fell due meanwhile are served
// before SIGCONT is, and whatever they draw lands on lines that by then are the shell's.

/** Tells which ticks of a timer come so late that the process may have been stopped before them. */
export class Ticks {
  #lastMs: number;

  constructor(private readonly everyMs: number, nowMs: number) {
    this.#lastMs = nowMs;
  }

  /** To be asked at each tick. A late one is best left out: the next is on time, and by then SIGCONT was served. */
  isLate(nowMs: number): boolean {
    const late = nowMs - this.#lastMs > 2 * this.everyMs;
    this.#lastMs = nowMs;
    return late;
  }
}
