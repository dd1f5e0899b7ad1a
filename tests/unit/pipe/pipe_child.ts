// A program that takes a pipe's frames and prints what it got as JSON. Arguments: the input, and with "spill" and a folder
// after it, it stops in the middle, with packs in the temporary file, and says so. With "small" and a folder it has little
// memory and slow slots.

import { SegmentDigest } from "../../../ffi/digest.ts";
import { openLibrary } from "../../../ffi/library.ts";
import { libraryPath, runPipe } from "./pipe_run.ts";

const [input = "-", mode, folder = ""] = Deno.args;
const small = {
  slots: 1,
  spareBytes: 1 << 20,
  tmpInput: { kind: "folder", folder } as const,
  onFrame: () => new Promise<void>((resolve) => setTimeout(resolve, 2)),
};

try {
  const { frames, cutShort, notes } = await runPipe(
    input,
    mode === undefined ? {} : mode === "small" ? small : {
      slots: 1,
      tmpInput: { kind: "folder", folder },
      onFrame: async (_segment, _attempt, frame) => {
        if (frame < 20) return;
        await new Promise((resolve) => setTimeout(resolve, 500));
        console.log("in the middle");
        await new Promise(() => setInterval(() => {}, 1000));
      },
    },
  );
  using digest = new SegmentDigest(openLibrary(libraryPath));
  for (let frame = 0; frame < frames.size; frame++) digest.addFrame(frames.get(frame)!);
  console.log(
    JSON.stringify({ frames: frames.size, digest: digest.finish().toHex(), cutShort: cutShort?.message, notes }),
  );
} catch (error) {
  console.log(JSON.stringify({ error: (error as Error).message, name: (error as Error).name }));
}
Deno.exit(0);
