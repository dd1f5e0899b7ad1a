// An id that the library gave out, freed exactly once: by `close`, by `using`, or, when both were forgotten, when the
// object that holds it is collected. Closing twice is fine; using it afterwards throws.

import { Library } from "./library.ts";

type Free = "rbg_encoder_free" | "rbg_detector_free";

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
    if (this.#id === undefined) throw new TypeError("Cannot use an encoder or detector that was closed");
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
