// Writes finished segments in order, whenever they were finished: each is read back from the store, which has verified it,
// when its turn comes. Nothing waits here but numbers, and a few segments that are read ahead: a read queues behind the
// transaction that is being written, and where segments are tiny it would be one segment a transaction. One write runs at
// a time; the first that fails is kept, and nothing is written after it.

import { killPoint } from "./fault_points.ts";
import type { SegmentPackets } from "./segment_encoder.ts";

/** Where packets go, in frame order. */
export interface PacketSink {
  /** Resolves when the bytes are handed to the system. */
  write(packets: SegmentPackets): Promise<void>;
}

/** Segments beyond the first are read ahead while all of them are no more than this. */
const readAheadBytes = 4 * 1024 * 1024;
const readAheadSegments = 64;

export class OrderedOutput {
  /** Bytes of its packets; null for one that will never come. */
  readonly #ready = new Map<number, number | null>();
  readonly #read: (index: number) => Promise<SegmentPackets>;
  readonly #sink: PacketSink;
  readonly #onFailure: (error: unknown) => void;
  #next = 0;
  #writing: Promise<void> | undefined;
  #failure: unknown;
  #frames = 0;
  #bytes = 0;

  /** `read` gives a segment's packets; `onFailure` is called once, at the first read or write that fails. */
  constructor(
    read: (index: number) => Promise<SegmentPackets>,
    sink: PacketSink,
    onFailure: (error: unknown) => void,
  ) {
    this.#read = read;
    this.#sink = sink;
    this.#onFailure = onFailure;
  }

  /** Frames and bytes of packets (without the container's own) that were written. */
  get written(): { frames: number; bytes: number } {
    return { frames: this.#frames, bytes: this.#bytes };
  }

  /** A segment of so many bytes is in the store; it is written as soon as all before it are. */
  add(index: number, bytes: number): void {
    if (this.#failure === undefined) this.#ready.set(index, bytes);
    this.#start();
  }

  /** A segment will never come: what follows it is written without it. */
  skip(index: number): void {
    if (this.#failure === undefined) this.#ready.set(index, null);
    this.#start();
  }

  /** Resolves when everything that can be written is; throws what a write threw. */
  async settled(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  #start(): void {
    this.#writing ??= this.#drain().finally(() => {
      this.#writing = undefined;
      if (this.#failure === undefined && this.#ready.has(this.#next)) this.#start();
    });
  }

  async #drain(): Promise<void> {
    try {
      const reading: { readonly bytes: number; readonly packets: Promise<SegmentPackets> }[] = [];
      for (;;) {
        this.#readAhead(reading);
        const first = reading.shift();
        if (first === undefined) break;
        const packets = await first.packets;
        await this.#sink.write(packets);
        this.#frames += packets.frames;
        this.#bytes += packets.data.length;
        killPoint("segment-written");
      }
    } catch (error) {
      this.#failure = error;
      this.#ready.clear();
      this.#onFailure(error);
    }
  }

  #readAhead(reading: { readonly bytes: number; readonly packets: Promise<SegmentPackets> }[]): void {
    let ahead = reading.reduce((sum, { bytes }) => sum + bytes, 0);
    for (let bytes; (bytes = this.#ready.get(this.#next)) !== undefined;) {
      if (bytes !== null) {
        if (reading.length === readAheadSegments || (reading.length > 0 && ahead + bytes > readAheadBytes)) return;
        const packets = this.#read(this.#next);
        // Should one before it fail, nobody waits for it any more.
        packets.catch(() => {});
        reading.push({ bytes, packets });
        ahead += bytes;
      }
      this.#ready.delete(this.#next++);
    }
  }
}
