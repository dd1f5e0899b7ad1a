// What finding the keyframes of a video shows of itself: one line that is redrawn on a terminal, a plain line now and then
// elsewhere, or JSON lines. Standard error alone; standard output may be the list.
//
// {"type":"progress", "elapsed", "frames", "framesDone", "keyframes", "fps", "eta"}   about once a second; eta in seconds,
//                                                                                     and frames null where nobody knows
// {"type":"message","kind":"note"|"warning"|"error","text":"..."}                     what is a line in the other modes
// {"type":"summary", "output", "frames", "keyframes", "seconds"}                      once, when the list is written

import type { MessageKind, ProgressMode, ProgressOptions, ProgressStream } from "./display.ts";
import { formatBar, formatDuration, formatFigure, formatPercent } from "./format.ts";
import { soonestSeconds, usualSeconds } from "./plain.ts";

export interface ScenesStatus {
  /** Seconds since it began. */
  readonly elapsed: number;
  /** null where the input has not said. */
  readonly frames: number | null;
  readonly framesDone: number;
  readonly keyframes: number;
  /** Frames a second; null at the very start. */
  readonly fps: number | null;
  /** Seconds left; null where it cannot be said. */
  readonly eta: number | null;
}

export interface ScenesDisplay {
  /** The state of the moment; called several times a second. */
  update(status: ScenesStatus): void;
  /** One line that stays. */
  message(text: string, kind?: MessageKind): void;
  /** Takes off the terminal what moves. The second call does nothing. */
  finish(): void;
  /** How it went: one line for people, `facts` for programs. After `finish`. */
  summary(text: string, facts: object): void;
}

export function createScenesDisplay(
  mode: ProgressMode,
  { stderr, environment, quiet }: ProgressOptions,
): ScenesDisplay {
  const terminal = stderr.isTerminal && environment.TERM !== "dumb";
  if (quiet) return new ScenesLines(stderr, { progress: false, notes: false });
  if (mode === "json") return new ScenesJson(stderr);
  if (mode === "none") return new ScenesLines(stderr, { progress: false, notes: true });
  if (terminal && mode !== "plain") return new ScenesBar(stderr);
  return new ScenesLines(stderr, { progress: true, notes: true });
}

const barWidth = 24;

class ScenesBar implements ScenesDisplay {
  #drawn = false;
  #finished = false;

  constructor(private readonly stderr: ProgressStream) {}

  update(status: ScenesStatus): void {
    if (this.#finished) return;
    const { frames, framesDone } = status;
    const text = `${frames === null ? "" : `${formatBar(framesDone / frames, barWidth)}  `}${scenesLine(status)}`;
    // A character in the last column would wrap.
    const width = Math.max(1, this.stderr.size().columns - 1);
    this.stderr.write(`\r\x1b[2K${text.slice(0, width)}`);
    this.#drawn = true;
  }

  message(text: string): void {
    this.stderr.write(`${this.#erased()}${text}\n`);
  }

  finish(): void {
    const erased = this.#erased();
    if (erased !== "") this.stderr.write(erased);
    this.#finished = true;
  }

  summary(text: string): void {
    this.message(text);
  }

  #erased(): string {
    const text = this.#drawn ? "\r\x1b[2K" : "";
    this.#drawn = false;
    return text;
  }
}

class ScenesLines implements ScenesDisplay {
  #lastSeconds = 0;
  #lastTenth = 0;

  constructor(
    private readonly stderr: ProgressStream,
    private readonly shown: { readonly progress: boolean; readonly notes: boolean },
  ) {}

  update(status: ScenesStatus): void {
    if (!this.shown.progress) return;
    const tenth = status.frames === null ? 0 : Math.floor(status.framesDone / status.frames * 10);
    const quiet = status.elapsed - this.#lastSeconds;
    if (quiet < usualSeconds && !(tenth > this.#lastTenth && quiet >= soonestSeconds)) return;
    this.#lastSeconds = status.elapsed;
    this.#lastTenth = tenth;
    this.stderr.write(`${formatDuration(status.elapsed)}  ${scenesLine(status)}\n`);
  }

  message(text: string, kind: MessageKind = "note"): void {
    if (this.shown.notes || kind !== "note") this.stderr.write(`${text}\n`);
  }

  finish(): void {}

  summary(text: string): void {
    this.message(text);
  }
}

class ScenesJson implements ScenesDisplay {
  #nextSeconds = -Infinity;

  constructor(private readonly stderr: ProgressStream) {}

  update(status: ScenesStatus): void {
    if (status.elapsed < this.#nextSeconds) return;
    this.#nextSeconds = status.elapsed + 1;
    const { elapsed, frames, framesDone, keyframes, fps, eta } = status;
    const facts = { elapsed: rounded(elapsed), frames, framesDone, keyframes, fps: rounded(fps), eta: rounded(eta) };
    this.#write({ type: "progress", ...facts });
  }

  message(text: string, kind: MessageKind = "note"): void {
    this.#write({ type: "message", kind, text });
  }

  finish(): void {}

  summary(_text: string, facts: object): void {
    this.#write({ type: "summary", ...facts });
  }

  #write(document: object): void {
    this.stderr.write(`${JSON.stringify(document)}\n`);
  }
}

function scenesLine({ frames, framesDone, keyframes, fps, eta }: ScenesStatus): string {
  const found = [`${keyframes} keyframes`, `${formatFigure(fps).padStart(4)} fps`];
  if (frames === null) return [`${framesDone} frames`, ...found].join("  ");
  return [
    formatPercent(framesDone / frames).padStart(6),
    `${String(framesDone).padStart(String(frames).length)}/${frames} frames`,
    ...found,
    `ETA ${formatDuration(eta)}`,
  ].join("  ");
}

function rounded(value: number | null): number | null {
  return value === null || !Number.isFinite(value) ? null : Number(value.toFixed(3));
}
