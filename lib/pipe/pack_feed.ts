// The packs of the segment that a slot encodes, as a small ring in memory that the main thread and the slot's thread
// share. The main thread publishes packs in order, the slot takes them in order; neither waits here: a slot takes a pack
// only after SlotControl has told it that the pack's frames may be read.

/** A pack in the arena. */
export interface Pack {
  /** Bytes from the arena's start. */
  readonly offset: number;
  readonly bytes: number;
  readonly frames: number;
}

/** Published where a pack cannot be had any more: the slot's try at the segment ends there. */
export const lostPack: Pack = { offset: 0, bytes: 0, frames: 0 };

const capacity = 64;
const fieldsOfPack = 3;
/** Before the packs: how many were published, how many were taken, how many segments were begun. */
const [published, taken, segments, firstPack] = [0, 1, 2, 3];

export class PackFeed {
  readonly #fields: Float64Array<SharedArrayBuffer>;
  readonly #counts: BigInt64Array<SharedArrayBuffer>;

  constructor(
    readonly memory = new SharedArrayBuffer((firstPack + capacity * fieldsOfPack) * Float64Array.BYTES_PER_ELEMENT),
  ) {
    this.#fields = new Float64Array(memory);
    this.#counts = new BigInt64Array(memory, 0, firstPack);
  }

  /** Main thread, while no slot reads: a segment begins. */
  reset(): void {
    Atomics.store(this.#counts, published, 0n);
    Atomics.store(this.#counts, taken, 0n);
    Atomics.add(this.#counts, segments, 1n);
  }

  /** Another number after each `reset`. */
  get segment(): number {
    return Number(Atomics.load(this.#counts, segments));
  }

  /** Packs taken since `reset`. */
  get taken(): number {
    return Number(Atomics.load(this.#counts, taken));
  }

  /** Bytes of the packs that are published and not taken: for a slot that has to know whether it can take more. */
  get waitingBytes(): number {
    let bytes = 0;
    for (let number = this.taken; number < Number(Atomics.load(this.#counts, published)); number++) {
      bytes += this.#fields[firstPack + (number % capacity) * fieldsOfPack + 1]!;
    }
    return bytes;
  }

  /** Main thread: the segment's next pack. False where the slot has to take others first. */
  publish({ offset, bytes, frames }: Pack): boolean {
    const count = Number(Atomics.load(this.#counts, published));
    if (count - this.taken >= capacity) return false;
    this.#fields.set([offset, bytes, frames], firstPack + (count % capacity) * fieldsOfPack);
    Atomics.store(this.#counts, published, BigInt(count + 1));
    return true;
  }

  /** Slot: the pack that comes next; undefined where none is published. It stays valid until `release`. */
  peek(): Pack | undefined {
    const count = this.taken;
    if (count >= Number(Atomics.load(this.#counts, published))) return undefined;
    const at = firstPack + (count % capacity) * fieldsOfPack;
    return { offset: this.#fields[at]!, bytes: this.#fields[at + 1]!, frames: this.#fields[at + 2]! };
  }

  /** Slot: it is done with the pack that `peek` gave. */
  release(): void {
    Atomics.add(this.#counts, taken, 1n);
  }
}
