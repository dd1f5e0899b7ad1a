// The slots of a session: threads with its settings, started ahead of the tasks that will run on them and kept for the next.
// There is one more than its tasks may run at once: a thread that has given its packets back is freeing the encoder still,
// and the next task goes to the one that has rested longest. Tasks that wait have memory for their packs and no thread.

import { LocalSlot, type SlotSetup } from "../../encode/local_slot.ts";

/** What all tasks of a session have in common. */
export interface SessionSlotsSetup extends Pick<SlotSetup, "library" | "settings" | "onePiece" | "crashMark"> {
  readonly frameBytes: number;
}

/** Threads beyond those at work. */
const spare = 1;

type Slot = Pick<LocalSlot, "prepare" | "close">;

export class SessionSlots<S extends Slot = LocalSlot> {
  readonly #newSlot: (number: number) => S;
  readonly #idle: S[] = [];
  #made = 0;
  #taken = 0;
  #most = 0;

  /** `newSlot`: makes one whose thread is not started. */
  constructor(newSlot: (number: number) => S) {
    this.#newSlot = newSlot;
  }

  /** So many may be at work from now on; those that are not needed any more end. */
  allow(most: number): void {
    this.#most = most > 0 ? most + spare : 0;
    this.#endSpare();
  }

  /** Starts threads for so many tasks, as far as they may be of use. */
  prepare(tasks: number): void {
    const wanted = Math.min(tasks, this.#most) - this.#taken;
    while (this.#idle.length < wanted) this.#idle.push(this.#make());
  }

  /** One that encodes nothing. Whether there is one to be had is the pool's to say. */
  take(): S {
    this.#taken++;
    return this.#idle.shift() ?? this.#make();
  }

  giveBack(slot: S): void {
    this.#taken--;
    this.#idle.push(slot);
    this.#endSpare();
  }

  /** The slot's thread does not come back. */
  lose(): void {
    this.#taken--;
  }

  #make(): S {
    const slot = this.#newSlot(this.#made++);
    slot.prepare();
    return slot;
  }

  #endSpare(): void {
    while (this.#idle.length > 0 && this.#idle.length + this.#taken > this.#most) this.#idle.pop()!.close();
  }
}

/** For `SessionSlots`. Each task comes with the memory of its packs. */
export function sessionSlot(number: number, setup: SessionSlotsSetup): LocalSlot {
  const { library, settings, onePiece, crashMark, frameBytes } = setup;
  const video = { kind: "packs", arena: undefined, frameBytes, digestsAreOwn: false } as const;
  return new LocalSlot(number, { library, settings, onePiece, crashMark, video });
}
