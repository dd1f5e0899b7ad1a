// The places of a session: made when there is a task for one, kept for the next task, closed when there are more than the
// session may use.

import { Place, type PlaceSetup } from "./place.ts";

export class Places {
  readonly #idle: Place[] = [];
  #made = 0;

  constructor(readonly setup: PlaceSetup) {}

  /** Has so many places ready, threads and all, ahead of their tasks; fewer where the system gives no memory for them. */
  prepare(count: number): void {
    while (this.#idle.length < count) {
      try {
        this.#idle.push(new Place(this.#made, this.setup));
      } catch {
        return;
      }
      this.#made++;
    }
    for (const place of this.#idle) place.prepare();
  }

  /** A place without a task. Throws RangeError where the system gives no memory for another. */
  take(): Place {
    return this.#idle.pop() ?? new Place(this.#made++, this.setup);
  }

  /** The place has no task any more. */
  release(place: Place): void {
    if (place.isUsable) this.#idle.push(place);
  }

  /** Closes those that have no task but for so many. */
  keepIdle(count: number): void {
    for (const place of this.#idle.splice(Math.max(0, count))) place.close();
  }
}
