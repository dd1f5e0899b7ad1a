// What a running slot and the main thread share: a few 64-bit counters in memory that both see. The slot's loop is
// synchronous and gets no messages, so this is how a segment grows, how it is cancelled and how its progress is seen.

const field = {
  version: 0,
  cancelled: 1,
  known: 2,
  end: 3,
  sent: 4,
  packets: 5,
  bytes: 6,
  waiting: 7,
  count: 8,
} as const;

/** The end of a segment that is still open. */
const open = -1n;

export class SlotControl {
  readonly #fields: BigInt64Array<SharedArrayBuffer>;

  constructor(readonly memory = new SharedArrayBuffer(field.count * BigInt64Array.BYTES_PER_ELEMENT)) {
    this.#fields = new BigInt64Array(memory);
  }

  /** Main thread, before a segment is handed over. */
  reset(known = 0, frames: number | null = null): void {
    const fresh = [field.cancelled, field.sent, field.packets, field.bytes, field.waiting];
    for (const at of fresh) Atomics.store(this.#fields, at, 0n);
    this.grow(known, frames);
  }

  /** Main thread: `known` frames of the segment may be read; `frames` is its length once known. */
  grow(known: number, frames: number | null): void {
    // The end first: who sees the new `known` must not run past it.
    Atomics.store(this.#fields, field.end, frames === null ? open : BigInt(frames));
    Atomics.store(this.#fields, field.known, BigInt(known));
    this.#announce();
  }

  /** Main thread: the slot gives up at its next look. */
  cancel(): void {
    Atomics.store(this.#fields, field.cancelled, 1n);
    this.#announce();
  }

  /** A waiting slot waits for the version: a change that leaves every number as it was must still wake it. */
  #announce(): void {
    Atomics.add(this.#fields, field.version, 1n);
    Atomics.notify(this.#fields, field.version);
  }

  get cancelled(): boolean {
    return Atomics.load(this.#fields, field.cancelled) !== 0n;
  }

  /**
   * Slot: what to do with frame number `sent` of the segment. Blocks until it may be read ("read"), the segment has ended
   * before it ("end") or was cancelled ("cancelled").
   */
  awaitFrame(sent: number): "read" | "end" | "cancelled" {
    for (;;) {
      const version = Atomics.load(this.#fields, field.version);
      const known = Atomics.load(this.#fields, field.known);
      const end = Atomics.load(this.#fields, field.end);
      if (this.cancelled) return "cancelled";
      if (end !== open && BigInt(sent) >= end) return "end";
      if (BigInt(sent) < known) return "read";
      Atomics.store(this.#fields, field.waiting, 1n);
      Atomics.wait(this.#fields, field.version, version);
      Atomics.store(this.#fields, field.waiting, 0n);
    }
  }

  /** Slot: counts a frame sent to the encoder. */
  countFrame(): void {
    Atomics.add(this.#fields, field.sent, 1n);
  }

  /** Slot: counts a packet of so many bytes. */
  countPacket(bytes: number): void {
    Atomics.add(this.#fields, field.packets, 1n);
    Atomics.add(this.#fields, field.bytes, BigInt(bytes));
  }

  /** Whether the slot waits for a frame that it may not read yet. */
  get waiting(): boolean {
    return Atomics.load(this.#fields, field.waiting) !== 0n;
  }

  get sent(): number {
    return Number(Atomics.load(this.#fields, field.sent));
  }

  get packets(): number {
    return Number(Atomics.load(this.#fields, field.packets));
  }

  get bytes(): number {
    return Number(Atomics.load(this.#fields, field.bytes));
  }
}
