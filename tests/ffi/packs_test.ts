import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { LibraryError, openLibrary } from "../../ffi/library.ts";
import { frameDigests, type FrameShape, packBound, Packer, Unpacker } from "../../ffi/packs.ts";
import { type ChromaSampling, frameBytes, frameShape, type VideoFormat } from "../../lib/media/video_format.ts";
import { Code } from "../../ffi/symbols.ts";
import { frameOf, libraryPath } from "./support.ts";

const library = openLibrary(libraryPath);

/** What of a format frames do not depend on. */
const anyVideo: Pick<VideoFormat, "chromaSamplePosition" | "sampleAspectRatio" | "frameRate" | "fullRange"> = {
  chromaSamplePosition: "unknown",
  sampleAspectRatio: { num: 1, den: 1 },
  frameRate: { num: 25, den: 1 },
  fullRange: undefined,
};

/** A pack, in memory of exactly its size. */
function packed(frames: Uint8Array, frameBytes: number): Uint8Array {
  using packer = new Packer(library);
  const pack = new Uint8Array(packBound(frameBytes, frames.length / frameBytes));
  return pack.slice(0, packer.pack(frames, frameBytes, pack));
}

/** All frames of a pack, one after the other. */
function unpacked(unpacker: Unpacker, pack: Uint8Array, frameBytes: number): Uint8Array {
  const frames = new Uint8Array(unpacker.open(pack, frameBytes) * frameBytes);
  const frame = new Uint8Array(frameBytes).fill(0x5a);
  for (let at = 0; at < frames.length; at += frameBytes) {
    unpacker.next(frame);
    frames.set(frame, at);
  }
  return frames;
}

const fails = (code: number) => (error: unknown) => error instanceof LibraryError && error.code === code;

/** Frames of a clip, one after the other. */
function clip(frames: number): { frames: Uint8Array; frameBytes: number } {
  const frameBytes = frameOf(0).length;
  const all = new Uint8Array(frames * frameBytes);
  for (let number = 0; number < frames; number++) all.set(frameOf(number), number * frameBytes);
  return { frames: all, frameBytes };
}

const anyFrames = fc.record({
  frameBytes: fc.integer({ min: 1, max: 5000 }),
  count: fc.integer({ min: 1, max: 12 }),
  seed: fc.nat(),
  /** Of 8 bits, how many are noise. */
  noise: fc.integer({ min: 0, max: 8 }),
}).map(({ frameBytes, count, seed, noise }) => {
  let state = seed | 1;
  const frames = Uint8Array.from({ length: count * frameBytes }, (_, at) => {
    state = Math.imul(state, 1664525) + 1013904223;
    return ((at % frameBytes) >> 3) + Math.floor(at / frameBytes) + ((state >>> 13) & ((1 << noise) - 1));
  });
  return { frameBytes, frames };
});

Deno.test("What was packed comes back, and noise too fits in packBound()", () => {
  using packer = new Packer(library);
  using unpacker = new Unpacker(library);
  fc.assert(fc.property(anyFrames, ({ frameBytes, frames }) => {
    const into = new Uint8Array(packBound(frameBytes, frames.length / frameBytes));
    const pack = into.subarray(0, packer.pack(frames, frameBytes, into));
    assert.deepEqual(unpacked(unpacker, pack, frameBytes), frames);
  }));
});

const anyFormat = fc.record({
  width: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 400 })),
  height: fc.integer({ min: 1, max: 40 }),
  bitDepth: fc.constantFrom<8 | 10 | 12>(8, 10, 12),
  chromaSampling: fc.constantFrom<ChromaSampling>("4:0:0", "4:2:0", "4:2:2", "4:4:4"),
  count: fc.integer({ min: 1, max: 6 }),
  seed: fc.nat(),
  /** Bits of a sample that are noise; one frame in so many is another picture. */
  noise: fc.integer({ min: 0, max: 12 }),
  cuts: fc.integer({ min: 1, max: 6 }),
});

Deno.test("Frames of every format and depth come back, moving, cut and noisy, and fit in packBound()", () => {
  using packer = new Packer(library);
  using unpacker = new Unpacker(library);
  fc.assert(fc.property(anyFormat, ({ count, seed, noise, cuts, ...format }) => {
    const shape = frameShape(format), size = frameBytes({ ...anyVideo, ...format });
    const frames = new Uint8Array(count * size), { bitDepth } = format;
    let state = seed | 1;
    const samples = bitDepth > 8 ? new Uint16Array(frames.buffer) : frames;
    for (const at of samples.keys()) {
      state = Math.imul(state, 1664525) + 1013904223;
      const frame = Math.floor(at / (samples.length / count)), scene = Math.floor(frame / cuts);
      const picture = Math.floor((at % format.width) * (1 + scene) / 3) + frame;
      samples[at] = (picture + ((state >>> 13) & ((1 << noise) - 1))) & ((1 << bitDepth) - 1);
    }
    const into = new Uint8Array(packBound(size, count));
    const pack = into.subarray(0, packer.pack(frames, size, into, shape));
    assert.deepEqual(unpacked(unpacker, pack, size), frames);
  }));
});

Deno.test("Packer refuses frames of another shape than is said", () => {
  using packer = new Packer(library);
  const pack = (sampleBytes: number, planes: FrameShape["planes"]) =>
    packer.pack(new Uint8Array(24), 12, new Uint8Array(1000), { sampleBytes, planes });
  assert.ok(pack(2, [{ rowBytes: 4, rows: 2 }, { rowBytes: 2, rows: 1 }, { rowBytes: 2, rows: 1 }]) > 0);
  for (const sampleBytes of [0, 3, 5]) {
    assert.throws(() => pack(sampleBytes, [{ rowBytes: 12, rows: 1 }]), fails(Code.invalidArgument));
  }
  for (const plane of [{ rowBytes: 4, rows: 2 }, { rowBytes: 4, rows: 4 }, { rowBytes: 0, rows: 12 }]) {
    assert.throws(() => pack(1, [plane]), fails(Code.invalidArgument));
  }
  assert.throws(() => pack(2, [{ rowBytes: 3, rows: 4 }]), fails(Code.invalidArgument));
  assert.throws(() => pack(1, []), fails(Code.invalidArgument));
});

Deno.test("packBound() is enough for large frames of noise", () => {
  const frameBytes = 1_000_003;
  const frames = new Uint8Array(3 * frameBytes);
  for (let at = 0; at < frames.length; at += 65536) {
    crypto.getRandomValues(frames.subarray(at, Math.min(at + 65536, frames.length)));
  }
  const pack = packed(frames, frameBytes);
  assert.ok(pack.length > frames.length && pack.length <= packBound(frameBytes, 3));
  using unpacker = new Unpacker(library);
  assert.ok(unpacked(unpacker, pack, frameBytes).every((byte, at) => byte === frames[at]));
});

Deno.test("Frames and packs may lie anywhere in shared memory, and nothing beside them is touched", () => {
  const { frames, frameBytes } = clip(5);
  const bound = packBound(frameBytes, 5);
  const memory = new SharedArrayBuffer(12 + frames.length + bound + 100);
  const all = new Uint8Array(memory);
  all.fill(0x77);
  const from = new Uint8Array(memory, 7, frames.length);
  from.set(frames);
  const into = new Uint8Array(memory, 12 + frames.length, bound);
  using packer = new Packer(library);
  const length = packer.pack(from, frameBytes, into);
  assert.deepEqual(into.slice(0, length), packed(frames, frameBytes));
  for (const [start, end] of [[0, 7], [7 + frames.length, 12 + frames.length], [all.length - 100, all.length]]) {
    assert.ok(all.subarray(start, end).every((byte) => byte === 0x77));
  }
  using unpacker = new Unpacker(library);
  assert.equal(unpacker.open(into.subarray(0, length), frameBytes), 5);
  for (let number = 0; number < 5; number++) {
    unpacker.next(from.subarray(0, frameBytes));
    assert.deepEqual(from.slice(0, frameBytes), frameOf(number));
  }
});

Deno.test("A moving picture packs to a fraction", () => {
  const { frames, frameBytes } = clip(10);
  assert.ok(packed(frames, frameBytes).length < frames.length / 4);
});

Deno.test("A pack cut anywhere, or with anything behind it, is corruptPack", () => {
  const { frames, frameBytes } = clip(3);
  const pack = packed(frames, frameBytes);
  using unpacker = new Unpacker(library);
  for (let length = 0; length < pack.length; length++) {
    assert.throws(() => unpacked(unpacker, pack.subarray(0, length), frameBytes), fails(Code.corruptPack));
  }
  for (const more of [1, 20, 4096]) {
    const longer = new Uint8Array(pack.length + more);
    longer.set(pack);
    assert.throws(() => unpacked(unpacker, longer, frameBytes), fails(Code.corruptPack));
  }
  assert.deepEqual(unpacked(unpacker, pack, frameBytes), frames);
});

Deno.test("No byte of a pack can be changed unnoticed so that other frames come out", () => {
  const { frames, frameBytes } = clip(3);
  const pack = packed(frames, frameBytes);
  using unpacker = new Unpacker(library);
  let unnoticed = 0;
  for (let at = 0; at < pack.length; at++) {
    const right = pack[at]!;
    for (const change of [1, 0x80, 0xff, 0x20]) {
      pack[at] = right ^ change;
      try {
        assert.deepEqual(unpacked(unpacker, pack, frameBytes), frames, `byte ${at} changed by ${change}`);
        unnoticed++;
      } catch (error) {
        if (!fails(Code.corruptPack)(error)) throw error;
      }
    }
    pack[at] = right;
  }
  assert.ok(unnoticed < pack.length * 4 / 50, `${unnoticed} changes made no difference`);
});

Deno.test("A byte changed late in a pack shows when the last frame is taken, if not before", () => {
  const { frames, frameBytes } = clip(6);
  const pack = packed(frames, frameBytes);
  // The last piece's checksum itself: all content is right.
  pack[pack.length - 1]! ^= 1;
  using unpacker = new Unpacker(library);
  assert.equal(unpacker.open(pack, frameBytes), 6);
  const frame = new Uint8Array(frameBytes);
  assert.throws(() => {
    for (let number = 0; number < 6; number++) {
      unpacker.next(frame);
      assert.deepEqual(frame, frameOf(number));
    }
  }, fails(Code.corruptPack));
  assert.throws(() => unpacker.next(frame), fails(Code.wrongState));
});

Deno.test("Any bytes may be tried as a pack", () => {
  using unpacker = new Unpacker(library);
  const { frames, frameBytes } = clip(2);
  const pack = packed(frames, frameBytes);
  const damage = fc.array(fc.tuple(fc.nat(pack.length - 1), fc.uint8Array({ minLength: 1, maxLength: 40 })));
  fc.assert(
    fc.property(damage, fc.nat(pack.length), (changes, length) => {
      const broken = pack.slice();
      for (const [at, bytes] of changes) broken.set(bytes.subarray(0, broken.length - at), at);
      try {
        assert.deepEqual(unpacked(unpacker, broken.subarray(0, length), frameBytes), frames);
      } catch (error) {
        if (!fails(Code.corruptPack)(error)) throw error;
      }
    }),
    { numRuns: 2000 },
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(1000), (bytes, size) => {
    assert.throws(() => unpacked(unpacker, bytes, size), fails(Code.corruptPack));
  }));
});

Deno.test("A pack of frames of another size is corruptPack with both sizes", () => {
  const { frames, frameBytes } = clip(4);
  const pack = packed(frames, frameBytes);
  using unpacker = new Unpacker(library);
  for (const other of [1, frameBytes - 1, 2 * frameBytes, 4 * frameBytes]) {
    assert.throws(() => unpacker.open(pack, other), (error) => {
      assert.ok(fails(Code.corruptPack)(error));
      assert.match((error as Error).message, new RegExp(`4 frames of ${frameBytes} bytes, where they have ${other}$`));
      return true;
    });
  }
});

Deno.test("Packer refuses parts of frames, too little room and frames that lie in the pack's memory", () => {
  const { frames, frameBytes } = clip(2);
  using packer = new Packer(library);
  const into = new Uint8Array(packBound(frameBytes, 2));
  const refused = fails(Code.invalidArgument);
  for (const length of [0, 1, frameBytes - 1, frameBytes + 1]) {
    assert.throws(() => packer.pack(frames.subarray(0, length), frameBytes, into), refused);
  }
  assert.throws(() => packer.pack(frames, 0, into), refused);
  const length = packer.pack(frames, frameBytes, into);
  for (const room of [0, 19, length - 1]) {
    assert.throws(() => packer.pack(frames, frameBytes, into.subarray(0, room)), refused);
  }
  assert.throws(() => packer.pack(frames, frameBytes, frames.subarray(100)), refused);
  assert.equal(packer.pack(frames, frameBytes, into.subarray(0, length)), length);
});

Deno.test("Unpacker says when no pack is open, when it has given all, and when a frame has another size", () => {
  const { frames, frameBytes } = clip(2);
  const pack = packed(frames, frameBytes);
  using unpacker = new Unpacker(library);
  const frame = new Uint8Array(frameBytes);
  assert.throws(() => unpacker.next(frame), fails(Code.wrongState));
  unpacker.open(pack, frameBytes);
  assert.throws(() => unpacker.next(frame.subarray(1)), fails(Code.invalidArgument));
  unpacker.next(frame);
  unpacker.next(frame);
  assert.deepEqual(frame, frameOf(1));
  assert.throws(() => unpacker.next(frame), fails(Code.wrongState));
  // A pack may be left before its end, and one that cannot be opened leaves none open.
  unpacker.open(pack, frameBytes);
  unpacker.next(frame);
  assert.throws(() => unpacker.open(pack.subarray(1), frameBytes), fails(Code.corruptPack));
  assert.throws(() => unpacker.next(frame), fails(Code.wrongState));
  assert.deepEqual(unpacked(unpacker, pack, frameBytes), frames);
});

Deno.test("Packer and Unpacker may be closed twice, and used afterwards throw", () => {
  const packer = new Packer(library);
  const unpacker = new Unpacker(library);
  for (const handle of [packer, unpacker]) {
    handle.close();
    handle.close();
    handle[Symbol.dispose]();
  }
  const bytes = new Uint8Array(100);
  assert.throws(() => packer.pack(bytes, 10, bytes), { message: "Cannot use a packer that was closed" });
  assert.throws(() => unpacker.open(bytes, 10), { message: "Cannot use an unpacker that was closed" });
  assert.throws(() => unpacker.next(bytes), TypeError);
});

Deno.test("a pack says what its frames hash to, and one whose digests were altered is damaged", () => {
  const frames = Uint8Array.from({ length: 3 * 50 }, (_, at) => at * 7);
  const pack = packed(frames, 50);
  const expected = [0, 1, 2].flatMap((
    n,
  ) => [...createHash("sha256").update(frames.subarray(n * 50, n * 50 + 50)).digest()]);
  assert.deepEqual([...frameDigests(pack, 3)], expected);
  using unpacker = new Unpacker(library);
  for (let at = 0; at < 48 + 4 * 32; at++) {
    const altered = pack.slice();
    altered[at]! ^= 1;
    assert.throws(() => unpacker.open(altered, 50), fails(Code.corruptPack), `byte ${at}`);
  }
});
