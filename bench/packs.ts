// What packing, unpacking and hashing raw frames gives on one thread: megabytes of frames a second, and how much smaller
// packs are. Frames and packs lie in shared memory, as they do between a pipe's reader and the encoders.
// Run: deno run -A bench/packs.ts [CLIP.y4m ...]; without clips, on one made by code.

import { basename, join } from "node:path";
import { libraryFile } from "../ffi/build/library_file.ts";
import { FrameDigest } from "../ffi/digest.ts";
import { openLibrary } from "../ffi/library.ts";
import { type FrameShape, packBound, Packer, Unpacker } from "../ffi/packs.ts";
import { threadCpuSeconds } from "../lib/machine/cpu_time.ts";
import { FrameReader } from "../lib/media/frame_reader.ts";
import { frameShape } from "../lib/media/video_format.ts";
import { openY4mFile } from "../lib/media/y4m_file.ts";
import { withBenchFolder, writeBenchClip } from "./support/bench_clip.ts";
import { spread } from "./support/statistics.ts";

const rounds = 5;
/** Bytes of frames that are held, at the most. */
const heldBytes = 256 * 2 ** 20;
const library = openLibrary(await libraryFile((line) => console.error(line)));

/** The clip's first frames, as many as are held; a whole number of the largest pack. */
function readFrames(path: string): { frames: Uint8Array; frameBytes: number; shape: FrameShape } {
  const { layout, frames, header } = openY4mFile(path, { frameRateOverride: true });
  const { frameBytes } = layout;
  const count = Math.floor(Math.min(frames, heldBytes / frameBytes) / 16) * 16;
  if (count === 0) throw new RangeError(`Cannot use ${path}: it has fewer than 16 frames`);
  using reader = new FrameReader(path, layout);
  const all = new Uint8Array(new SharedArrayBuffer(count * frameBytes));
  const frame = new Uint8Array(frameBytes);
  for (let number = 0; number < count; number++) {
    reader.readFrame(number, frame);
    all.set(frame, number * frameBytes);
  }
  return { frames: all, frameBytes, shape: frameShape(header.format) };
}

/** Megabytes (10^6) a second of CPU time, in each round: others on the machine count for nothing. */
function rate(bytes: number, work: () => void): number[] {
  work();
  return Array.from({ length: rounds }, () => {
    const start = threadCpuSeconds();
    work();
    return bytes / 1e6 / (threadCpuSeconds() - start);
  });
}

function bench(path: string): void {
  const { frames, frameBytes, shape } = readFrames(path);
  const count = frames.length / frameBytes;
  console.log(`${basename(path)}: ${count} frames of ${frameBytes} bytes`);
  using packer = new Packer(library);
  using unpacker = new Unpacker(library);
  for (const packFrames of [1, 4, 16]) {
    const bound = packBound(frameBytes, packFrames);
    const packs = Array.from({ length: count / packFrames }, () => new Uint8Array(new SharedArrayBuffer(bound)));
    const packBytes = packFrames * frameBytes;
    const lengths: number[] = [];
    const packing = rate(frames.length, () => {
      for (const [number, into] of packs.entries()) {
        const from = frames.subarray(number * packBytes, (number + 1) * packBytes);
        lengths[number] = packer.pack(from, frameBytes, into, shape);
      }
    });
    const frame = new Uint8Array(frameBytes);
    const unpacking = rate(frames.length, () => {
      for (const [number, pack] of packs.entries()) {
        const frames = unpacker.open(pack.subarray(0, lengths[number]), frameBytes);
        for (let taken = 0; taken < frames; taken++) unpacker.next(frame);
      }
    });
    const ratio = frames.length / lengths.reduce((sum, length) => sum + length, 0);
    console.log(
      `  ${String(packFrames).padStart(2)} frames a pack: ${ratio.toFixed(2)} times smaller, ` +
        `packing ${spread(packing, 0)} MB/s, unpacking ${spread(unpacking, 0)} MB/s`,
    );
  }
  using digest = new FrameDigest(library);
  const hashing = rate(frames.length, () => {
    for (let at = 0; at < frames.length; at += frameBytes) digest.update(frames.subarray(at, at + frameBytes));
    digest.finish();
  });
  console.log(`  SHA-256: ${spread(hashing, 0)} MB/s`);
}

/** Nanoseconds of a call that does nothing, its bytes in shared memory. */
function benchCall(): void {
  using digest = new FrameDigest(library);
  const none = new Uint8Array(new SharedArrayBuffer(64));
  const calls = 200_000;
  const each = Array.from({ length: rounds }, () => {
    const start = performance.now();
    for (let call = 0; call < calls; call++) digest.update(none);
    return (performance.now() - start) * 1e6 / calls;
  });
  console.log(`a call of 64 bytes: ${spread(each, 0)} ns`);
}

if (Deno.args.length > 0) {
  for (const path of Deno.args) bench(path);
} else {
  await withBenchFolder((folder) => {
    const path = join(folder, "clip.y4m");
    writeBenchClip(path, 4, 1280, 720);
    bench(path);
    return Promise.resolve();
  });
}
benchCall();
