import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import fc from "fast-check";
import { InputError } from "../../../lib/errors.ts";
import { frameOffset } from "../../../lib/media/frame_layout.ts";
import { FrameReader } from "../../../lib/media/frame_reader.ts";
import { openY4mFile, type Y4mFile } from "../../../lib/media/y4m_file.ts";
import { maxFrameLineBytes } from "../../../lib/media/frame_line.ts";
import { numberedFrames, TemporaryFolder, y4mBytes } from "./y4m_bytes.ts";

const header = "YUV4MPEG2 W4 H2 F25:1 C420jpeg";
const headerBytes = header.length + 1;
const frameBytes = 12;
const stride = 6 + frameBytes;

function offsetsOf(file: Y4mFile): number[] {
  return Array.from({ length: file.frames }, (_, frame) => frameOffset(file.layout, frame));
}

Deno.test("openY4mFile() finds bare frames at a fixed stride", () => {
  using folder = new TemporaryFolder();
  for (const count of [1, 2, 15, 16, 17, 100]) {
    const path = folder.write("a.y4m", y4mBytes(header, numberedFrames(count, frameBytes)));
    const file = openY4mFile(path);
    assert.deepEqual([file.path, file.frames, file.damage, file.header.headerBytes], [
      path,
      count,
      undefined,
      headerBytes,
    ]);
    assert.deepEqual(file.layout, { frameBytes, fixed: { firstFrame: headerBytes + 6, stride }, offsets: undefined });
  }
});

Deno.test("openY4mFile() walks FRAME lines with parameters of any length", () => {
  using folder = new TemporaryFolder();
  const lines = [
    "FRAME",
    "FRAME Ip",
    "FRAME " + "X".repeat(maxFrameLineBytes - 7),
    "FRAME ",
    "FRAME\r",
    "FRAME " + "y".repeat(90),
  ];
  const frames = numberedFrames(3000, frameBytes, (frame) => lines[frame % lines.length]!);
  const file = openY4mFile(folder.write("a.y4m", y4mBytes(header, frames)));
  let position = headerBytes;
  const expected = frames.map(({ line, samples }) => {
    const offset = position + line.length + 1;
    position = offset + samples.length;
    return offset;
  });
  assert.deepEqual([file.frames, file.damage, file.layout.fixed], [3000, undefined, undefined]);
  assert.deepEqual([...file.layout.offsets!], expected);
  assert.ok(file.layout.offsets!.buffer instanceof SharedArrayBuffer);
});

Deno.test("openY4mFile() finds the same frames by walking as by fixed stride", () => {
  using folder = new TemporaryFolder();
  const large = "YUV4MPEG2 W200 H100 F25:1 C444";
  for (const [line, bytes] of [[header, frameBytes], [large, 60_000]] as const) {
    const path = folder.write("a.y4m", y4mBytes(line, numberedFrames(20, bytes)));
    const [fixed, walked] = [openY4mFile(path), openY4mFile(path, { walk: true })];
    assert.notEqual(fixed.layout.fixed, undefined);
    assert.equal(walked.layout.fixed, undefined);
    assert.deepEqual([walked.frames, walked.damage, offsetsOf(walked)], [fixed.frames, fixed.damage, offsetsOf(fixed)]);
  }
});

Deno.test("openY4mFile() counts whole frames and says where a file is cut, at every byte", () => {
  using folder = new TemporaryFolder();
  for (const line of ["FRAME", "FRAME It"]) {
    const bytes = y4mBytes(header, numberedFrames(4, frameBytes, () => line));
    const oneFrame = line.length + 1 + frameBytes;
    for (let length = 0; length <= bytes.length; length++) {
      const path = folder.write("cut.y4m", bytes.subarray(0, length));
      const frames = Math.floor((length - headerBytes) / oneFrame);
      const rest = (length - headerBytes) % oneFrame;
      if (frames < 1) {
        assert.throws(() => openY4mFile(path), InputError, `${length} bytes`);
        continue;
      }
      const file = openY4mFile(path);
      const damage = rest === 0
        ? undefined
        : `the file ends ${rest} ${rest === 1 ? "byte" : "bytes"} into frame ${frames}`;
      assert.deepEqual([file.frames, file.damage], [frames, damage], `${length} bytes`);
    }
  }
});

Deno.test("openY4mFile() says at which byte something else stands instead of a FRAME line", () => {
  using folder = new TemporaryFolder();
  const bytes = y4mBytes(header, numberedFrames(10, frameBytes));
  const extended = new Uint8Array([...bytes, 1, 2, 3]);
  const trailing = openY4mFile(folder.write("trailing.y4m", extended));
  assert.deepEqual([trailing.frames, trailing.damage], [
    10,
    `at byte ${bytes.length}, where the FRAME line of frame 10 should be, there is something else`,
  ]);
  bytes[headerBytes + 7 * stride] = 0x66;
  const inside = openY4mFile(folder.write("inside.y4m", bytes));
  assert.deepEqual([inside.frames, inside.damage], [
    7,
    `at byte ${headerBytes + 7 * stride}, where the FRAME line of frame 7 should be, there is something else`,
  ]);
  for (const line of ["FRAMEX", "frame", "FRAMES x", "FRAM", "FRAME\rX"]) {
    const path = folder.write(
      "line.y4m",
      y4mBytes(header, numberedFrames(3, frameBytes, (n) => n === 2 ? line : "FRAME")),
    );
    assert.deepEqual(openY4mFile(path).frames, 2, line);
  }
});

Deno.test("openY4mFile() bounds the FRAME line", () => {
  using folder = new TemporaryFolder();
  const line = "FRAME " + "X".repeat(maxFrameLineBytes - 6);
  const frames = numberedFrames(3, frameBytes, (frame) => frame === 1 ? line : "FRAME");
  const file = openY4mFile(folder.write("a.y4m", y4mBytes(header, frames)));
  assert.deepEqual([file.frames, file.damage], [
    1,
    `the FRAME line of frame 1, at byte ${headerBytes + stride}, is longer than 4096 bytes`,
  ]);
});

Deno.test("openY4mFile() refuses a file without one whole frame", () => {
  using folder = new TemporaryFolder();
  const refuses = (bytes: Uint8Array, message: RegExp) =>
    assert.throws(() => openY4mFile(folder.write("a.y4m", bytes)), { name: "InputError", message });
  refuses(new Uint8Array(), /^Cannot read '.*a\.y4m': it is empty$/);
  refuses(new TextEncoder().encode("YUV4MPEG2 W4"), /ends after 12 bytes, inside its y4m header/);
  refuses(y4mBytes(header, []), /no whole frame: it ends after its header of 31 bytes/);
  refuses(y4mBytes(header, [{ samples: new Uint8Array(11) }]), /no whole frame: the file ends 17 bytes into frame 0/);
  refuses(y4mBytes(header, [{ line: "F", samples: new Uint8Array(40) }]), /no whole frame: at byte 31/);
});

Deno.test("openY4mFile() knows the short chroma rows that ffmpeg writes for odd widths above 8 bits", () => {
  using folder = new TemporaryFolder();
  const open = (line: string, count: number, bytes: number) =>
    openY4mFile(folder.write("a.y4m", y4mBytes(line, numberedFrames(count, bytes))));
  const samples = 2 * (33 * 19 + 2 * 17 * 10);
  for (const count of [1, 2, 3, 400]) {
    for (const depth of [10, 12]) {
      assert.throws(() => open(`YUV4MPEG2 W33 H19 F25:1 C420p${depth}`, count, samples - 20), {
        name: "InputError",
        message: /^Cannot read '.*': its frames are 20 bytes short: ffmpeg .*; make it again .*crop=32:19\)$/,
      });
    }
    assert.equal(open("YUV4MPEG2 W33 H19 F25:1 C420p10", count, samples).frames, count);
  }
  assert.throws(() => open("YUV4MPEG2 W33 H19 F25:1 C420p10", 1, samples - 21), /no whole frame/);
  assert.throws(() => open("YUV4MPEG2 W32 H19 F25:1 C420p10", 1, 2 * (32 * 19 + 2 * 16 * 10) - 20), /no whole frame/);
  assert.throws(() => open("YUV4MPEG2 W33 H19 F25:1 C422p10", 2, 2 * (33 * 19 + 2 * 17 * 19) - 38), /38 bytes short/);
});

Deno.test("openY4mFile() refuses paths that are no readable file", () => {
  using folder = new TemporaryFolder();
  const refuses = (path: string, message: RegExp) =>
    assert.throws(() => openY4mFile(path), { name: "InputError", exitCode: 2, message });
  const file = folder.write("a.y4m", new Uint8Array(3));
  refuses(folder.path, /it is a directory/);
  refuses(join(folder.path, "absent.y4m"), /there is no such file/);
  refuses(join(file, "below.y4m"), /there is no such file/);
  refuses("", /there is no such file/);
  refuses("nul\0byte", /^Cannot read 'nul\\u\{0\}byte': [^\0]*$/);
  refuses(join(folder.path, "x".repeat(5000)), /^Cannot read /);
});

Deno.test(
  "openY4mFile() refuses pipes and devices without waiting for them",
  { ignore: Deno.build.os === "windows" },
  () => {
    using folder = new TemporaryFolder();
    const pipe = join(folder.path, "pipe");
    assert.equal(spawnSync("mkfifo", [pipe]).status, 0);
    assert.throws(() => openY4mFile(pipe), { name: "InputError", message: /it is a pipe, and only files/ });
    assert.throws(() => openY4mFile("/dev/null"), { name: "InputError", message: /it is a device/ });
  },
);

Deno.test("openY4mFile() says that permission is missing", { ignore: Deno.uid() === 0 }, () => {
  using folder = new TemporaryFolder();
  const path = folder.write("a.y4m", y4mBytes(header, numberedFrames(1, frameBytes)));
  Deno.chmodSync(path, 0);
  assert.throws(() => openY4mFile(path), { name: "InputError", message: /permission denied/ });
});

Deno.test("openY4mFile() counts frames beyond 4 GiB, fixed and walked", () => {
  using folder = new TemporaryFolder();
  const path = join(folder.path, "sparse.y4m");
  const line = "YUV4MPEG2 W8192 H8192 F25:1 C444";
  const bytes = 3 * 8192 * 8192;
  const count = 24;
  const write = (frameLine: (frame: number) => string) => {
    using sparse = Deno.openSync(path, { write: true, create: true, truncate: true });
    sparse.writeSync(new TextEncoder().encode(line + "\n"));
    const offsets = [];
    for (let frame = 0, position = line.length + 1; frame < count; frame++) {
      sparse.seekSync(position, Deno.SeekMode.Start);
      sparse.writeSync(new TextEncoder().encode(frameLine(frame) + "\n"));
      offsets.push(position + frameLine(frame).length + 1);
      position = offsets.at(-1)! + bytes;
    }
    sparse.truncateSync(offsets.at(-1)! + bytes);
    return offsets;
  };
  const bare = write(() => "FRAME");
  assert.ok(bare.at(-1)! > 2 ** 32);
  const fixed = openY4mFile(path);
  assert.deepEqual([fixed.frames, fixed.damage, offsetsOf(fixed)], [count, undefined, bare]);
  const withParameters = write((frame) => frame % 2 === 0 ? "FRAME" : "FRAME Ip");
  const walked = openY4mFile(path);
  assert.deepEqual([walked.frames, walked.damage, offsetsOf(walked)], [count, undefined, withParameters]);
});

Deno.test("openY4mFile() throws nothing but InputErrors, and every frame it counts can be read", () => {
  using folder = new TemporaryFolder();
  const sample = y4mBytes(header, numberedFrames(6, frameBytes, (frame) => frame % 3 === 2 ? "FRAME Xa" : "FRAME"));
  const edit = fc.record({
    at: fc.nat(sample.length - 1),
    remove: fc.nat(20),
    insert: fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.constant(new TextEncoder().encode("FRAME\n"))),
  });
  fc.assert(fc.property(fc.array(edit, { maxLength: 3 }), fc.boolean(), (edits, walk) => {
    const bytes = [...sample];
    for (const { at, remove, insert } of edits) bytes.splice(at, remove, ...insert);
    const path = folder.write("fuzz.y4m", Uint8Array.from(bytes));
    let file: Y4mFile;
    try {
      file = openY4mFile(path, { walk });
    } catch (error) {
      assert.ok(error instanceof InputError, String(error));
      assert.doesNotMatch(error.message, /\p{C}/u);
      return;
    }
    assert.ok(file.frames >= 1);
    using reader = new FrameReader(path, file.layout);
    const into = new Uint8Array(file.layout.frameBytes);
    for (let frame = 0; frame < file.frames; frame++) reader.readFrame(frame, into);
  }));
});
