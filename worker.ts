// One encoder thread: encodes the segments it is given, one at a time, and gives their packets back. It opens the library
// when it starts and the input when its first segment comes. How a segment grows, is cancelled or gets on is seen through the shared
// SlotControl; a message is only a segment's begin and its end, and a pack's.

import { setCrashSegment } from "./ffi/crash_mark.ts";
import { type Library, openLibrary } from "./ffi/library.ts";
import { IncompleteError } from "./lib/errors.ts";
import { SlotDies } from "./lib/encode/fault_points.ts";
import type { SlotInput, SlotReport, SlotSetup } from "./lib/encode/local_slot.ts";
import { encodeSegment, type FrameSource, SegmentCancelled, type SegmentTask } from "./lib/encode/segment_encoder.ts";
import { SlotControl } from "./lib/encode/slot_control.ts";
import { FileFrames } from "./lib/encode/file_frames.ts";
import { PackFrames } from "./lib/pipe/pack_frames.ts";

interface WorkerScope {
  onmessage: ((event: MessageEvent<SlotInput>) => void) | null;
  postMessage(report: SlotReport, transfer?: Transferable[]): void;
  close(): void;
}

const scope = self as unknown as WorkerScope;
let setup: SlotSetup;
let opened: FileFrames | undefined;
let unpacked: PackFrames | undefined;
let frame: Uint8Array<ArrayBuffer> | undefined;

scope.onmessage = ({ data }) => {
  if (data.kind === "setup") begin(data.setup);
  else if (data.kind === "task") run(data.task, data.arena);
  else scope.close();
};

// What nobody caught ends the thread. Deno would print it, whatever the main thread makes of it; standard error has
// its own order there (JSON lines, a bar), so it is reported instead.
globalThis.addEventListener("error", (event) => {
  event.preventDefault();
  scope.postMessage({ kind: "died", reason: event.message });
});

/** What takes milliseconds is done before the first segment comes. */
function begin(given: SlotSetup): void {
  setup = given;
  try {
    openLibrary(setup.library);
  } catch {
    // Tried again, and said, with the first segment.
  }
}

function run(task: SegmentTask, arena: SharedArrayBuffer | undefined): void {
  let library: Library | undefined;
  try {
    library = openLibrary(setup.library);
    const { video } = setup;
    const { crashMark: mark } = setup;
    if (mark !== undefined) setCrashSegment(library, { mark, segment: task.index });
    encodeSegment(
      {
        library,
        settings: setup.settings,
        frame: frame ??= new Uint8Array(video.kind === "file" ? video.input.layout.frameBytes : video.frameBytes),
        source: framesOf(library, arena),
        control: new SlotControl(setup.control),
        onePiece: setup.onePiece,
      },
      task,
      (packets) => {
        const { data, sizes, inputDigest } = packets;
        scope.postMessage({ kind: "done", packets }, [data.buffer, sizes.buffer, inputDigest.buffer]);
      },
    );
  } catch (error) {
    if (error instanceof SlotDies) return;
    if (error instanceof SegmentCancelled) scope.postMessage({ kind: "cancelled" });
    // Only the source throws these: the input itself is at fault, and no other slot would get on with it.
    else if (error instanceof IncompleteError) scope.postMessage({ kind: "input-failed", reason: error.message });
    else scope.postMessage({ kind: "failed", reason: error instanceof Error ? error.message : String(error) });
  } finally {
    if (library !== undefined) setCrashSegment(library, null);
  }
}

/** The file stays open for the next segment, and so does what takes packs apart. */
function framesOf(library: Library, given: SharedArrayBuffer | undefined): FrameSource {
  const { video, feed } = setup;
  if (video.kind === "file") return opened ??= new FileFrames(video.input);
  const arena = given ?? video.arena;
  if (arena === undefined) throw new TypeError("A task came without the memory of its packs");
  const onTaken = () => scope.postMessage({ kind: "pack-taken" });
  unpacked ??= new PackFrames({ library, ...video, arena, feed, onTaken });
  unpacked.readFrom(arena);
  return unpacked;
}
