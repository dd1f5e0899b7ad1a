// The worker's log: one line an event, on standard error, which is never waited for. Whatever comes from outside leaves as
// printable text, so that an event is one line and no terminal takes it for a command. As JSON each line is an object with
// time, level, event, session where there is one, text, and the figures of the event under names of their own. The journal
// of systemd gets the level as it takes it, and no second time.

import { type Level, levelPrefix } from "../../machine/journal.ts";
import { printable } from "../../media/printable.ts";

export const logLevels = ["debug", "info", "warning", "error"] as const satisfies readonly Level[];
export type LogLevel = typeof logLevels[number];
export const logFormats = ["text", "json"] as const;
export type LogFormat = typeof logFormats[number];

export interface LogOptions {
  readonly format: LogFormat;
  /** What is below this is left out. */
  readonly level: LogLevel;
  /** Gets each line, newline included. */
  readonly write: (line: string) => void;
  /** Whether lines become the journal's (lib/machine/journal.ts). */
  readonly journal?: boolean;
  readonly now?: () => Date;
}

export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** Characters of one line's text at most. */
const mostCharacters = 1000;

export class Log {
  constructor(readonly options: LogOptions, readonly session?: string) {}

  /** The same log; its lines name the session (or the connection that is none yet). */
  of(session: string): Log {
    return new Log(this.options, session);
  }

  debug(event: string, text: string, fields?: LogFields): void {
    this.#line("debug", event, text, fields);
  }

  info(event: string, text: string, fields?: LogFields): void {
    this.#line("info", event, text, fields);
  }

  warning(event: string, text: string, fields?: LogFields): void {
    this.#line("warning", event, text, fields);
  }

  error(event: string, text: string, fields?: LogFields): void {
    this.#line("error", event, text, fields);
  }

  #line(level: LogLevel, event: string, given: string, fields: LogFields = {}): void {
    const { options: { format, write, journal = false, now = () => new Date() }, session } = this;
    if (logLevels.indexOf(level) < logLevels.indexOf(this.options.level)) return;
    const time = now().toISOString(), text = printable(given, mostCharacters);
    if (format === "json") {
      const shown = Object.entries(fields).map(([name, value]) => [
        name,
        typeof value === "string" ? printable(value, mostCharacters) : value,
      ]);
      const object = { time, level, event, session, text, ...Object.fromEntries(shown) };
      write(`${journal ? levelPrefix(level) : ""}${JSON.stringify(object)}\n`);
    } else {
      const head = journal ? levelPrefix(level) : `${time} ${level.padEnd(7)} `;
      write(`${head}${session === undefined ? "" : `[${session}] `}${text}\n`);
    }
  }
}
