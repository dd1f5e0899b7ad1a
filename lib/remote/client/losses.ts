// What becomes of a worker's tasks when its connection is lost. Those whose frames are all there may still be finished: they
// are waited for a moment, since the worker holds a session that broke. All others are lost at once, so that they are
// encoded elsewhere. Each is said to have been the end of the worker's process only where that is known.

import { resumeWithinMs } from "../limits.ts";
import type { Ready } from "../messages.ts";
import type { LinkClock } from "./clock.ts";
import { CrashLedger } from "./crash_ledger.ts";
import type { LinkNotes } from "./link_notes.ts";
import type { RemoteTask } from "./remote_task.ts";
import type { SessionTasks } from "./session_tasks.ts";

export interface LossesSetup {
  readonly tasks: SessionTasks;
  readonly clock: LinkClock;
  readonly notes: LinkNotes;
  crashKnown(segment: number, crashed: boolean): void;
}

export class Losses {
  readonly #setup: LossesSetup;
  readonly #ledger = new CrashLedger();
  /** Why the connection was lost, while tasks are waited for. */
  #heldFor: string | undefined;
  #stopWaiting = () => {};

  constructor(setup: LossesSetup) {
    this.#setup = setup;
  }

  /** The connection is lost. */
  disconnected(how: "cut" | "silent" | "breach" | "bye", reason: string): void {
    const { tasks, clock, notes, crashKnown } = this.#setup;
    const isHeld = (task: RemoteTask) => how === "cut" && task.isSent;
    const all = [...tasks.live], lost = all.filter((task) => !isHeld(task));
    for (const openCase of tasks.takenBack.leave()) {
      if (how === "bye") crashKnown(openCase.segment, false);
      else this.#ledger.add(openCase);
    }
    // Whoever says goodbye has not crashed.
    const mayRun = this.#mayRun();
    for (const task of lost) this.#lose(task, reason, how === "bye" || !mayRun.has(task) ? "no" : "unknown");
    if (how !== "cut" || lost.length > 0) notes.lost(reason, lost.length);
    // Where nothing was lost, and nothing will be if it is back at once, there is nothing to be said yet either.
    if (how !== "cut" || (lost.length > 0 && lost.length === all.length)) return;
    this.#heldFor = reason;
    this.#stopWaiting = clock.after(resumeWithinMs, () => this.expire());
  }

  /** What was waited for is lost. */
  expire(): void {
    const mayRun = this.#mayRun();
    this.#endWaiting((task) => mayRun.has(task) ? "unknown" : "no");
  }

  /** The worker is heard of; true where it is the process that it was, which may still hold the session. */
  heard(ready: Ready): boolean {
    const isSame = this.#ledger.isSameProcess(ready);
    // What was waited for may have been taken back meanwhile.
    for (const openCase of this.#setup.tasks.takenBack.leave()) this.#ledger.add(openCase);
    if (!isSame) this.#endWaiting(({ crashId }) => this.#ledger.hasCrashed(ready, crashId) ? "yes" : "no");
    for (const { segment, crashed } of this.#ledger.heard(ready)) this.#setup.crashKnown(segment, crashed);
    return isSame;
  }

  /** The session is open again, without these tasks. */
  resumed(missing: readonly RemoteTask[]): void {
    this.#stopWaiting();
    this.#heldFor = undefined;
    for (const task of missing) this.#lose(task, "the worker did not keep it", "no");
  }

  close(): void {
    this.#stopWaiting();
  }

  #endWaiting(crashed: (task: RemoteTask) => "yes" | "no" | "unknown"): void {
    this.#stopWaiting();
    const reason = this.#heldFor;
    if (reason === undefined) return;
    this.#heldFor = undefined;
    const { tasks, notes } = this.#setup;
    const held = [...tasks.live];
    notes.lost(reason, held.length);
    for (const task of held) this.#lose(task, reason, crashed(task));
  }

  /**
   * What is encoded there, or may be: a process that dies of a segment's first frames may have had no time to say that it
   * had begun, and has where a slot is free for what was sent.
   */
  #mayRun(): Set<RemoteTask> {
    const { tasks } = this.#setup, all = [...tasks.live];
    const running = all.filter((task) => task.isRunning);
    const free = Math.max(0, tasks.slotsThere - running.length);
    return new Set([...running, ...all.filter((task) => !task.isRunning && task.packsSent > 0).slice(0, free)]);
  }

  #lose(task: RemoteTask, reason: string, crashed: "yes" | "no" | "unknown"): void {
    if (crashed === "unknown") this.#ledger.add({ segment: task.segment.index, crashId: task.crashId });
    this.#setup.tasks.lose(task, reason, crashed);
  }
}
