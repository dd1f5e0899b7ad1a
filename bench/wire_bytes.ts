// What frames take on their way to a worker: the bytes of packs, as a pipe's reader or a file's packers make them, against
// those of plain zstd level 1 over the same frames, each frame for itself as the Rust original sends them, and how fast a core
// packs. The promise: 0.7 of those bytes at the most, 200 MB of frames a second. What zstd makes of a whole pack's frames, or of
// the whole clip, is printed beside it: it finds frames that are there twice.
// Run: deno run -A bench/wire_bytes.ts CLIP.y4m ...; exits with 1 where one of them misses it.

import { Buffer } from "node:buffer";
import { basename } from "node:path";
import { constants, zstdCompressSync } from "node:zlib";
import { libraryFile } from "../ffi/build/library_file.ts";
import { openLibrary } from "../ffi/library.ts";
import { type FrameShape, packBound, Packer, Unpacker } from "../ffi/packs.ts";
import { threadCpuSeconds } from "../lib/machine/cpu_time.ts";
import { FrameReader } from "../lib/media/frame_reader.ts";
import { openY4mFile } from "../lib/media/y4m_file.ts";
import { frameShape } from "../lib/media/video_format.ts";
import { pipeSizes } from "../lib/pipe/pipe_memory.ts";
import { median } from "./support/statistics.ts";

const most = { ofPlain: 0.7, megabytesPerSecond: 200 };
const rounds = 5;
/** Of a clip that are read, at the most. */
const heldBytes = 512 * 2 ** 20;
const library = openLibrary(await libraryFile((line) => console.error(line)));

if (Deno.args.length === 0) {
  console.error("Cannot measure nothing: name y4m files");
  Deno.exit(2);
}
let isKept = true;
for (const path of Deno.args) isKept = bench(path) && isKept;
Deno.exit(isKept ? 0 : 1);

function bench(path: string): boolean {
  const { frames, frameBytes, shape } = readFrames(path);
  const { packFrames } = pipeSizes({ frameBytes, packers: 1 });
  const plain = zstd(frames, frameBytes),
    perPack = zstd(frames, packFrames * frameBytes),
    whole = zstd(frames, frames.length);
  const packed = pack(frames, frameBytes, packFrames, shape);
  const rates = Array.from({ length: rounds }, () => pack(frames, frameBytes, packFrames, shape).megabytesPerSecond);
  const ratio = packed.bytes / plain, rate = median(rates);
  const part = (bytes: number) => `${bytes} bytes, ${(bytes / frames.length * 100).toFixed(1)} % of the frames`;
  console.log(
    `${basename(path)}: ${frames.length / frameBytes} frames of ${frameBytes} bytes, packs of ${packFrames}\n` +
      `  plain zstd level 1: ${part(plain)}\n` +
      `  packs: ${part(packed.bytes)}: ${ratio.toFixed(3)} of plain (${most.ofPlain} at most); of zstd over packs ` +
      `${(packed.bytes / perPack).toFixed(3)}, over the clip ${(packed.bytes / whole).toFixed(3)}\n` +
      `  packing: ${rate.toFixed(0)} MB/s a core (${Math.min(...rates).toFixed(0)} to ${
        Math.max(...rates).toFixed(0)
      }; ` +
      `${most.megabytesPerSecond} at least); they come back as they were`,
  );
  return ratio <= most.ofPlain && rate >= most.megabytesPerSecond;
}

/** Bytes of what level 1 makes of so many at a time. */
function zstd(bytes: Uint8Array, atATime: number): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += atATime) {
    const params = { [constants.ZSTD_c_compressionLevel]: 1 };
    sum += zstdCompressSync(bytes.subarray(at, at + atATime), { params }).length;
  }
  return sum;
}

/** Packs everything, and sees that it comes back. Megabytes (10^6) of frames a second of CPU time. */
function pack(frames: Uint8Array, frameBytes: number, packFrames: number, shape: FrameShape) {
  using packer = new Packer(library);
  using unpacker = new Unpacker(library);
  const into = new Uint8Array(packBound(frameBytes, packFrames)), frame = new Uint8Array(frameBytes);
  let bytes = 0, seconds = 0;
  for (let at = 0; at < frames.length; at += packFrames * frameBytes) {
    const some = frames.subarray(at, at + packFrames * frameBytes);
    const start = threadCpuSeconds();
    const length = packer.pack(some, frameBytes, into, shape);
    seconds += threadCpuSeconds() - start;
    bytes += length;
    const count = unpacker.open(into.subarray(0, length), frameBytes);
    for (let number = 0; number < count; number++) {
      unpacker.next(frame);
      const expected = some.subarray(number * frameBytes, (number + 1) * frameBytes);
      if (Buffer.compare(frame, expected) !== 0) throw new Error(`frame ${at / frameBytes + number} came back changed`);
    }
  }
  return { bytes, megabytesPerSecond: frames.length / 1e6 / seconds };
}

function readFrames(path: string): { frames: Uint8Array; frameBytes: number; shape: FrameShape } {
  const { layout, frames, header } = openY4mFile(path, { frameRateOverride: true });
  const { frameBytes } = layout;
  const count = Math.min(frames, Math.floor(heldBytes / frameBytes));
  using reader = new FrameReader(path, layout);
  const all = new Uint8Array(count * frameBytes);
  for (let number = 0; number < count; number++) {
    reader.readFrame(number, all.subarray(number * frameBytes, (number + 1) * frameBytes));
  }
  return { frames: all, frameBytes, shape: frameShape(header.format) };
}
