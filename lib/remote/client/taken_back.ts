// Tasks of which this side has no more use and that the worker may still encode, since it has not answered: should its process
// die, it may be of them. Each counts as if for its segment until the worker answers, or has not for long; what is left when
// the connection is lost is for the ledger of crashes.

import { cancelAnswerMs } from "../limits.ts";
import type { OpenCase } from "./crash_ledger.ts";

export interface TakenBackSetup {
  nowMs(): number;
  /** As those of FleetEvents. */
  crashSuspected(segment: number): void;
  crashKnown(segment: number, crashed: boolean): void;
}

interface Unanswered extends OpenCase {
  readonly sinceMs: number;
  /** It was said that the worker may die of it. */
  isSuspected: boolean;
}

export class TakenBack {
  readonly #setup: TakenBackSetup;
  readonly #unanswered = new Map<number, Unanswered>();

  constructor(setup: TakenBackSetup) {
    this.#setup = setup;
  }

  /** `isSuspected`: what follows for other workers hangs on the answer. */
  add(task: number, { segment, crashId }: OpenCase, isSuspected: boolean): void {
    this.#unanswered.set(task, { segment, crashId, sinceMs: this.#setup.nowMs(), isSuspected });
    if (isSuspected) this.#setup.crashSuspected(segment);
  }

  /** The worker has answered, if it was asked. */
  answered(task: number): void {
    const unanswered = this.#unanswered.get(task);
    this.#unanswered.delete(task);
    if (unanswered?.isSuspected) this.#trust(unanswered);
  }

  /** A worker that does not answer is not a reason to keep a segment from others for long. */
  look(): void {
    const nowMs = this.#setup.nowMs();
    for (const unanswered of this.#unanswered.values()) {
      if (unanswered.isSuspected && nowMs - unanswered.sinceMs > cancelAnswerMs) this.#trust(unanswered);
    }
  }

  /** The connection is lost: all that are left, each suspected; how it was is to be said once for each. */
  leave(): OpenCase[] {
    const cases = [...this.#unanswered.values()];
    this.#unanswered.clear();
    for (const { segment, isSuspected } of cases) if (!isSuspected) this.#setup.crashSuspected(segment);
    return cases;
  }

  /** The process lives, as far as this task goes. */
  #trust(unanswered: Unanswered): void {
    unanswered.isSuspected = false;
    this.#setup.crashKnown(unanswered.segment, false);
  }
}
