// Progress for logs, cron mail and pipes: one whole line every so often, nothing ever taken back. A line is due at each
// further tenth of the work, but not sooner than 5 s after the last, and when none was written for 30 s; from ten
// minutes on that grows to a twentieth of the time gone, 5 minutes at most, so that a night's log stays readable.

import type { EncodeStatus } from "../../encode/status.ts";
import type { MessageKind, ProgressDisplay, ProgressStream } from "./display.ts";
import { figuresOf } from "./figures.ts";
import { formatBytes, formatDuration, formatFigure, formatPercent } from "./format.ts";

export const quietestSeconds = 300;
export const usualSeconds = 30;
export const soonestSeconds = 5;

/** Seconds without a line after which one is due, `elapsed` seconds into the run. */
function dueAfter(elapsed: number): number {
  return Math.min(quietestSeconds, Math.max(usualSeconds, elapsed / 20));
}

/** Messages and no progress: --progress none, and --quiet, which keeps the notes to itself too. */
export class MessagesOnly implements ProgressDisplay {
  constructor(protected readonly stderr: ProgressStream, private readonly quiet: boolean) {}

  update(_status: EncodeStatus): void {}

  message(text: string, kind: MessageKind = "note"): void {
    if (!(this.quiet && kind === "note")) this.stderr.write(`${text}\n`);
  }

  finish(_status: EncodeStatus | null): void {}

  segment(): void {}

  summary(text: string): void {
    this.message(text);
  }

  continued(): void {}
}

export class PlainDisplay extends MessagesOnly {
  #lastSeconds = 0;
  #lastTenth = 0;
  #finished = false;

  constructor(stderr: ProgressStream) {
    super(stderr, false);
  }

  override update(status: EncodeStatus): void {
    if (this.#finished) return;
    const { fraction } = figuresOf(status);
    const tenth = Math.floor((fraction ?? 0) * 10 + 1e-9);
    const quiet = status.elapsed - this.#lastSeconds;
    const due = quiet >= dueAfter(status.elapsed) || (tenth > this.#lastTenth && quiet >= soonestSeconds);
    if (!due) return;
    this.#lastSeconds = status.elapsed;
    this.#lastTenth = tenth;
    this.stderr.write(`${plainLine(status)}\n`);
  }

  /** The end has no line of its own: the summary, which says the same and more, follows. */
  override finish(_status: EncodeStatus | null): void {
    this.#finished = true;
  }
}

/** `0:12:34   42.1 %  421/1000 frames  34.5 fps  1234 kbit/s  12.3 MiB  ETA 0:17:02`, without a line end. */
export function plainLine(status: EncodeStatus): string {
  const { fraction, kbps } = figuresOf(status);
  const total = status.frames === null ? "" : String(status.frames);
  return [
    formatDuration(status.elapsed),
    ...(fraction === null ? [] : [formatPercent(fraction).padStart(7)]),
    `${String(status.framesDone).padStart(total.length)}${total && `/${total}`} frames`,
    `${formatFigure(status.fps)} fps`,
    `${formatFigure(kbps)} kbit/s`,
    formatBytes(status.bytes),
    ...(fraction === null && status.eta === null
      ? []
      : [`ETA ${fraction === null ? "~" : ""}${formatDuration(status.eta)}`]),
  ].join("  ");
}
