// Room for one task of a session: memory for its packs, and the slot that encodes out of that memory. A place has one task
// at a time. Memory of the packs is taken from the system as it is first written to; the thread is started before the first
// pack comes, so that it is there when the task's turn is.

import { LocalSlot, type SlotOutcome, type SlotSetup } from "../../encode/local_slot.ts";
import type { SegmentTask } from "../../encode/segment_encoder.ts";
import type { PackPart } from "../messages.ts";
import { PackRing, ringBytes } from "./pack_ring.ts";
import { TaskPacks } from "./task_packs.ts";

export interface PlaceSetup extends Pick<SlotSetup, "library" | "settings" | "onePiece" | "crashMark"> {
  readonly frameBytes: number;
  readonly packBytes: number;
  readonly credit: number;
}

export class Place {
  readonly #setup: PlaceSetup;
  readonly #arena: SharedArrayBuffer;
  readonly #ring: PackRing;
  readonly #slot: LocalSlot;
  #packs: TaskPacks | undefined;
  #isRunning = false;
  #isAbandoned = false;

  /** Throws RangeError where the system gives no such memory. */
  constructor(readonly number: number, setup: PlaceSetup) {
    const { library, settings, onePiece, crashMark, frameBytes, packBytes, credit } = setup;
    this.#setup = setup;
    this.#ring = new PackRing(ringBytes(credit, packBytes));
    this.#arena = new SharedArrayBuffer(this.#ring.bytes);
    const video = { kind: "packs", arena: this.#arena, frameBytes, digestsAreOwn: false } as const;
    this.#slot = new LocalSlot(number, { library, settings, onePiece, crashMark, video });
  }

  /** Starts the thread ahead of the first task. */
  prepare(): void {
    this.#slot.prepare();
  }

  /** The place has a task from now on. `onCredit` is told of the bytes that may have come in all. */
  begin(onCredit: (bytes: number) => void): void {
    const { credit, packBytes } = this.#setup;
    this.#slot.prepare();
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

  get isRunning(): boolean {
    return this.#isRunning;
  }

  get progress(): LocalSlot["progress"] {
    return this.#slot.progress;
  }

  /** Encodes the task. The place may have another task once this is settled, unless it was abandoned. */
  async run(task: SegmentTask): Promise<SlotOutcome> {
    const packs = this.#current;
    this.#isRunning = true;
    const outcome = this.#slot.encode(task);
    this.#slot.onPackTaken = () => packs.taken();
    packs.feed(this.#slot);
    try {
      return await outcome;
    } finally {
      this.#isRunning = false;
    }
  }

  cancel(): void {
    this.#slot.cancel();
  }

  /** Its thread does not come back: the task fails, and the place, whose memory that thread may still read, is of no use. */
  abandon(reason: string): void {
    this.#isAbandoned = true;
    this.#slot.abandon(reason);
  }

  get isUsable(): boolean {
    return !this.#isAbandoned;
  }

  /** Only while nothing runs. */
  close(): void {
    this.#slot.close();
  }

  get #current(): TaskPacks {
    if (this.#packs === undefined) throw new TypeError(`Place ${this.number} has no task`);
    return this.#packs;
  }
}
