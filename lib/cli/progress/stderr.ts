// This process's standard error as a progress stream. Writing never throws: a reader that has gone away, or a terminal
// that was closed, costs the display and nothing else.

import type { ProgressStream } from "./display.ts";

const encoder = new TextEncoder();

export const processStderr: ProgressStream = {
  write(text) {
    let rest = encoder.encode(text);
    try {
      while (rest.length > 0) rest = rest.subarray(Deno.stderr.writeSync(rest));
    } catch {
      // Nowhere left to say it.
    }
  },
  get isTerminal() {
    return Deno.stderr.isTerminal();
  },
  size() {
    try {
      const { columns, rows } = Deno.consoleSize();
      // A terminal that was never told its size (serial lines, some containers) says 0 by 0.
      return { columns: columns || 80, rows: rows || 24 };
    } catch {
      return { columns: 80, rows: 24 };
    }
  },
};
