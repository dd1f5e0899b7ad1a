// One side will not go on with the other.

import type { RefusalCode } from "./messages.ts";

/**
 * The daemon refused, or showed that it is none to go on with. With `retryAfter` (seconds) another try makes sense; without,
 * the worker is given up. `message` is one clause for the user.
 */
export class Refused extends Error {
  override name = "Refused";

  constructor(readonly code: RefusalCode, readonly reason: string, readonly retryAfter: number | null) {
    super(reason);
  }
}
