// The time stamps that a child said of its frames, as FrameTimes. They come while the source is read and are asked for while
// it is encoded, behind that. Containers round: a stamp within a tick of a constant rate's is that rate's own time. What a
// source says is not believed where it cannot be: times ascend, whatever it holds, and a frame without a stamp follows the one
// before at the nominal rate. Where stamps go back far, the source's clock begins anew there (recordings that were put end to
// end, a DVD's cells): its frames follow those before, by the new clock.

import type { FrameTime, FrameTimes } from "../media/frame_times.ts";
import type { Ratio } from "../media/video_format.ts";

export interface ListedTimesOptions {
  /** Seconds a tick of the stamps. */
  readonly timeBase: Ratio;
  /** Exact where `isConstant`, nominal elsewhere. */
  readonly frameRate: Ratio;
  /** What the source claims. Stamps that differ are taken all the same. */
  readonly isConstant: boolean;
  /** Frames of the source before the first that is encoded. */
  readonly skip: number;
  /** Told once of the first frame that is on another clock than those before it. */
  readonly onNewClock?: (frame: number, what: string) => void;
  /** Told once of the first frame whose stamp is not what was claimed, or could not be; frames of the source, from 0. */
  readonly onIrregular?: (frame: number, what: string) => void;
}

/** Stamps that go back by less are faults of single frames, not of the clock. */
const newClockSeconds = 0.5;
/** Of a tick: less is rounding, of this frame's stamp and of the first one's. */
const roundingTicks = 1.01;
/** Of a frame, where it lasts whole ticks: nothing is rounded there, and a tick may be the place of a frame that is missing. */
const wholeTicksFrames = 0.4;

export class ListedTimes implements FrameTimes {
  readonly frameRate: Ratio;
  readonly isConstant: boolean;
  readonly #options: ListedTimesOptions;
  readonly #tick: number;
  readonly #frameSeconds: number;
  /** Seconds by which a stamp may be off and still mean the constant rate's own time. */
  readonly #rounding: number;
  /** Seconds on the source's clock, of every frame of the source. */
  #seconds = new Float64Array(1024);
  #known = 0;
  #ended = false;
  #failure: Error | undefined;
  #toldIrregular = false;
  #toldNewClock = false;
  /** Seconds from the source's newest clock to the first one, and what it was before that. */
  #shift = 0;
  #shiftBefore = 0;
  #waiting: { frame: number; settle: () => void }[] = [];

  constructor(options: ListedTimesOptions) {
    const { timeBase, frameRate, isConstant } = this.#options = options;
    this.frameRate = frameRate;
    this.isConstant = isConstant;
    this.#tick = timeBase.num / timeBase.den;
    this.#frameSeconds = frameRate.den / frameRate.num;
    const isWholeTicks = (frameRate.den * timeBase.den) % (frameRate.num * timeBase.num) === 0;
    const most = isWholeTicks ? wholeTicksFrames * this.#frameSeconds : Infinity;
    this.#rounding = Math.min(roundingTicks * this.#tick, most);
  }

  /** Exact once frame 0 is known; before that, where frames are skipped, what the rate makes of it. */
  get startSeconds(): number {
    const { skip } = this.#options;
    if (skip < this.#known) return this.#seconds[skip]!;
    return this.#known === 0
      ? skip * this.#frameSeconds
      : this.#seconds[this.#known - 1]! + (skip - this.#known + 1) * this.#frameSeconds;
  }

  /** The next stamps, in ticks; NaN where a frame has none. */
  add(stamps: Float64Array): void {
    for (const stamp of stamps) this.#append(stamp * this.#tick);
    this.#settle();
  }

  /** There are no further frames. */
  end(): void {
    this.#ended = true;
    this.#settle();
  }

  /** Nor will there be: whoever waits hears why. */
  fail(reason: Error): void {
    this.#failure ??= reason;
    this.#settle();
  }

  of(frame: number): Promise<FrameTime> {
    const { promise, resolve, reject } = Promise.withResolvers<FrameTime>();
    const settle = () => {
      const time = this.#timeOf(this.#options.skip + frame);
      if (time !== undefined) resolve(time);
      else reject(this.#failure ?? new RangeError(`Cannot say when frame ${frame} is shown: there is none`));
    };
    if (this.#isSettled(this.#options.skip + frame)) settle();
    else this.#waiting.push({ frame: this.#options.skip + frame, settle });
    return promise;
  }

  #isSettled(frame: number): boolean {
    return frame + 1 < this.#known || this.#ended || this.#failure !== undefined;
  }

  #timeOf(frame: number): FrameTime | undefined {
    const start = this.#seconds[this.#options.skip]!;
    const whole = (n: number) => this.#seconds[n]! - start;
    if (frame + 1 < this.#known) return { seconds: whole(frame), duration: whole(frame + 1) - whole(frame) };
    if (!this.#ended || frame + 1 !== this.#known) return undefined;
    // The last one lasts as long as the one before it.
    const isFirst = this.isConstant || frame <= this.#options.skip;
    return { seconds: whole(frame), duration: isFirst ? this.#frameSeconds : whole(frame) - whole(frame - 1) };
  }

  #append(said: number): void {
    const frame = this.#known, first = this.#seconds[0]!;
    const before = frame === 0 ? undefined : this.#seconds[frame - 1]!;
    const stamp = before === undefined ? said : this.#onFirstClock(frame, said, before);
    let seconds = stamp;
    if (Number.isNaN(stamp)) {
      seconds = before === undefined ? 0 : before + this.#frameSeconds;
      if (before !== undefined) this.#tellIrregular(frame, "has no time stamp");
    } else if (before !== undefined && this.isConstant) {
      const regular = first + frame * this.#frameSeconds;
      if (Math.abs(stamp - regular) <= this.#rounding) seconds = regular;
      else {this.#tellIrregular(
          frame,
          `is shown at ${(stamp - first).toFixed(3)} s, not ${(regular - first).toFixed(3)}`,
        );}
    }
    if (before !== undefined && seconds <= before) {
      seconds = before + this.#tick;
      this.#tellIrregular(frame, "is not shown after the one before it");
    }
    if (this.#known === this.#seconds.length) {
      const larger = new Float64Array(2 * this.#known);
      larger.set(this.#seconds);
      this.#seconds = larger;
    }
    this.#seconds[this.#known++] = seconds;
  }

  /** A frame's stamp as if there had been one clock. NaN stays NaN. */
  #onFirstClock(frame: number, said: number, before: number): number {
    const due = before + this.#frameSeconds, stamp = said + this.#shift;
    const isBack = stamp <= before - newClockSeconds, isAhead = stamp >= due + newClockSeconds;
    if (!isBack && !isAhead) return stamp;
    // Was the frame before alone in being elsewhere?
    if (Math.abs(said + this.#shiftBefore - due) < newClockSeconds) {
      [this.#shift, this.#shiftBefore] = [this.#shiftBefore, this.#shift];
      return said + this.#shift;
    }
    if (isAhead) return stamp;
    this.#shiftBefore = this.#shift;
    this.#shift = due - said;
    if (!this.#toldNewClock) {
      this.#toldNewClock = true;
      const times = [stamp, before].map((seconds) => (seconds - this.#seconds[0]!).toFixed(3));
      this.#options.onNewClock?.(frame, `is shown at ${times[0]} s, behind one at ${times[1]}: the clock begins anew`);
    }
    return due;
  }

  #tellIrregular(frame: number, what: string): void {
    if (this.#toldIrregular) return;
    this.#toldIrregular = true;
    this.#options.onIrregular?.(frame, what);
  }

  #settle(): void {
    const ready = this.#waiting.filter(({ frame }) => this.#isSettled(frame));
    if (ready.length === 0) return;
    this.#waiting = this.#waiting.filter(({ frame }) => !this.#isSettled(frame));
    for (const { settle } of ready) settle();
  }
}
