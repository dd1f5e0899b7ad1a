// The places of a session: made when there is a task for one, kept for the next task, let go when there are more than the
// session may use.

import { Place, type PlaceSetup } from "./place.ts";

export class Places {
  readonly #idle: Place[] = [];

  constructor(readonly setup: PlaceSetup) {}

  /** A place without a task. Throws RangeError where the system gives no memory for another. */
  take(): Place {
    return this.#idle.pop() ?? new Place(this.setup);
  }

  /** The place has no task any more. */
  release(place: Place): void {
    if (place.isUsable) this.#idle.push(place);
  }

  /** Lets go of those that have no task but for so many. */
  keepIdle(count: number): void {
    this.#idle.splice(Math.max(0, count));
  }
}
