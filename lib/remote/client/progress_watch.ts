// Finds tasks that do not get on with a worker whose connection is well. What counts is time in which this process ran, and
// not while the worker waits for frames that this side does not have. What is too long follows the worker's own pace; each
// time it was too long, twice as much is allowed from then on, so that no machine is too slow to finish at last. Each task
// is told of what was counted, for those who decide before it is too long.

import { firstStepMs, noProgressAtFirstMs, noProgressMs, timesTheSlowestStep } from "../limits.ts";
import type { RemoteTask } from "./remote_task.ts";

interface Watched {
  steps: number;
  packets: number;
  isRunning: boolean;
  /** Since the last step. */
  idleMs: number;
  /** Since then, or since the worker said that it has no slot for it. */
  silentMs: number;
}

export interface Stalled {
  readonly task: RemoteTask;
  /** As one clause. */
  readonly reason: string;
}

export class ProgressWatch {
  readonly #leastMs: number;
  #watched = new Map<RemoteTask, Watched>();
  #slowestMs = 0;
  #knowsPace = false;
  #patience = 1;

  /** `isEven`: all segments are encoded at one speed; else the pace of some says little of the next. */
  constructor(isEven = true) {
    this.#leastMs = isEven ? noProgressMs : noProgressAtFirstMs;
  }

  /**
   * Looks at the tasks that a worker of so many slots has, `passedMs` after the look before; gives those that do not get on.
   * To be called several times a second.
   */
  look(passedMs: number, slots: number, tasks: Iterable<RemoteTask>): Stalled[] {
    const all = [...tasks], before = this.#watched;
    const running = all.filter(({ isRunning }) => isRunning).length;
    const stalled: Stalled[] = [];
    this.#watched = new Map();
    for (const task of all) {
      task.idleMs = 0;
      // It may wait for its turn.
      if (!task.isRunning && (running >= slots || task.packsSent === 0)) continue;
      const watched = this.#next(task, before.get(task), passedMs);
      task.idleMs = watched.idleMs;
      this.#watched.set(task, watched);
      const limitMs = this.#limitMs(task, watched);
      if (limitMs === undefined) continue;
      const what = task.isRunning ? "no progress" : "not begun";
      stalled.push({ task, reason: `${what} for ${Math.round(limitMs / 1000)} s` });
    }
    if (stalled.length > 0) this.#patience *= 2;
    return stalled;
  }

  /** What was too long; undefined where nothing was. */
  #limitMs({ isRunning, progress }: RemoteTask, { idleMs, silentMs }: Watched): number | undefined {
    // To begin takes no encoding, and neither does to read the first frame.
    const firstMs = this.#patience * firstStepMs;
    if ((!isRunning || progress.sent === 0) && silentMs >= firstMs) return firstMs;
    const isAtPace = isRunning && this.#knowsPace;
    const leastMs = isAtPace ? Math.max(this.#leastMs, timesTheSlowestStep * this.#slowestMs) : noProgressAtFirstMs;
    const limitMs = this.#patience * leastMs;
    return idleMs < limitMs ? undefined : limitMs;
  }

  #next(task: RemoteTask, before: Watched | undefined, passedMs: number): Watched {
    const { steps, isRunning, isQueued, progress: { packets } } = task;
    const fresh = { steps, packets, isRunning, idleMs: 0, silentMs: 0 };
    if (before === undefined || before.isRunning !== isRunning) return fresh;
    const idleMs = before.idleMs + passedMs, silentMs = isQueued ? 0 : before.silentMs + passedMs;
    if (steps === before.steps && !task.waitsForFrames) return { ...before, idleMs, silentMs };
    if (packets > before.packets) {
      // The first packet takes the whole lookahead; the pace is that of those that follow.
      this.#knowsPace ||= before.packets > 0;
      this.#slowestMs = Math.max(this.#slowestMs, idleMs);
    }
    return fresh;
  }
}
