// Writes finished segments in order, whenever they were finished: each is read back from the store, which has verified it,
// when its turn comes. Nothing waits here but numbers. One write runs at a time; the first that fails is kept, and
// nothing is written after it.

import { killPoint } from "./fault_points.ts";
import type { SegmentPackets } from "./segment_encoder.ts";

/** Where packets go, in frame order. */
export interface PacketSink {
  /** Resolves when the bytes are handed to the system. */
  write(packets: SegmentPackets): Promise<void>;
}

export class OrderedOutput {
  readonly #ready = new Map<number, "stored" | "missing">();
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

  /** A segment is in the store; it is written as soon as all before it are. */
  add(index: number): void {
    if (this.#failure === undefined) this.#ready.set(index, "stored");
    this.#start();
  }

  /** A segment will never come: what follows it is written without it. */
  skip(index: number): void {
    if (this.#failure === undefined) this.#ready.set(index, "missing");
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
      for (let entry; (entry = this.#ready.get(this.#next)) !== undefined;) {
        this.#ready.delete(this.#next);
        const index = this.#next++;
        if (entry === "missing") continue;
        const packets = await this.#read(index);
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
}
