// Writes segments in order as they come in any order. A segment that is early waits here, compressed. One write runs at a
// time; the first that fails is kept, and everything after it is refused with it.

import type { SegmentPackets } from "./segment_encoder.ts";

/** Where packets go, in frame order. */
export interface PacketSink {
  /** `first` is the frame of the first packet. Resolves when the bytes are handed to the system. */
  write(first: number, packets: SegmentPackets): Promise<void>;
}

export class OrderedOutput {
  readonly #waiting = new Map<number, { first: number; packets: SegmentPackets } | "missing">();
  #next = 0;
  #writing: Promise<void> | undefined;
  #failure: unknown;
  #frames = 0;
  #bytes = 0;

  /** `onFailure` is called once, at the first write that fails. */
  constructor(readonly sink: PacketSink, readonly onFailure: (error: unknown) => void) {}

  /** Frames and bytes of packets (without the container's own) that were written. */
  get written(): { frames: number; bytes: number } {
    return { frames: this.#frames, bytes: this.#bytes };
  }

  /** Takes a finished segment; it is written as soon as all before it are. */
  add(index: number, first: number, packets: SegmentPackets): void {
    if (this.#failure === undefined) this.#waiting.set(index, { first, packets });
    this.#start();
  }

  /** A segment will never come: what follows it is written without it. */
  skip(index: number): void {
    this.#waiting.set(index, "missing");
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
      if (this.#failure === undefined && this.#waiting.has(this.#next)) this.#start();
    });
  }

  async #drain(): Promise<void> {
    try {
      for (let entry; (entry = this.#waiting.get(this.#next)) !== undefined;) {
        this.#waiting.delete(this.#next);
        this.#next++;
        if (entry === "missing") continue;
        await this.sink.write(entry.first, entry.packets);
        this.#frames += entry.packets.frames;
        this.#bytes += entry.packets.data.length;
      }
    } catch (error) {
      this.#failure = error;
      this.#waiting.clear();
      this.onFailure(error);
    }
  }
}
