import assert from "node:assert/strict";
import fc from "fast-check";
import { FrameReader } from "../../../lib/media/frame_reader.ts";
import { quotedPath } from "../../../lib/media/printable.ts";
import { openY4mFile } from "../../../lib/media/y4m_file.ts";
import { Y4mStream } from "../../../lib/media/y4m_stream.ts";
import { numberedFrames, TemporaryFolder, y4mBytes } from "./y4m_bytes.ts";

const header = "YUV4MPEG2 W4 H2 F25:1 C420jpeg";
const frameBytes = 12;

/** What a reader makes of some bytes: frames and what is wrong after them, or why it refuses them. */
interface Reading {
  frames?: Uint8Array[];
  damage?: string;
  header?: unknown;
  refusal?: string;
}

/** Feeds pieces of the lengths given, over and over, and calls for a frame's buffer as a pipe's reader does. */
function readStream(bytes: Uint8Array, cuts: readonly number[]): Reading {
  const stream = new Y4mStream({ name: "the pipe" });
  const frames: Uint8Array[] = [];
  let into: Uint8Array | undefined;
  try {
    for (let at = 0, cut = 0; at < bytes.length && stream.damage === undefined; cut++) {
      let piece = bytes.subarray(at, at + cuts[cut % cuts.length]!);
      at += piece.length;
      while (piece.length > 0) {
        if (stream.header !== undefined) into ??= new Uint8Array(stream.frameBytes).fill(99);
        const taken = stream.take(piece, into);
        piece = piece.subarray(taken.bytes);
        if (taken.event === "frame") {
          frames.push(into!);
          into = undefined;
        } else if (taken.event === "damaged") break;
        else if (taken.event === "more") assert.equal(piece.length, 0, "all bytes are used up");
      }
    }
    const damage = stream.end();
    const shortChroma = damage === undefined ? undefined : stream.shortChroma;
    if (shortChroma !== undefined) return { refusal: `Cannot read the pipe: ${shortChroma}` };
    if (frames.length === 0) {
      const what = damage ?? `it ends after its header of ${stream.header!.headerBytes} bytes`;
      return { refusal: `Cannot read the pipe: it holds no whole frame: ${what}` };
    }
    assert.equal(stream.frames, frames.length);
    return { frames, damage, header: stream.header };
  } catch (error) {
    assert.equal((error as Error).name, "InputError", String(error));
    return { refusal: (error as Error).message };
  }
}

function readFile(folder: TemporaryFolder, bytes: Uint8Array): Reading {
  const path = folder.write("oracle.y4m", bytes);
  const asPipe = (text: string) =>
    text.replaceAll(quotedPath(path), "the pipe").replaceAll("the file ends", "it ends").replaceAll(path, "INPUT");
  try {
    const file = openY4mFile(path, { walk: true });
    using reader = new FrameReader(path, file.layout);
    const frames = Array.from({ length: file.frames }, (_, frame) => {
      const into = new Uint8Array(file.layout.frameBytes);
      reader.readFrame(frame, into);
      return into;
    });
    return { frames, damage: file.damage && asPipe(file.damage), header: file.header };
  } catch (error) {
    return { refusal: asPipe((error as Error).message) };
  }
}

Deno.test("Y4mStream gives header and frames of a stream that comes a byte at a time", () => {
  using folder = new TemporaryFolder();
  const lines = ["FRAME", "FRAME Ip", "FRAME\r", "FRAME ", "FRAME " + "y".repeat(200)];
  const bytes = y4mBytes(header, numberedFrames(10, frameBytes, (frame) => lines[frame % lines.length]!));
  const expected = readFile(folder, bytes);
  assert.equal(expected.frames?.length, 10);
  for (const cuts of [[1], [2], [7, 1], [1000]]) assert.deepEqual(readStream(bytes, cuts), expected);
});

Deno.test("Y4mStream says of every truncation what is said of a file", () => {
  using folder = new TemporaryFolder();
  const frames = numberedFrames(3, frameBytes, (frame) => frame === 1 ? "FRAME Ip" : "FRAME");
  const bytes = y4mBytes(header, frames);
  for (let length = 0; length <= bytes.length; length++) {
    const expected = readFile(folder, bytes.subarray(0, length));
    assert.deepEqual(readStream(bytes.subarray(0, length), [1]), expected, `${length} bytes, one at a time`);
    assert.deepEqual(readStream(bytes.subarray(0, length), [64]), expected, `${length} bytes`);
  }
});

Deno.test("Y4mStream says of any bytes changed, put in or left out what is said of a file", () => {
  using folder = new TemporaryFolder();
  const change = fc.record({
    at: fc.nat(200),
    remove: fc.nat(3),
    put: fc.oneof(
      fc.uint8Array({ maxLength: 4 }),
      fc.constantFrom("FRAME\n", "FRAME", "\n", "\r", "FRAME\rX", "FRAME " + "z".repeat(4100), "YUV4MPEG2 ")
        .map((text) => new TextEncoder().encode(text)),
    ),
  });
  const frame = fc.constantFrom("FRAME", "FRAME Ip", "FRAME\r");
  fc.assert(
    fc.property(
      fc.array(frame, { minLength: 1, maxLength: 8 }),
      fc.array(change, { maxLength: 3 }),
      fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 5 }),
      (lines, changes, cuts) => {
        let bytes = [...y4mBytes(header, numberedFrames(lines.length, frameBytes, (n) => lines[n]!))];
        for (const { at, remove, put } of changes) {
          const place = at % (bytes.length + 1);
          bytes = [...bytes.slice(0, place), ...put, ...bytes.slice(place + remove)];
        }
        assert.deepEqual(readStream(new Uint8Array(bytes), cuts), readFile(folder, new Uint8Array(bytes)));
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("Y4mStream says what other kinds of files are", () => {
  using folder = new TemporaryFolder();
  const starts = [
    "\x1aE\xdf\xa3" + "\0".repeat(900),
    "hello\nworld\n",
    "import vapoursynth\n".repeat(40),
    "YUV4MPEG3 W4\n",
  ];
  for (const start of starts) {
    const bytes = Uint8Array.from(start, (character) => character.charCodeAt(0));
    const expected = readFile(folder, bytes);
    assert.match(expected.refusal!, /y4m/);
    for (const cuts of [[1], [100], [4096]]) assert.deepEqual(readStream(bytes, cuts), expected);
  }
});

Deno.test("Y4mStream.refuseStart() judges a start that is no y4m before there is more", () => {
  const stream = new Y4mStream({ name: "the pipe" });
  stream.refuseStart();
  stream.take(new TextEncoder().encode("YUV4"));
  stream.refuseStart();
  assert.equal(stream.take(new TextEncoder().encode("X")).event, "more");
  assert.throws(() => stream.refuseStart(), {
    name: "InputError",
    message: /Cannot read the pipe: it looks like text/,
  });
});

Deno.test("Y4mStream knows the short chroma rows that ffmpeg writes, however the bytes are cut", () => {
  using folder = new TemporaryFolder();
  for (const [size, height] of [["W5 H4", 4], ["W5 H2", 2], ["W5 H40", 40]] as const) {
    const chromaRows = Math.ceil(height / 2);
    const short = 5 * height * 2 + 2 * chromaRows * 5;
    for (const count of [1, 2, 5]) {
      const bytes = y4mBytes(`YUV4MPEG2 ${size} F25:1 C420p10`, numberedFrames(count, short));
      const expected = readFile(folder, bytes);
      assert.match(expected.refusal!, /bytes short: ffmpeg leaves out/);
      for (const cuts of [[1], [13], [4096]]) assert.deepEqual(readStream(bytes, cuts), expected, `${size}, ${count}`);
    }
    const right = y4mBytes(`YUV4MPEG2 ${size} F25:1 C420p10`, numberedFrames(3, short + 2 * chromaRows));
    assert.equal(readStream(right, [3]).frames?.length, 3);
  }
});

Deno.test("Y4mStream drops the samples of frames that nobody takes", () => {
  const bytes = y4mBytes(header, numberedFrames(3, frameBytes));
  const stream = new Y4mStream({ name: "the pipe" });
  let rest = bytes;
  const events = [];
  const last = new Uint8Array(frameBytes);
  for (const into of [undefined, undefined, undefined, last]) {
    const taken = stream.take(rest, into);
    rest = rest.subarray(taken.bytes);
    events.push(taken.event);
  }
  assert.deepEqual([events, rest.length], [["header", "frame", "frame", "frame"], 0]);
  assert.deepEqual([...last], Array(frameBytes).fill(3));
  assert.equal(stream.end(), undefined);
});
