// How many segments are encoded at once where memory allows: what --threads says, never more than the processors.

import { logicalProcessors, physicalCores } from "../machine/cores.ts";

/** `threads`: "cores" is one a physical core, undefined one a logical CPU. */
export function wantedSlots(threads: number | "cores" | undefined): number {
  const logical = logicalProcessors();
  return threads === undefined ? logical : threads === "cores" ? physicalCores(logical) : Math.min(threads, logical);
}
