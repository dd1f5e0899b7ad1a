// What a run shows of itself while it works. A display writes to standard error alone, never fails (an error stream
// that was closed ends nothing) and reads no clock: the status it is given carries the time. The cursor is never
// hidden and no terminal mode is changed, so that a run killed at any moment leaves a terminal that needs no repair.

import type { EncodeStatus } from "../../encode/status.ts";
import { JsonDisplay } from "./json.ts";
import type { TerminalSize } from "./layout.ts";
import { MessagesOnly, PlainDisplay } from "./plain.ts";

/** auto is bar on a terminal that can move its cursor, plain anywhere else. */
export type ProgressMode = "auto" | "bar" | "plain" | "json" | "none";

/** notes are dropped by `quiet`; warnings and errors are not. A summary is a note. */
export type MessageKind = "note" | "warning" | "error";

export interface ProgressDisplay {
  /** The state of the moment. Called by the encoder's timer, 4 to 10 times a second; each display writes when it is due. */
  update(status: EncodeStatus): void;
  /** One line (or several) that stays, above whatever moves. Also before the first update and after the end. `facts`: for programs. */
  message(text: string, kind?: MessageKind, facts?: object): void;
  /**
   * The end, good or bad: what moves is taken off the terminal, and nothing is drawn any more. null where no status was
   * ever made. The second call does nothing.
   */
  finish(status: EncodeStatus | null): void;
  /** A segment is finished: for programs that keep count. */
  segment(facts: object): void;
  /** How a complete run went: one line for people, `facts` for programs. After `finish`. */
  summary(text: string, facts: object): void;
  /** The process was stopped (Ctrl-Z) and goes on: what is on the terminal above the cursor is not this display's any more. */
  continued(): void;
}

/** Where a display writes. */
export interface ProgressStream {
  /** Writes all of the text at once. Must not throw. */
  write(text: string): void;
  readonly isTerminal: boolean;
  /** The terminal's size now; asked at each redraw, so a resize needs no signal. */
  size(): TerminalSize;
}

export interface ProgressOptions {
  readonly stderr: ProgressStream;
  /** Only TERM and NO_COLOR are looked at. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** --quiet: neither progress nor notes. */
  readonly quiet?: boolean;
}

/** Makes the display for a mode. Async because the terminal library is loaded only where it is used. */
export async function createProgress(mode: ProgressMode, options: ProgressOptions): Promise<ProgressDisplay> {
  const { stderr, environment, quiet = false } = options;
  if (quiet) return new MessagesOnly(stderr, true);
  const terminal = stderr.isTerminal && environment.TERM !== "dumb";
  switch (mode === "auto" ? (terminal ? "bar" : "plain") : mode) {
    case "json":
      return new JsonDisplay(stderr);
    case "none":
      return new MessagesOnly(stderr, false);
    case "plain":
      return new PlainDisplay(stderr);
    case "bar": {
      // Asked for by name where nothing can be redrawn: lines are what comes nearest.
      if (!terminal) return new PlainDisplay(stderr);
      const { BarDisplay } = await import("./bar.ts");
      return new BarDisplay(stderr, { colours: !environment.NO_COLOR });
    }
  }
}
