// Statuses and an error stream for the tests of the displays.

import type { ProgressStream } from "../../../lib/cli/progress/display.ts";
import type { TerminalSize } from "../../../lib/cli/progress/layout.ts";
import type { EncodeStatus, SlotStatus } from "../../../lib/encode/status.ts";

type Segment = NonNullable<SlotStatus["segment"]>;

/** A slot at work on segment number `slot`, 240 frames long, half done; null for an idle one. */
export function slotStatus(slot: number, segment: Partial<Segment> | null = {}): SlotStatus {
  if (segment === null) return { slot, worker: null, segment };
  return {
    slot,
    worker: null,
    segment: { index: slot, first: slot * 240, frames: 240, done: 120, attempt: 1, ...segment },
  };
}

/** Half way through 1000 frames at 25 frames a second, two slots. */
export function encodeStatus(changes: Partial<EncodeStatus> = {}): EncodeStatus {
  return {
    elapsed: 20,
    frames: 1000,
    framesDone: 500,
    bytes: 2_500_000,
    segments: 5,
    segmentsDone: 2,
    planComplete: true,
    fps: 25,
    eta: 20,
    frameRate: 25,
    slots: [slotStatus(0), slotStatus(1)],
    ...changes,
  };
}

/** A stream that keeps what was written, one entry a write, and whose size can be changed. */
export function fakeStream(isTerminal: boolean, size: TerminalSize = { columns: 80, rows: 24 }) {
  const writes: string[] = [];
  const stream = {
    isTerminal,
    current: size,
    writes,
    get text() {
      return writes.join("");
    },
    write: (text: string) => void writes.push(text),
    size: () => stream.current,
  };
  return stream satisfies ProgressStream;
}
