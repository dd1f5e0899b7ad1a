import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { IncompleteError } from "../../../lib/errors.ts";
import { FileFrames, type FileInput } from "../../../lib/encode/file_frames.ts";
import { openY4mFile } from "../../../lib/media/y4m_file.ts";
import { frameList } from "../../../lib/resume/describe.ts";
import { differentFrames } from "../../../lib/resume/frame_check.ts";
import { smallClipFrames, smallClipStride, WorkFolder } from "../../support/work_folder.ts";

const skip = 2;
const segments = [{ index: 0, first: 0, frames: 10 }, { index: 1, first: 10, frames: 13 }, {
  index: 3,
  first: 30,
  frames: 5,
}];

/** The small clip without its first frames, and its segments with the digests of their frames as they are now. */
function input(folder: WorkFolder) {
  const path = folder.file("in.y4m");
  const input: FileInput = { path, layout: openY4mFile(path).layout, skip, frames: smallClipFrames - skip };
  using frames = new FileFrames(input);
  const frame = new Uint8Array(input.layout.frameBytes);
  const digested = segments.map((segment) => {
    const hash = createHash("sha256");
    for (let number = segment.first; number < segment.first + segment.frames; number++) {
      frames.readFrame(number, frame);
      hash.update(createHash("sha256").update(frame).digest());
    }
    return { ...segment, inputDigest: new Uint8Array(hash.digest()) };
  });
  return { input, segments: digested };
}

/** Changes one sample of a frame of the file. */
function changeFrame(folder: WorkFolder, frame: number): void {
  const bytes = folder.read("in.y4m");
  const at = bytes.length - (smallClipFrames - frame) * smallClipStride + 100;
  bytes[at]! ^= 1;
  folder.write("in.y4m", bytes);
}

Deno.test("differentFrames() finds nothing where nothing has changed", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  assert.deepEqual(await differentFrames(input(folder)), []);
});

Deno.test("differentFrames() names the segments whose frames have changed, and no others", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  const task = input(folder);
  changeFrame(folder, skip + 22);
  changeFrame(folder, skip + 25);
  const different = await differentFrames(task);
  assert.deepEqual(different, [task.segments[1]]);
  assert.equal(frameList(different, skip), "frames 12-24");
});

Deno.test("differentFrames() finds frames that do not sit at equal distances", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  const task = input(folder);
  const bytes = folder.read("in.y4m");
  // The FRAME line of frame 20 gets a parameter.
  const at = bytes.length - (smallClipFrames - 20) * smallClipStride + 5;
  const moved = new Uint8Array(bytes.length + 3);
  moved.set(bytes.subarray(0, at));
  moved.set(new TextEncoder().encode(" Ip"), at);
  moved.set(bytes.subarray(at), at + 3);
  folder.write("in.y4m", moved);
  assert.deepEqual(await differentFrames(task), []);
});

Deno.test("differentFrames() says that the input cannot be read", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  const task = input(folder);
  Deno.removeSync(folder.file("in.y4m"));
  await assert.rejects(differentFrames(task), IncompleteError);
});

Deno.test("differentFrames() can be called off", async () => {
  using folder = new WorkFolder();
  folder.clip("in.y4m");
  const reason = new Error("stopped");
  await assert.rejects(differentFrames(input(folder), { signal: AbortSignal.abort(reason) }), reason);
});

Deno.test("frameList() joins neighbours and is never long", () => {
  const part = (first: number) => ({ first, frames: 10 });
  assert.equal(frameList([part(10), part(0), part(40)], 5), "frames 5-24, 45-54");
  assert.match(
    frameList(Array.from({ length: 30 }, (_, index) => part(index * 20)), 0),
    /^frames 0-9, .* and 22 more$/,
  );
});
