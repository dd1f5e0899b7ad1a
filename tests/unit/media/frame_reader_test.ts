import assert from "node:assert/strict";
import { join } from "node:path";
import { IncompleteError } from "../../../lib/errors.ts";
import { FrameMarkerError, FrameReader } from "../../../lib/media/frame_reader.ts";
import { openY4mFile } from "../../../lib/media/y4m_file.ts";
import { numberedFrames, TemporaryFolder, y4mBytes } from "./y4m_bytes.ts";

const header = "YUV4MPEG2 W4 H2 F25:1 C420jpeg";
const headerBytes = header.length + 1;
const frameBytes = 12;
const stride = 6 + frameBytes;

Deno.test("readFrame() reads any frame in any order, fixed stride or not", () => {
  using folder = new TemporaryFolder();
  for (const line of ["FRAME", "FRAME Ip"]) {
    const frames = numberedFrames(40, frameBytes, (frame) => frame % 7 === 3 ? line : "FRAME");
    const { layout } = openY4mFile(folder.write("a.y4m", y4mBytes(header, frames)));
    using reader = new FrameReader(join(folder.path, "a.y4m"), layout);
    const into = new Uint8Array(frameBytes);
    for (const frame of [39, 0, 17, 3, 3, 38, 1]) {
      reader.readFrame(frame, into);
      assert.deepEqual(into, frames[frame]!.samples);
    }
  }
});

Deno.test("readFrame() works in another thread with the layout it was posted", async () => {
  using folder = new TemporaryFolder();
  const frames = numberedFrames(5, frameBytes, () => "FRAME Ip");
  const file = openY4mFile(folder.write("a.y4m", y4mBytes(header, frames)));
  const copy = structuredClone(file);
  assert.deepEqual(copy, file);
  const worker = new Worker(new URL("frame_reader_worker.ts", import.meta.url), { type: "module" });
  try {
    const read = await new Promise((resolve, reject) => {
      worker.onmessage = (event) => resolve(event.data);
      worker.onerror = (event) => reject(new Error(event.message));
      worker.postMessage({ path: file.path, layout: file.layout, frame: 4 });
    });
    assert.deepEqual(read, frames[4]!.samples);
  } finally {
    worker.terminate();
  }
});

Deno.test("readFrame() refuses a frame whose FRAME line a fixed stride misses, and walking tells why", () => {
  using folder = new TemporaryFolder();
  const bytes = y4mBytes(header, numberedFrames(100, frameBytes));
  bytes[headerBytes + 51 * stride + 4] = 0x00;
  const path = folder.write("a.y4m", bytes);
  const { layout, frames } = openY4mFile(path);
  assert.equal(frames, 100, "the damage is between the probes");
  using reader = new FrameReader(path, layout);
  const into = new Uint8Array(frameBytes);
  reader.readFrame(50, into);
  assert.throws(() => reader.readFrame(51, into), (error) => {
    assert.ok(error instanceof FrameMarkerError && error instanceof IncompleteError);
    assert.deepEqual([error.name, error.frame, error.offset], ["FrameMarkerError", 51, headerBytes + 51 * stride]);
    assert.match(error.message, /^Cannot read frame 51 of '.*': there is no FRAME line at byte 949; /);
    return true;
  });
  reader.readFrame(52, into);
  const walked = openY4mFile(path, { walk: true });
  assert.deepEqual([walked.frames, walked.damage], [
    51,
    "at byte 949, where the FRAME line of frame 51 should be, there is something else",
  ]);
});

Deno.test("readFrame() names the frame and the byte when the file was shortened", () => {
  using folder = new TemporaryFolder();
  const path = folder.write("a.y4m", y4mBytes(header, numberedFrames(10, frameBytes)));
  using reader = new FrameReader(path, openY4mFile(path).layout);
  const into = new Uint8Array(frameBytes);
  Deno.truncateSync(path, headerBytes + 5 * stride + 8);
  reader.readFrame(4, into);
  assert.throws(() => reader.readFrame(5, into), {
    name: "IncompleteError",
    exitCode: 1,
    message: /^Cannot read frame 5 of '.*': the file ends 10 bytes early, at byte 129; it was shortened/,
  });
  assert.throws(() => reader.readFrame(7, into), { name: "IncompleteError", message: /^Cannot read frame 7 / });
});

Deno.test("readFrame() reads frames beyond 4 GiB", () => {
  using folder = new TemporaryFolder();
  const path = join(folder.path, "sparse.y4m");
  const line = "YUV4MPEG2 W1920 H1080 F25:1 C420jpeg\n";
  const bytes = 1920 * 1080 * 1.5;
  const count = 1400;
  {
    using sparse = Deno.openSync(path, { write: true, create: true });
    sparse.writeSync(new TextEncoder().encode(line));
    for (let frame = 0; frame < count; frame++) {
      sparse.seekSync(line.length + frame * (bytes + 6), Deno.SeekMode.Start);
      sparse.writeSync(new TextEncoder().encode(`FRAME\n${frame}`));
    }
    sparse.truncateSync(line.length + count * (bytes + 6));
  }
  for (const walk of [false, true]) {
    const file = openY4mFile(path, { walk });
    assert.deepEqual([file.frames, file.damage], [count, undefined]);
    using reader = new FrameReader(path, file.layout);
    const into = new Uint8Array(bytes);
    for (const frame of [0, 1380, count - 1]) {
      reader.readFrame(frame, into);
      assert.equal(new TextDecoder().decode(into.subarray(0, String(frame).length)), String(frame));
    }
    assert.ok((count - 1) * bytes > 2 ** 32);
  }
});

Deno.test("FrameReader refuses its caller's mistakes and a file that is gone", () => {
  using folder = new TemporaryFolder();
  const path = folder.write("a.y4m", y4mBytes(header, numberedFrames(3, frameBytes)));
  const { layout } = openY4mFile(path);
  const walked = openY4mFile(path, { walk: true }).layout;
  const into = new Uint8Array(frameBytes);
  for (const each of [layout, walked]) {
    using reader = new FrameReader(path, each);
    for (const frame of [-1, 0.5, NaN, Infinity]) assert.throws(() => reader.readFrame(frame, into), RangeError);
    assert.throws(() => reader.readFrame(0, new Uint8Array(11)), RangeError);
    assert.throws(() => reader.readFrame(0, new Uint8Array(13)), RangeError);
  }
  using beyond = new FrameReader(path, walked);
  assert.throws(() => beyond.readFrame(3, into), RangeError);
  Deno.removeSync(path);
  assert.throws(() => new FrameReader(path, layout), { name: "IncompleteError", message: /^Cannot open .* again: / });
});

Deno.test("FrameReader may be closed twice and reads nothing after", () => {
  using folder = new TemporaryFolder();
  const path = folder.write("a.y4m", y4mBytes(header, numberedFrames(3, frameBytes)));
  using reader = new FrameReader(path, openY4mFile(path).layout);
  reader.close();
  reader.close();
  assert.throws(() => reader.readFrame(0, new Uint8Array(frameBytes)), { name: "TypeError", message: /closed/ });
});
