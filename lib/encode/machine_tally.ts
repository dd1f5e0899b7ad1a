// What each machine has finished in a run: segments, frames, and the time that it took them.

export interface MachineTally {
  readonly segments: number;
  readonly frames: number;
  /** Slot-seconds of encoding. */
  readonly seconds: number;
}

const nothing: MachineTally = { segments: 0, frames: 0, seconds: 0 };

export class MachineTallies {
  readonly #tallies = new Map<number, MachineTally>();

  /** The machine has finished a segment. */
  add(machine: number, frames: number, seconds: number): void {
    const before = this.of(machine);
    this.#tallies.set(machine, {
      segments: before.segments + 1,
      frames: before.frames + frames,
      seconds: before.seconds + seconds,
    });
  }

  of(machine: number): MachineTally {
    return this.#tallies.get(machine) ?? nothing;
  }
}
