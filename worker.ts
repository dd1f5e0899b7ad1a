// One encoder thread: encodes the segments it is given, one at a time, and gives their packets back. It opens the library
// and the input when its first segment comes. How a segment grows, is cancelled or gets on is seen through the shared
// SlotControl; a message is only a segment's begin and its end.

import { openLibrary } from "./ffi/library.ts";
import { IncompleteError } from "./lib/errors.ts";
import { SlotDies } from "./lib/encode/fault_points.ts";
import type { SlotInput, SlotReport, SlotSetup } from "./lib/encode/local_slot.ts";
import { encodeSegment, SegmentCancelled, type SegmentTask } from "./lib/encode/segment_encoder.ts";
import { SlotControl } from "./lib/encode/slot_control.ts";
import { FileFrames } from "./lib/encode/file_frames.ts";

interface WorkerScope {
  onmessage: ((event: MessageEvent<SlotInput>) => void) | null;
  postMessage(report: SlotReport, transfer?: Transferable[]): void;
}

const scope = self as unknown as WorkerScope;
let setup: SlotSetup;
let frames: FileFrames | undefined;

scope.onmessage = ({ data }) => {
  if (data.kind === "setup") setup = data.setup;
  else run(data.task);
};

// What nobody caught ends the thread. Deno would print it, whatever the main thread makes of it; standard error has
// its own order there (JSON lines, a bar), so it is reported instead.
globalThis.addEventListener("error", (event) => {
  event.preventDefault();
  scope.postMessage({ kind: "died", reason: event.message });
});

function run(task: SegmentTask): void {
  try {
    const control = new SlotControl(setup.control);
    frames ??= new FileFrames(setup.input);
    const library = openLibrary(setup.library);
    const packets = encodeSegment(
      {
        library,
        settings: setup.settings,
        frameBytes: setup.input.layout.frameBytes,
        source: frames,
        control,
        onePiece: setup.onePiece,
      },
      task,
    );
    scope.postMessage({ kind: "done", packets }, [packets.data.buffer, packets.sizes.buffer]);
  } catch (error) {
    if (error instanceof SlotDies) return;
    if (error instanceof SegmentCancelled) scope.postMessage({ kind: "cancelled" });
    // Only the source throws these: the input itself is at fault, and no other slot would get on with it.
    else if (error instanceof IncompleteError) scope.postMessage({ kind: "input-failed", reason: error.message });
    else scope.postMessage({ kind: "failed", reason: error instanceof Error ? error.message : String(error) });
  }
}
