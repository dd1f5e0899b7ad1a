// Room for one task of a session: memory for its packs, and a slot that encodes out of that memory while the task runs. A
// place has one task at a time. Memory of the packs is taken from the system as it is first written to.

import type { LocalSlot, SlotOutcome } from "../../encode/local_slot.ts";
import type { SegmentTask } from "../../encode/segment_encoder.ts";
import type { PackPart } from "../messages.ts";
import { PackRing, ringBytes } from "./pack_ring.ts";
import type { SessionSlots } from "./session_slots.ts";
import { TaskPacks } from "./task_packs.ts";

export interface PlaceSetup {
  readonly slots: SessionSlots;
  readonly packBytes: number;
  readonly credit: number;
}

const nothingDone = { sent: 0, packets: 0, bytes: 0, waiting: false };

export class Place {
  readonly #setup: PlaceSetup;
  readonly #arena: SharedArrayBuffer;
  readonly #ring: PackRing;
  #packs: TaskPacks | undefined;
  /** While the task runs. */
  #slot: LocalSlot | undefined;
  #isAbandoned = false;

  /** Throws RangeError where the system gives no such memory. */
  constructor(setup: PlaceSetup) {
    this.#setup = setup;
    this.#ring = new PackRing(ringBytes(setup.credit, setup.packBytes));
    this.#arena = new SharedArrayBuffer(this.#ring.bytes);
  }

  /** The place has a task from now on. `onCredit` is told of the bytes that may have come in all. */
  begin(onCredit: (bytes: number) => void): void {
    const { credit, packBytes } = this.#setup;
    this.#packs = new TaskPacks({ arena: this.#arena, ring: this.#ring, credit, packBytes, onCredit });
  }

  /** Throws ProtocolError. */
  add(part: PackPart, body: Uint8Array): void {
    this.#current.add(part, body);
  }

  /** Throws ProtocolError. */
  end(task: number, frames: number): void {
    this.#current.end(task, frames);
  }

  get isComplete(): boolean {
    return this.#current.isComplete;
  }

  get canBegin(): boolean {
    return this.#current.canBegin;
  }

  get progress(): LocalSlot["progress"] {
    return this.#slot?.progress ?? nothingDone;
  }

  /** Encodes the task. The place may have another task once this is settled, unless it was abandoned. */
  async run(task: SegmentTask): Promise<SlotOutcome> {
    const packs = this.#current, { slots } = this.#setup;
    const slot = this.#slot = slots.take();
    const outcome = slot.encode(task, this.#arena);
    slot.onPackTaken = () => packs.taken();
    packs.feed(slot);
    try {
      return await outcome;
    } finally {
      this.#slot = undefined;
      if (this.#isAbandoned) slots.lose();
      else slots.giveBack(slot);
    }
  }

  cancel(): void {
    this.#slot?.cancel();
  }

  /** Its thread does not come back: the task fails, and the place, whose memory that thread may still read, is of no use. */
  abandon(reason: string): void {
    this.#isAbandoned = true;
    this.#slot?.abandon(reason);
  }

  get isUsable(): boolean {
    return !this.#isAbandoned;
  }

  get #current(): TaskPacks {
    if (this.#packs === undefined) throw new TypeError("A place without a task was asked for its packs");
    return this.#packs;
  }
}
