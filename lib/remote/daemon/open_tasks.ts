// The tasks of a session that wait or run, by the numbers that its client gave them. Numbers only grow, so that what is said of
// a lower one that is not here concerns a task that was.

import type { Progress, Task } from "../messages.ts";
import { ProtocolError } from "../wire/channel.ts";
import type { Place } from "./place.ts";

export interface OpenTask extends Task {
  readonly place: Place;
  /** While it runs. */
  slot: number | undefined;
  /** Nobody wants it any more; its slot still has to come back. */
  isDropped: boolean;
  /** The client waits to hear that it is over. */
  isCancelled: boolean;
}

export class OpenTasks {
  readonly #open = new Map<number, OpenTask>();
  #highest = -1;

  get count(): number {
    return this.#open.size;
  }

  get all(): MapIterator<OpenTask> {
    return this.#open.values();
  }

  get numbers(): MapIterator<number> {
    return this.#open.keys();
  }

  /** Those that could be begun now, in the order in which they came. */
  get waiting(): OpenTask[] {
    return [...this.#open.values()].filter(canBegin);
  }

  /** Of those that run, and those that could; undefined where there are none. */
  get progress(): Progress | undefined {
    const running = [...this.#open.values()].filter(({ slot }) => slot !== undefined);
    const queued = this.waiting.map(({ task }) => task);
    if (running.length + queued.length === 0) return undefined;
    const tasks = running.map(({ task, place }) => {
      const { sent, packets, bytes, waiting } = place.progress;
      return [task, sent, packets, bytes, waiting] as const;
    });
    return { type: "progress", tasks, queued };
  }

  /** A task of that number comes now, whether it is taken or not. Throws ProtocolError. */
  announce(task: number): void {
    if (task <= this.#highest) throw new ProtocolError(`task ${task} came after task ${this.#highest}`);
    this.#highest = task;
  }

  add(task: OpenTask): void {
    this.#open.set(task.task, task);
  }

  /** It has ended, or nobody wants it any more. */
  remove({ task }: OpenTask): void {
    this.#open.delete(task);
  }

  /** undefined for one that was here and is not any more. Throws ProtocolError for one that never was. */
  find(task: number): OpenTask | undefined {
    if (task > this.#highest) throw new ProtocolError(`task ${task} is not known`);
    return this.#open.get(task);
  }
}

/** It does not run, and there is something to encode. */
export function canBegin({ slot, place }: OpenTask): boolean {
  return slot === undefined && place.canBegin;
}
