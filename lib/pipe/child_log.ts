// What a child says on standard error, line by line. Of ffmpeg's log: the time stamp of every frame, which our filter
// (showinfo) writes, one line each, before the frame's samples leave; what the first frame says of itself; and errors. ffmpeg
// writes a line whole, whichever of its threads it comes from. Nothing here trusts a line: numbers are checked, text is cut.

import { printable } from "../media/printable.ts";
import type { Ratio } from "../media/video_format.ts";

/** What the log calls the filter that says the time stamps. */
export const timesFilter = "showinfo@times";

/** What the first frame says of itself, in ffmpeg's names; null where it is silent. */
export interface FirstFrame {
  readonly range: string | null;
  readonly matrix: string | null;
  readonly primaries: string | null;
  readonly transfer: string | null;
  readonly isInterlaced: boolean;
  /** Whether it carries them. */
  readonly masteringDisplay: boolean;
  readonly contentLight: boolean;
}

/** By what time stamps are counted. */
export interface FrameClock {
  /** Seconds a tick. */
  readonly timeBase: Ratio;
  /** What the filters take for the rate; null where they know none. */
  readonly frameRate: Ratio | null;
}

export interface LoggedError {
  readonly text: string;
  /** Frames that had come by then. */
  readonly frames: number;
}

/** Of a line; what is longer is cut. Some of ffmpeg's dump whole buffers. */
const lineChars = 4096;
const shownChars = 200;
const keptErrors = 3;
const frameLine = /\[showinfo@times @ [^\]]*\] \[info\] n: *(\d+) pts: *(-?\d+|NOPTS) .*? i:(.)/;
const sizePart = / s:(\d{1,6}x\d{1,6}) /;
const clockLine = /\[showinfo@times @ [^\]]*\] \[info\] config in time_base: (\d+)\/(\d+), frame_rate: (\d+)\/(\d+)/;
const colourLine =
  /\[showinfo@times @ [^\]]*\] \[info\] *color_range:(\S+) color_space:(\S+) color_primaries:(\S+) color_trc:(\S+)/;
const sideLine = /\[showinfo@times @ [^\]]*\] \[info\] *side data - (mastering display|content light)/i;
const cutWords = /premature|partial file|unexpected end of file/i;
/** Has a level, or goes on from a line that has. */
const logLine = /^\s|\[(?:quiet|panic|fatal|error|warning|info|verbose|debug|trace)\] /;
const errorLine = /^(.*?)\[(?:error|fatal|panic)\] (.*)$/;

export class ChildLog {
  clock: FrameClock | undefined;
  /** Frames whose time stamp came. */
  stamped = 0;
  /** Where pictures first came in another size than the first one's, in words; ffmpeg scales them to that. */
  otherSize: string | undefined;
  hasEnded = false;
  errors = 0;
  firstError: LoggedError | undefined;
  /** It was to read what it may not: one clause for the user; there is no use in going on. */
  refusal: string | undefined;
  /** An error was about an end that came too early. */
  saysCut = false;
  /** Different ones: the first two, where the reason often is, and the newest. */
  readonly shownErrors: string[] = [];
  /** The newest line that is not in the log's form, of whoever ended ffmpeg before it could say why: the dynamic linker, libc. */
  lastPlain: string | undefined;
  /** Resolves when the first frame's line is complete, or nothing more will come. */
  readonly firstFrame: Promise<FirstFrame | undefined>;
  readonly #isFfmpeg: boolean;
  readonly #first = Promise.withResolvers<FirstFrame | undefined>();
  #firstParts = { isInterlaced: false, masteringDisplay: false, contentLight: false };
  #stamps: number[] = [];
  #size: string | undefined;
  /** Frames before the filters were last begun. */
  #countedBefore = 0;
  #partial = "";

  constructor(kind: "ffmpeg" | "plain") {
    this.#isFfmpeg = kind === "ffmpeg";
    this.firstFrame = this.#first.promise;
  }

  /** More of the text. */
  push(text: string): void {
    const lines = (this.#partial + text).split(/[\r\n]+/);
    this.#partial = lines.pop()!.slice(0, lineChars);
    for (const line of lines) this.#take(line.slice(0, lineChars));
  }

  /** The text has ended. */
  end(): void {
    this.#take(this.#partial);
    this.#partial = "";
    this.hasEnded = true;
    this.#first.resolve(this.stamped === 0 ? undefined : this.#firstOf([]));
  }

  /** Time stamps that were not taken yet, in ticks; NaN where a frame has none. They follow those taken before. */
  takeStamps(): Float64Array {
    const stamps = Float64Array.from(this.#stamps);
    this.#stamps = [];
    return stamps;
  }

  #take(line: string): void {
    if (line.trim() === "") return;
    if (!this.#isFfmpeg) return this.#note(line);
    if (line.includes(`[${timesFilter} @ `)) return this.#takeOurs(line);
    this.refusal ??= refusedProtocol(line);
    const error = errorLine.exec(line);
    if (error !== null) this.#note(`${contextOf(error[1]!)}${error[2]}`);
    else if (!logLine.test(line)) this.lastPlain = printable(line.trim(), shownChars);
  }

  #takeOurs(line: string): void {
    const frame = frameLine.exec(line);
    if (frame !== null) {
      // Where pictures change their size or format, ffmpeg begins its filters, and their count, anew.
      if (Number(frame[1]) === 0) this.#countedBefore = this.stamped;
      // What is out of order is no line of ours; the count of all will tell.
      if (this.#countedBefore + Number(frame[1]) !== this.stamped) return;
      const ticks = frame[2] === "NOPTS" ? NaN : Number(frame[2]);
      this.#stamps.push(Number.isSafeInteger(ticks) ? ticks : NaN);
      if (this.stamped === 0) this.#firstParts.isInterlaced = frame[3] === "T" || frame[3] === "B";
      // It had no line of colours.
      if (this.stamped === 1) this.#first.resolve(this.#firstOf([]));
      this.#takeSize(sizePart.exec(line)?.[1]);
      this.stamped++;
      return;
    }
    if (this.stamped > 1) return;
    const clock = this.clock === undefined ? clockLine.exec(line) : null;
    if (clock !== null) {
      const [num, den, frames, seconds] = clock.slice(1).map(Number) as [number, number, number, number];
      const isRate = isPart(frames) && isPart(seconds);
      if (isPart(num) && isPart(den)) {
        this.clock = { timeBase: { num, den }, frameRate: isRate ? { num: frames, den: seconds } : null };
      }
      return;
    }
    const side = sideLine.exec(line)?.[1]?.toLowerCase();
    if (side !== undefined) this.#firstParts[side.startsWith("m") ? "masteringDisplay" : "contentLight"] = true;
    const colours = colourLine.exec(line);
    if (colours !== null && this.stamped === 1) this.#first.resolve(this.#firstOf(colours.slice(1)));
  }

  #takeSize(size: string | undefined): void {
    if (size === undefined || size === (this.#size ??= size)) return;
    this.otherSize ??= `pictures are ${size} from frame ${this.stamped} on and are scaled to the ${this.#size} before`;
  }

  #firstOf([range, matrix, primaries, transfer]: string[]): FirstFrame {
    const said = (name: string | undefined) => name === undefined || /^(unknown|unspecified)$/.test(name) ? null : name;
    return {
      ...this.#firstParts,
      range: said(range),
      matrix: said(matrix),
      primaries: said(primaries),
      transfer: said(transfer),
    };
  }

  #note(said: string): void {
    const text = printable(said.trim(), shownChars);
    this.errors++;
    this.saysCut ||= cutWords.test(text);
    this.firstError ??= { text, frames: this.stamped };
    if (this.shownErrors.includes(text)) return;
    if (this.shownErrors.length === keptErrors) this.shownErrors.pop();
    this.shownErrors.push(text);
  }
}

/** What to say where ffmpeg's words are of an address that it is told not to read from; undefined where they are not. */
export function refusedProtocol(said: string): string | undefined {
  const protocol = /Protocol '([\w.+-]{1,20})' not on whitelist/.exec(said)?.[1];
  if (protocol === undefined) return undefined;
  return `it refers to what has to be fetched (by ${protocol}), and only local files are read; ` +
    "fetch it first: ffmpeg -i ADDRESS -c copy FILM.mkv";
}

/** "[mov,mp4,m4a @ 0x5566] " as "mov: ". */
function contextOf(prefix: string): string {
  const name = /\[([^\]@]+) @ [^\]]*\] *$/.exec(prefix)?.[1]?.split(",", 1)[0];
  return name === undefined || name === "NULL" ? "" : `${name}: `;
}

function isPart(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1 && value <= 0xffffffff;
}
