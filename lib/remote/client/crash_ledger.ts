// Whether a worker's process died of a segment. When a connection is lost while segments are encoded nobody can tell, and a
// segment that was taken back may be encoded until the worker has heard of that; when
// the worker is heard of again its daemon says which process it is, and which tasks took an earlier one down.

import type { Ready } from "../messages.ts";

export interface OpenCase {
  readonly segment: number;
  readonly crashId: number;
}

export class CrashLedger {
  #instance: string | undefined;
  #open: OpenCase[] = [];

  /** A try that was lost while it was encoded, by the process that was heard last. */
  add(openCase: OpenCase): void {
    this.#open.push(openCase);
  }

  /** Whether the process is the one that was heard before. */
  isSameProcess({ instance }: Ready): boolean {
    return instance === this.#instance;
  }

  /** Whether a try that was encoded by the process heard before took that down. */
  hasCrashed(ready: Ready, crashId: number): boolean {
    return !this.isSameProcess(ready) && ready.crashed.includes(crashId);
  }

  /** The worker is heard of: what became of all that was open. */
  heard(ready: Ready): { readonly segment: number; readonly crashed: boolean }[] {
    const known = this.#open.map(({ segment, crashId }) => ({ segment, crashed: this.hasCrashed(ready, crashId) }));
    this.#open = [];
    this.#instance = ready.instance;
    return known;
  }
}
