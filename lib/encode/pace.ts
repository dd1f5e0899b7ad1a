// How fast the run goes and how long it still takes, from samples of a monotonic clock and the packets made so far
// (those of running segments included). Time in which nothing could be done (the process stopped by Ctrl-Z, the
// machine asleep) is not counted as work, and packets that a failed try takes back never make the speed negative.
//
// Speed is measured a slot-second, not a second: when fewer slots are at work near the end, the time left follows.

/** What is left to do, for the estimate. */
export interface WorkLeft {
  /** Frames without a packet yet, those of running segments included; null while unknown. */
  readonly frames: number | null;
  /** Slots that may work at once. */
  readonly slots: number;
  /** Frames without a packet of the running segment that has most of them, which no other slot can help with. */
  readonly longestRunning: number;
}

interface Sample {
  /** Seconds of work, summed over time and over time x busy slots. */
  readonly seconds: number;
  readonly slotSeconds: number;
  readonly frames: number;
}

/** The rate shown covers at least these last seconds and frames; the time left a longer while, so that it is steady. */
const shown = { seconds: 15, frames: 60 };
const foreseen = { seconds: 120, frames: 500 };
/** But nothing older than this, however few frames it holds. */
const oldestSeconds = 1800;
/** A pause between samples that is longer than this is looked at. */
const longestGapSeconds = 3;
/** Samples nearer to each other are joined, which bounds the list. */
const closestSeconds = 0.5;

export class Pace {
  #samples: Sample[] = [];
  #lastMs: number | undefined;
  #now: Sample = { seconds: 0, slotSeconds: 0, frames: 0 };

  /**
   * Adds what is known now. `nowMs` comes from performance.now(), `frames` are packets so far, `busySlots` the slots
   * that hold a segment since the last sample. To be called several times a second, whether anything changed or not.
   */
  sample(nowMs: number, frames: number, busySlots: number): void {
    const gap = this.#lastMs === undefined ? 0 : Math.max(0, (nowMs - this.#lastMs) / 1000);
    this.#lastMs = nowMs;
    const lost = this.#now.frames - frames;
    if (lost > 0) {
      this.#samples = this.#samples.map((sample) => ({ ...sample, frames: sample.frames - lost }));
      this.#now = { ...this.#now, frames };
    }
    const seconds = this.#secondsOfWork(gap, frames - this.#now.frames);
    this.#now = {
      seconds: this.#now.seconds + seconds,
      slotSeconds: this.#now.slotSeconds + seconds * busySlots,
      frames,
    };
    const newest = this.#samples.at(-1);
    if (!newest || this.#now.seconds - newest.seconds >= closestSeconds) this.#samples.push(this.#now);
    const oldest = this.#now.seconds - oldestSeconds;
    while (this.#samples.length > 1 && this.#samples[1]!.seconds < oldest) this.#samples.shift();
  }

  /** Seconds since the first sample without those in which nothing could be done. */
  get elapsed(): number {
    return this.#now.seconds;
  }

  /** Frames a second over the last while; null before the first packet. */
  get fps(): number | null {
    const from = this.#windowStart(shown);
    const seconds = this.#now.seconds - from.seconds;
    return this.#anything && seconds > 0 ? (this.#now.frames - from.frames) / seconds : null;
  }

  /** Seconds until all is done; null where it cannot be said: nothing measured, or the end of the input not known. */
  eta(left: WorkLeft): number | null {
    if (left.frames === null) return null;
    if (left.frames <= 0) return 0;
    const from = this.#windowStart(foreseen);
    const slotSeconds = this.#now.slotSeconds - from.slotSeconds;
    const frames = this.#now.frames - from.frames;
    if (!this.#anything || slotSeconds <= 0 || frames <= 0) return null;
    const framesASlotSecond = frames / slotSeconds;
    return Math.max(left.frames / Math.max(1, left.slots), left.longestRunning) / framesASlotSecond;
  }

  get #anything(): boolean {
    return this.#samples.length > 0 && this.#now.frames > this.#samples[0]!.frames;
  }

  /** The youngest sample that is both old enough and frames enough ago, else the oldest there is. */
  #windowStart(window: { seconds: number; frames: number }): Sample {
    const { seconds, frames } = this.#now;
    const enough = (sample: Sample) =>
      seconds - sample.seconds >= window.seconds && frames - sample.frames >= window.frames;
    return this.#samples.findLast(enough) ?? this.#samples[0] ?? this.#now;
  }

  /**
   * Of a gap between samples, the seconds that count. A long one is a suspended process or machine (nothing was made,
   * or hardly anything) or only a main thread that was held up while the slots went on: then packets tell how long.
   */
  #secondsOfWork(gap: number, frames: number): number {
    if (gap <= longestGapSeconds) return gap;
    const fps = this.fps;
    return Math.min(gap, Math.max(closestSeconds, fps ? frames / fps : 0));
  }
}
