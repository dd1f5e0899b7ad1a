// Which places of the ring between reader and packers are free. Frame n has place n modulo the ring's size. Places become
// free in the frames' order, up to the first frame that is still in a pack, or that no pack has yet.

import type { ClosedPack } from "./stored_segment.ts";

export class FrameRing {
  #read = 0;
  /** Packs that are out, in order; released ones stay while one before them is out. */
  readonly #out: { readonly first: number; released: boolean }[] = [];

  constructor(readonly size: number) {}

  /** Frames read. */
  get read(): number {
    return this.#read;
  }

  /** Whether there is a place for the next frame. `start`: the first frame that no pack has. */
  hasRoom(start: number): boolean {
    return this.#read - (this.#out[0]?.first ?? start) < this.size;
  }

  /** The place of the next frame. */
  get place(): number {
    return this.#read % this.size;
  }

  /** The next frame is in its place. */
  advance(): void {
    this.#read++;
  }

  lend({ first }: ClosedPack): void {
    this.#out.push({ first, released: false });
  }

  /** The pack that starts with frame `first` is done with. */
  release(first: number): void {
    const pack = this.#out.find((one) => one.first === first);
    if (pack === undefined) throw new TypeError(`Cannot release a pack from frame ${first}: there is none`);
    pack.released = true;
    while (this.#out[0]?.released) this.#out.shift();
  }
}
