// How many slots of this machine a run may use: asked before each segment starts, told what became of it. A run that is
// alone has all of them, as far as memory allows (OwnSlots); runs that share slots are members of SharedSlots.

import type { WorkerShare } from "./shared_times.ts";
import type { SlotBudget } from "./slot_budget.ts";

/** What a run says of its slots after each round of decisions. */
export interface SlotUse {
  /** At work. */
  readonly running: number;
  /** It would have begun another segment, and had no share. */
  readonly wantsMore: boolean;
  /** Its plan is complete and all of it begun: it wants no slot again but where a try fails. */
  readonly isExhausted: boolean;
  /** What it has at workers. */
  readonly elsewhere: readonly WorkerShare[];
}

export interface SlotLimit {
  /** Slots that the run has or may take now, with so many at work, memory aside. */
  share(running: number): number;
  /** How many of them memory allows, at least 1 where the share is. */
  capacity(): number;
  /**
   * Whether all slots at work of other runs in this process wait for frames, which may only come when this run has got on: true
   * where there are none.
   */
  readonly othersWait: boolean;
  /** After each round. */
  used(use: SlotUse): void;
}

/** All slots are the run's. */
export class OwnSlots implements SlotLimit {
  readonly othersWait = true;

  constructor(private readonly slots: number, private readonly budget: Pick<SlotBudget, "slotsNow">) {}

  share(): number {
    return this.slots;
  }

  capacity(): number {
    return this.budget.slotsNow();
  }

  used(): void {}
}
