// That all sizes have the same frames in the same GOPs: frame n of one proxy is frame n of every other, and where one may be
// entered all may. Each size says what it found and what it finished; the first one that says anything of a GOP is what the
// others are compared with, from the first GOP to the last. Without that an editor that swaps sizes would show other pictures.

import { IncompleteError } from "../errors.ts";
import type { Detected } from "../encode/plan.ts";
import { frameSpan } from "../encode/frame_span.ts";

interface Gop {
  readonly first: number;
  readonly size: string;
  /** Undefined until one size has finished it. */
  frames?: { readonly count: number; readonly size: string };
}

export class SameFrames {
  readonly #gops: Gop[] = [];
  readonly #heard = new Map<string, number>();
  #length: { readonly frames: number; readonly size: string } | undefined;

  /** Of all of them; undefined before one is at its end. */
  get plan(): Detected | undefined {
    return this.#length &&
      { decided: this.#length.frames, keyframes: this.#gops.map(({ first }) => first), complete: true };
  }

  /** `size` ("50 %") goes on with these keyframes, and is at its end where they are complete. Throws IncompleteError. */
  detected(size: string, { keyframes, decided, complete }: Detected): void {
    for (const first of keyframes) {
      const number = this.#heard.get(size) ?? 0;
      this.#heard.set(size, number + 1);
      const known = this.#gops[number];
      if (known === undefined) this.#gops.push({ first, size });
      else if (known.first !== first) {
        throw different(
          `GOP ${number} begins with frame ${known.first} in the ${known.size} proxy, with frame ${first} in the ${size} one`,
        );
      }
    }
    if (!complete) return;
    this.#length ??= { frames: decided, size };
    if (this.#length.frames !== decided) {
      throw different(
        `the ${this.#length.size} proxy has ${this.#length.frames} frames, the ${size} one ${decided}`,
      );
    }
  }

  /** `size` has so many packets of the GOP that begins with frame `first`. Throws IncompleteError. */
  finished(size: string, number: number, first: number, packets: number): void {
    const gop = this.#gops[number];
    if (gop === undefined || gop.first !== first) {
      throw different(`the ${size} proxy finished GOP ${number} from frame ${first} on, which no other has`);
    }
    gop.frames ??= { count: packets, size };
    if (gop.frames.count !== packets) {
      throw different(
        `frames ${frameSpan(first, first + gop.frames.count - 1)} are ${gop.frames.count} packets in the ` +
          `${gop.frames.size} proxy, ${packets} in the ${size} one`,
      );
    }
  }
}

function different(what: string): IncompleteError {
  return new IncompleteError(`Cannot make proxies that match: ${what}; what is finished is kept`);
}
