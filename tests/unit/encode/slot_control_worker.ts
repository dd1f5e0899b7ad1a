// The slot of slot_control_test.ts: takes frames from a control as an encoder's loop does, and says how it ended. For the
// test's bookkeeping only, it is told how long each segment truly is.

/// <reference lib="deno.worker" />

import { SlotControl } from "../../../lib/encode/slot_control.ts";

export interface SlotTask {
  readonly memory: SharedArrayBuffer;
  /** Frames the segment has in truth. */
  readonly truth: number;
}

export interface SlotEnd {
  readonly how: "end" | "cancelled" | "beyond the end";
  readonly sent: number;
}

self.onmessage = ({ data: { memory, truth } }: MessageEvent<SlotTask>) => {
  const control = new SlotControl(memory);
  for (let sent = 0;; sent++) {
    const next = control.awaitFrame(sent);
    if (next === "read" && sent < truth) {
      control.countFrame();
      control.countPacket(sent);
      continue;
    }
    self.postMessage({ how: next === "read" ? "beyond the end" : next, sent } satisfies SlotEnd);
    return;
  }
};
