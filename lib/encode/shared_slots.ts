// The slots of this machine, shared by several runs of one process. Members are served in the order in which they joined:
// what a member cannot use goes to the next, and as soon as an earlier one wants a slot again it gets the next that is free.
// A slot that was given is never taken back. No slot is idle while a member could use it; where none can, the owner hears of
// it and may let another run join.
//
// A member may exceed its share where all slots at work anywhere wait for frames: these may only come when it has got on, because
// its source and theirs are read together.

import { SharedTimes } from "./shared_times.ts";
import type { SlotBudget } from "./slot_budget.ts";
import type { SlotLimit, SlotUse } from "./slot_limit.ts";

/** A run, as the others need to know it. */
export interface SharingRun {
  /** To decide again: there may be a slot for it. */
  wake(): void;
  /** Whether all its slots at work wait for frames; true where none is at work. */
  readonly allWait: boolean;
}

/** What memory the run needs, and how many slots it allows. */
export type MemberBudget = Pick<SlotBudget, "bytesPerSlot" | "besideBytes" | "slotsNow">;

export class SharedSlots {
  readonly #members: Member[] = [];
  readonly #onSpare: () => void;
  #isLooking = false;
  /** Of what they and workers give, since the runs were begun. */
  times: SharedTimes;

  /** `onSpare` is called when slots are idle that no member can use; it may be called again at any time. */
  constructor(readonly slots: number, onSpare: () => void) {
    this.#onSpare = onSpare;
    this.times = new SharedTimes(slots, performance.now());
  }

  /** The member is the last to be served. */
  join(): Member {
    const member = new Member(this);
    this.#members.push(member);
    return member;
  }

  /** The run has ended. */
  leave(member: Member): void {
    const at = this.#members.indexOf(member);
    if (at >= 0) this.#members.splice(at, 1);
    this.times.set(performance.now(), member, []);
    this.look();
  }

  /** The time before counts for nothing. */
  begin(): void {
    this.times = new SharedTimes(this.slots, performance.now());
  }

  /** Slots at work. */
  get running(): number {
    return this.#members.reduce((sum, { use }) => sum + use.running, 0);
  }

  /** Bytes that members other than this one need. */
  bytesOfOthers(member: Member): number {
    return this.#others(member).reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Whether no member has anything left to begin. */
  get areExhausted(): boolean {
    return this.#members.every(({ use }) => use.isExhausted);
  }

  shareOf(member: Member, running: number): number {
    const earlier = this.#members.slice(0, this.#members.indexOf(member));
    if (earlier.some(({ use }) => use.wantsMore)) return running;
    const others = this.#others(member).reduce((sum, { use }) => sum + use.running, 0);
    return Math.max(running, this.slots - others);
  }

  othersWait(member: Member): boolean {
    return this.#others(member).every(({ run }) => run?.allWait ?? true);
  }

  /** Offers idle slots, soon: not within the decisions of a run. */
  look(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    queueMicrotask(() => {
      this.#isLooking = false;
      if (this.running >= this.slots) return;
      const wanting = this.#members.find(({ use }) => use.wantsMore);
      if (wanting !== undefined) wanting.run?.wake();
      else this.#onSpare();
    });
  }

  #others(member: Member): Member[] {
    return this.#members.filter((other) => other !== member);
  }
}

export class Member implements SlotLimit, Disposable {
  use: SlotUse = { running: 0, wantsMore: false, isExhausted: false, elsewhere: [] };
  run: SharingRun | undefined;
  #budget: MemberBudget | undefined;

  constructor(private readonly pool: SharedSlots) {}

  /** Before the run begins; until then it needs nothing. */
  begin(run: SharingRun, budget: MemberBudget): void {
    this.run = run;
    this.#budget = budget;
  }

  /** That it needs now. */
  get bytes(): number {
    const { bytesPerSlot = 0, besideBytes = 0 } = this.#budget ?? {};
    return besideBytes + this.use.running * bytesPerSlot;
  }

  /** That the others need now. */
  get bytesOfOthers(): number {
    return this.pool.bytesOfOthers(this);
  }

  share(running: number): number {
    this.use = { ...this.use, running };
    return this.pool.shareOf(this, running);
  }

  capacity(): number {
    return this.#budget?.slotsNow() ?? this.pool.slots;
  }

  get othersWait(): boolean {
    return this.pool.othersWait(this);
  }

  used(use: SlotUse): void {
    this.use = use;
    this.pool.times.set(performance.now(), this, use.elsewhere);
    this.pool.look();
  }

  [Symbol.dispose](): void {
    this.pool.leave(this);
  }
}
