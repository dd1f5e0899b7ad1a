// A finished task on its way to the client: one run of bytes, the packets' sizes and then the packets, in parts of at most
// what a message may hold. It is kept, and can be sent again from the start, until the client says that it has it.

import type { SegmentPackets } from "../../encode/segment_encoder.ts";
import { mostBodyBytes } from "../limits.ts";
import type { ResultPart } from "../messages.ts";

export class TaskResult {
  readonly frames: number;
  readonly seconds: number;
  readonly #inputDigest: string;
  readonly #content: Uint8Array<ArrayBuffer>;

  constructor(readonly task: number, packets: SegmentPackets) {
    const { frames, sizes, data, inputDigest, seconds } = packets;
    this.frames = frames;
    this.seconds = seconds;
    this.#inputDigest = inputDigest.toHex();
    const head = sizes.length * Uint32Array.BYTES_PER_ELEMENT;
    this.#content = new Uint8Array(head + data.length);
    const view = new DataView(this.#content.buffer);
    for (const [at, size] of sizes.entries()) view.setUint32(at * Uint32Array.BYTES_PER_ELEMENT, size, true);
    this.#content.set(data, head);
  }

  /** Of all of its content. */
  get bytes(): number {
    return this.#content.length;
  }

  /** The messages, in order. */
  *parts(): Generator<{ readonly header: ResultPart; readonly body: Uint8Array<ArrayBuffer> }, void, void> {
    const { task, frames, seconds, bytes } = this;
    for (let offset = 0; offset < bytes; offset += mostBodyBytes) {
      const header = { type: "result", task, frames, bytes, offset, inputDigest: this.#inputDigest, seconds } as const;
      yield { header, body: this.#content.subarray(offset, offset + mostBodyBytes) };
    }
  }
}
