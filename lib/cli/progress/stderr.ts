// This process's standard error as a progress stream. Writing never throws and never waits.

import { queueStderr } from "../stderr_queue.ts";
import type { ProgressStream } from "./display.ts";

export const processStderr: ProgressStream = {
  write: queueStderr,
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
