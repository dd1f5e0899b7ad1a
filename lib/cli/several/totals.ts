// What the end of a command with several encodes says of all of them: the same figures, whether they are proxies of one video
// or videos of their own, with workers or without.

import type { EncodeSummary } from "../../encode/encode_job.ts";
import type { SharedSlots } from "../../encode/shared_slots.ts";
import { count } from "../../resume/describe.ts";

export interface SeveralTotals {
  /** That this run has encoded. */
  readonly frames: number;
  readonly seconds: number;
  readonly fps: number;
  /** The most that there were at once, those of workers among them. */
  readonly slots: number;
  /** Slot-seconds of finished segments. */
  readonly usefulSeconds: number;
  /** Of all slot-seconds that there were, 0 to 1. */
  readonly efficiency: number;
}

/** `seconds` since the slots' times began. */
export function totalsOf(summaries: readonly EncodeSummary[], { times }: SharedSlots, seconds: number): SeveralTotals {
  const sum = (of: (one: EncodeSummary) => number) => summaries.reduce((total, one) => total + of(one), 0);
  const frames = sum((one) => one.frames - one.keptFrames), usefulSeconds = sum((one) => one.usefulSeconds);
  return {
    frames,
    seconds,
    fps: seconds > 0 ? frames / seconds : 0,
    slots: times.mostSlots,
    usefulSeconds,
    efficiency: times.efficiency(performance.now(), usefulSeconds),
  };
}

/** ", 4 slots 97 % efficient" */
export function efficiencyText({ slots, efficiency }: SeveralTotals): string {
  return `${count(slots, "slot")} ${(efficiency * 100).toFixed(0)} % efficient`;
}
