// Segments in the order of their lengths, from which the longest below a limit is taken again and again. What was taken
// never comes back, which makes looking for the next one nearly constant in time: places that are empty are jumped over,
// and each jump that was made once is remembered (a disjoint set of places, with its paths halved).

export interface Sized {
  readonly index: number;
  readonly frames: number;
}

export class LengthOrder {
  /** Ascending; of equal lengths the later segment first, so that the earlier one is taken first. */
  readonly #sorted: readonly Sized[];
  /** For each place one more than the nearest place at or below it that may be full; 0 where there is none. */
  readonly #below: Uint32Array;

  constructor(segments: readonly Sized[]) {
    this.#sorted = [...segments].sort((a, b) => a.frames - b.frames || b.index - a.index);
    this.#below = Uint32Array.from({ length: this.#sorted.length + 1 }, (_, place) => place);
  }

  /**
   * Up to `count` segments of at most `limit` frames, the longest first. `isIn` tells whether one is still to be taken: where
   * not, it is out for good. `isWanted` only passes over those for which it is false.
   */
  longest(
    count: number,
    limit: number,
    isIn: (index: number) => boolean,
    isWanted: (index: number) => boolean = () => true,
  ): number[] {
    const found: number[] = [];
    let place = this.#full(this.#upTo(limit));
    while (place > 0 && found.length < count) {
      const { index } = this.#sorted[place - 1]!;
      if (!isIn(index)) this.#below[place] = place - 1;
      else if (isWanted(index)) found.push(index);
      place = this.#full(place - 1);
    }
    return found;
  }

  /** One more than the nearest full place below `place`. */
  #full(place: number): number {
    const below = this.#below;
    while (below[place] !== place) place = below[place] = below[below[place]!]!;
    return place;
  }

  /** Segments of at most `limit` frames. */
  #upTo(limit: number): number {
    let [least, most] = [0, this.#sorted.length];
    while (least < most) {
      const middle = (least + most) >>> 1;
      if (this.#sorted[middle]!.frames <= limit) least = middle + 1;
      else most = middle;
    }
    return least;
  }
}
