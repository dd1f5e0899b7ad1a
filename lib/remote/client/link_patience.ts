// How often a worker may be tried: one that nobody can use is given up, one that is only away is not.

import { mostBreaches, mostDoubts } from "../limits.ts";
import type { Trouble } from "./trouble.ts";

export class LinkPatience {
  /** Connections in a row that ended with a breach of the protocol, without a result between. */
  #breaches = 0;
  /** Tries in a row after which the worker seems not to be one that can be used. */
  #doubts = 0;

  /** A connection, or a try at one, ended so. Gives whether it was the last. `hasDelivered`: it gave a result. */
  isOver({ outlook, isBreach }: Trouble, hasDelivered: boolean): boolean {
    if (hasDelivered || !isBreach) this.#breaches = 0;
    if (isBreach) this.#breaches++;
    this.#doubts = outlook === "doubtful" ? this.#doubts + 1 : 0;
    return outlook === "never" || this.#breaches >= mostBreaches || this.#doubts >= mostDoubts;
  }
}
