// Which frames are keyframes, where one reader decides it for several of the same frames (the sizes of one source): the leader
// writes, the followers read, each in its own thread, through shared memory alone. A decision is there before it is counted
// and never changes; a follower that has seen the end has seen all decisions there will be. A bit a frame: nothing that grows
// with the video by more than that, and nobody waits for a follower.

/** The Int32s at the start: frames decided, how it stands, and a count that every change moves. */
const [decidedAt, endAt, changesAt] = [0, 1, 2];
const headBytes = 16;
const growBytes = 64 * 1024;
/** A hundred days at 60 frames a second; address space alone until it is used. */
const mostBytes = headBytes + 64 * 1024 * 1024;

const ends = ["open", "whole", "broken"] as const;
/** `whole`: all frames are decided. `broken`: the leader has failed, or its input has; nothing more is decided. */
export type BoardEnd = typeof ends[number];

/** The end of what is said of an input that was read no further for no fault of its own. */
export const otherSizeFailed = "another size has failed";

export class KeyframeBoard {
  readonly #head: Int32Array;

  /** `buffer`: another thread's board. */
  constructor(readonly buffer: SharedArrayBuffer = new SharedArrayBuffer(growBytes, { maxByteLength: mostBytes })) {
    this.#head = new Int32Array(buffer, 0, headBytes / Int32Array.BYTES_PER_ELEMENT);
  }

  /** Frames decided. */
  get decided(): number {
    return Atomics.load(this.#head, decidedAt);
  }

  get end(): BoardEnd {
    return ends[Atomics.load(this.#head, endAt)]!;
  }

  /** `frame` is below `decided`. */
  isKeyframe(frame: number): boolean {
    return (this.#bytes[headBytes + (frame >> 3)]! & (1 << (frame & 7))) !== 0;
  }

  /** The leader decides the next frame. */
  decide(isKeyframe: boolean): void {
    const frame = this.decided, at = headBytes + (frame >> 3);
    if (at >= this.buffer.byteLength) this.buffer.grow(Math.min(mostBytes, this.buffer.byteLength * 2));
    if (isKeyframe) this.#bytes[at]! |= 1 << (frame & 7);
    Atomics.store(this.#head, decidedAt, frame + 1);
    this.#tell();
  }

  /** The leader decides no more, or is gone. Without effect the second time. */
  finish(end: Exclude<BoardEnd, "open">): void {
    const was = Atomics.compareExchange(this.#head, endAt, ends.indexOf("open"), ends.indexOf(end));
    if (was === ends.indexOf("open")) this.#tell();
  }

  /** Calls `look` now and after changes, until it has seen the end. Keeps no program alive that does nothing else. */
  async follow(look: () => void): Promise<void> {
    for (;;) {
      // In this order: a change in between is not slept through.
      const seen = Atomics.load(this.#head, changesAt), isLast = this.end !== "open";
      look();
      if (isLast) return;
      const wait = Atomics.waitAsync(this.#head, changesAt, seen);
      if (wait.async) await wait.value;
    }
  }

  get #bytes(): Uint8Array {
    return new Uint8Array(this.buffer);
  }

  #tell(): void {
    Atomics.add(this.#head, changesAt, 1);
    Atomics.notify(this.#head, changesAt);
  }
}
