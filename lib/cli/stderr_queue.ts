// Standard error that is never waited for: a terminal held with Ctrl-S, a stalled connection or a reader that does not
// read must stop neither the encode nor the answer to a signal. One write is under way at a time, the rest waits in
// order; who draws looks first whether the last drawing has gone out. On the way out what waits gets a limited time.

/** What may wait; beyond it text is dropped. */
const waitingLimitBytes = 8 * 1024 * 1024;
/** What leaving waits for the last lines. */
const flushLimitMs = 500;

const encoder = new TextEncoder();
let waiting: Uint8Array[] = [];
let waitingBytes = 0;
let writing: Promise<void> | undefined;

/** Writes `text` after what came before it. Failures are ignored: there is nowhere left to tell them. */
export function queueStderr(text: string): void {
  const bytes = encoder.encode(text);
  if (waitingBytes + bytes.length > waitingLimitBytes) return;
  waiting.push(bytes);
  waitingBytes += bytes.length;
  start();
}

/** Whether text is still on its way: nothing should be drawn over it. */
export function stderrIsBusy(): boolean {
  return writing !== undefined;
}

/** Waits until all is written, but not longer than `limitMs`. */
export async function flushStderr(limitMs = flushLimitMs): Promise<void> {
  const limit = Promise.withResolvers<void>();
  const timer = setTimeout(limit.resolve, limitMs);
  while (writing !== undefined) {
    if (await Promise.race([writing.then(() => true), limit.promise.then(() => false)]) === false) break;
  }
  clearTimeout(timer);
}

function start(): void {
  writing ??= drain().finally(() => {
    writing = undefined;
    if (waiting.length > 0) start();
  });
}

async function drain(): Promise<void> {
  while (waiting.length > 0) {
    const parts = waiting;
    waiting = [];
    waitingBytes = 0;
    try {
      for (const bytes of parts) {
        for (let at = 0; at < bytes.length;) at += await Deno.stderr.write(bytes.subarray(at));
      }
    } catch {
      // The reader has gone, or the terminal was closed.
    }
  }
}
