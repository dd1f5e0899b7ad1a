// How fast the slots of each machine are, from the segments that they finished: frames a second a slot. The last few
// segments count most, because a machine's load and a film's scenes change. Pure arithmetic, told of times by others.

/** What a segment weighs after each that was finished behind it on the same machine. */
const memory = 0.8;

interface Known {
  frames: number;
  seconds: number;
}

export class MachinePaces {
  readonly #known = new Map<number, Known>();

  /** A slot of the machine has finished a segment in so many seconds. */
  learn(machine: number, frames: number, seconds: number): void {
    if (!(frames > 0 && seconds > 0)) return;
    const known = this.#known.get(machine) ?? { frames: 0, seconds: 0 };
    known.frames = known.frames * memory + frames;
    known.seconds = known.seconds * memory + seconds;
    this.#known.set(machine, known);
  }

  /** Whether the machine has finished a segment. */
  isKnown(machine: number): boolean {
    return this.#known.has(machine);
  }

  /** Frames a second of one slot; of a machine that has finished nothing yet, what machines have on average. */
  of(machine: number): number {
    const known = this.#known.get(machine);
    return known ? known.frames / known.seconds : this.#average;
  }

  /** Any number will do while nothing is known: machines are only compared. */
  get #average(): number {
    if (this.#known.size === 0) return 1;
    let sum = 0;
    for (const { frames, seconds } of this.#known.values()) sum += frames / seconds;
    return sum / this.#known.size;
  }
}
