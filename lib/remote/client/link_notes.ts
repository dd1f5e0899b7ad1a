// What the user is told of one worker: a line when something becomes otherwise than it was last said to be, and none for
// each of the tries in between.

import { printable } from "../../media/printable.ts";
import type { Trouble } from "./trouble.ts";
import type { WorkerEntry } from "./worker_entry.ts";

type Note = (text: string, isWarning: boolean) => void;

/** Characters of a daemon's own words. */
const shownCharacters = 300;

export class LinkNotes {
  readonly #name: string;
  readonly #place: string;
  readonly #note: Note;
  /** The user has been told that it cannot be used. */
  #isMissing = false;
  #wasThere = false;
  /** Why it was last said not to be used, since it was there. */
  #refusal: string | undefined;

  constructor(name: string, { place }: WorkerEntry, note: Note) {
    this.#name = `worker ${name}`;
    this.#place = place;
    this.#note = note;
  }

  /** A session is open. */
  there(slots: number): void {
    if (this.#isMissing) {
      const count = slots === 0 ? "none of its slots is free now" : slots === 1 ? "1 slot" : `${slots} slots`;
      this.#note(`${this.#name} is ${this.#wasThere ? "back" : "there"}: ${count}`, false);
    }
    this.#isMissing = false;
    this.#refusal = undefined;
    this.#wasThere = true;
  }

  /** It could not be connected to. */
  unreachable({ reason, isBusy }: Trouble): void {
    if (this.#isMissing) return;
    this.#isMissing = true;
    const what = isBusy ? "takes nothing now" : this.#wasThere ? "was lost" : "cannot be used yet";
    this.#note(`${this.#name} ${what}: ${reason}; it is tried again in the background`, !isBusy);
  }

  /** Its connection was lost, and with it so many segments that are begun anew. */
  lost(reason: string, segments: number): void {
    if (this.#isMissing && segments === 0) return;
    this.#isMissing = true;
    const they = segments === 1 ? "1 segment goes" : `${segments} segments go`;
    const loss = segments === 0 ? "" : `; ${they} to other slots`;
    this.#note(`${this.#name} was lost: ${printable(reason, shownCharacters)}${loss}`, true);
  }

  ending(): void {
    if (this.#isMissing) return;
    this.#isMissing = true;
    this.#note(`${this.#name} is ending: it finishes what it encodes and is given no more`, false);
  }

  stalled(segment: number, reason: string): void {
    this.#note(`${this.#name}: ${reason} in segment ${segment}, which goes to another slot`, true);
  }

  /** It cannot be used as it is; whether it is tried again is not said, since nothing will come of that in most cases. */
  refused(reason: string): void {
    if (this.#refusal === reason) return;
    this.#refusal = reason;
    this.#isMissing = true;
    this.#note(`${this.#name} (${printable(this.#place)}) is not used: ${reason}`, true);
  }
}
