// An id that the library gave out, freed exactly once: by `close`, by `using`, or, when both were forgotten, when the
// object that holds it is collected. Closing twice is fine; using it afterwards throws.

import { Library } from "./library.ts";

/** What frees an id, and the words for what it stands for. */
const frees = {
  rbg_encoder_free: "an encoder",
  rbg_detector_free: "a scene detector",
  rbg_packer_free: "a packer",
  rbg_unpacker_free: "an unpacker",
  rbg_digest_free: "a digest",
  rbg_child_pipe_free: "a pipe",
} as const;

type Free = keyof typeof frees;

interface Held {
  readonly library: Library;
  readonly free: Free;
  readonly id: bigint;
}

const forgotten = new FinalizationRegistry<Held>(({ library, free, id }) => library.symbols[free](id));

export class NativeHandle implements Disposable {
  #id: bigint | undefined;

  constructor(readonly library: Library, id: bigint, readonly free: Free) {
    library.unwrap(id);
    this.#id = id;
    forgotten.register(this, { library, free, id }, this);
  }

  /** The id to call the library with. Throws after `close`. */
  get id(): bigint {
    if (this.#id === undefined) throw new TypeError(`Cannot use ${frees[this.free]} that was closed`);
    return this.#id;
  }

  close(): void {
    if (this.#id === undefined) return;
    forgotten.unregister(this);
    const id = this.#id;
    this.#id = undefined;
    this.library.unwrap(this.library.symbols[this.free](id));
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
