// The thread of a DrainSlot.

import { openLibrary } from "../../ffi/library.ts";
import { SlotControl } from "../../lib/encode/slot_control.ts";
import { PackFrames } from "../../lib/pipe/pack_frames.ts";
import type { DrainInput, DrainReport, DrainSetup } from "./drain_slots.ts";

interface DrainScope {
  onmessage: ((event: MessageEvent<DrainInput>) => void) | null;
  postMessage(report: DrainReport): void;
}

const scope = self as unknown as DrainScope;
let setup: DrainSetup;
let frames: PackFrames;

scope.onmessage = ({ data }) => {
  if (data.kind === "setup") {
    setup = data.setup;
    const { arena, frameBytes, feed, library } = setup;
    const onTaken = () => scope.postMessage({ kind: "taken" });
    frames = new PackFrames({ library: openLibrary(library), arena, frameBytes, digestsAreOwn: true, feed, onTaken });
    return;
  }
  const control = new SlotControl(setup.control);
  const frame = new Uint8Array(setup.frameBytes);
  for (let sent = 0; control.awaitFrame(sent) === "read"; sent++) frames.readFrame(data.first + sent, frame);
  scope.postMessage({ kind: "done" });
};
