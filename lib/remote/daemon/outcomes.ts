// How tasks of a session ended, until the client knows: results until it says that it has them, failures until they are
// sent. They go out one after the other, in the order in which they ended, and all once more on a new connection.

import type { SlotOutcome } from "../../encode/local_slot.ts";
import type { ClientConnection } from "./client_connection.ts";
import { TaskResult } from "./task_result.ts";

/** A result, or why there is none. */
export type Outcome = TaskResult | string;

export class Outcomes {
  readonly #kept = new Map<number, Outcome>();
  #delivering: Promise<void> = Promise.resolve();
  readonly #onForgotten: () => void;

  /** `onForgotten` is called when one less is kept. */
  constructor(onForgotten: () => void) {
    this.#onForgotten = onForgotten;
  }

  get count(): number {
    return this.#kept.size;
  }

  /** Tasks that have one, in the order of their ends. */
  get tasks(): number[] {
    return [...this.#kept.keys()];
  }

  /** How many results there are, and their bytes. */
  get results(): { readonly results: number; readonly bytes: number } {
    let results = 0, bytes = 0;
    for (const outcome of this.#kept.values()) {
      if (typeof outcome === "string") continue;
      results++;
      bytes += outcome.bytes;
    }
    return { results, bytes };
  }

  add(task: number, outcome: Outcome): void {
    this.#kept.set(task, outcome);
  }

  /** The client has it, or does not want it. False where there was none. */
  forget(task: number): boolean {
    const was = this.#kept.delete(task);
    if (was) this.#onForgotten();
    return was;
  }

  clear(): void {
    this.#kept.clear();
  }

  /** Sends an outcome, after those before it, on a connection that may be gone or replaced by then. */
  deliver(task: number, connection: ClientConnection, isCurrent: () => boolean): void {
    this.#delivering = this.#delivering.then(() => this.#send(task, connection, isCurrent))
      .catch((error) => connection.close(`a result could not be sent: ${error}`));
  }

  async #send(task: number, connection: ClientConnection, isCurrent: () => boolean): Promise<void> {
    const outcome = this.#kept.get(task);
    if (outcome === undefined || !isCurrent()) return;
    if (typeof outcome === "string") {
      if (await connection.send({ type: "failed", task, reason: outcome })) this.forget(task);
      return;
    }
    for (const { header, body } of outcome.parts()) {
      // It may have been cancelled meanwhile.
      if (this.#kept.get(task) !== outcome || !await connection.send(header, body)) return;
    }
  }
}

/** What the client gets of what a slot says. */
export function outcomeOf(task: number, outcome: SlotOutcome): Outcome {
  if (outcome.kind === "cancelled") return "it was cancelled on the worker";
  if (outcome.kind !== "done") return outcome.reason;
  try {
    return new TaskResult(task, outcome.packets);
  } catch (error) {
    return `the worker has no memory for its packets: ${error instanceof Error ? error.message : error}`;
  }
}
