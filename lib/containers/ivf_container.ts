// IVF: every packet behind a header with its frame's number, whatever the rate. The head holds the number of frames.

import { ivfHeader, ivfPacketHeader, ivfPacketHeaderBytes } from "../media/ivf.ts";
import { type Container, type ContainerEnd, nothing, type PacketRun, type VideoDescription } from "./container.ts";

export class IvfContainer implements Container {
  readonly needsTimes = false;
  readonly head: Uint8Array<ArrayBuffer>;
  readonly #video: VideoDescription;

  constructor(video: VideoDescription) {
    this.#video = video;
    this.head = this.#header(video.frames ?? 0);
  }

  add({ first, sizes, data }: PacketRun): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(data.length + sizes.length * ivfPacketHeaderBytes);
    let from = 0, to = 0;
    for (const [number, size] of sizes.entries()) {
      bytes.set(ivfPacketHeader(size, first + number), to);
      to += ivfPacketHeaderBytes;
      bytes.set(data.subarray(from, from + size), to);
      from += size;
      to += size;
    }
    return bytes;
  }

  end(frames: number): ContainerEnd {
    return { tail: nothing, head: this.#header(frames) };
  }

  #header(frames: number): Uint8Array<ArrayBuffer> {
    const { width, height, frameRate } = this.#video;
    return ivfHeader(width, height, frameRate, frames);
  }
}
