// Finds the frames of a y4m file without reading their samples. The usual file has bare FRAME lines only: its size and
// some sampled lines prove a fixed stride well enough, and FrameReader checks each line it passes. Everything else is
// walked, FRAME line by FRAME line, up to the first thing that is none. Only whole frames count; what follows the last
// of them is put in words, never guessed at.

import { bareFrameLine, type FrameLayout } from "./frame_layout.ts";
import { describeFrameFault, type FrameLine, maxFrameLineBytes, readFrameLine } from "./frame_line.ts";
import { readAt } from "./positional_read.ts";

export interface FrameScan {
  readonly layout: FrameLayout;
  /** Whole frames, counted from the start of the file. */
  readonly frames: number;
  /** What is wrong after them, one clause; undefined when the file ends there. Frames are numbered from 0. */
  readonly damage: string | undefined;
}

export interface ScanInput {
  /** Open for reading; stays the caller's. */
  readonly file: Deno.FsFile;
  readonly fileBytes: number;
  readonly headerBytes: number;
  readonly frameBytes: number;
}

/** FRAME lines looked at before a fixed stride is believed. */
const probes = 16;
/** Below this, frames are so small that one read may as well cover several. */
const smallFrameBytes = 16 * 1024;
const newline = 0x0a;

/** Finds the frames; fixed stride first, the walk where that fails. */
export function findFrames(input: ScanInput): FrameScan {
  return probeFixedStride(input) ?? walkFrames(input);
}

function probeFixedStride(input: ScanInput): FrameScan | undefined {
  const { fileBytes, headerBytes, frameBytes } = input;
  const stride = bareFrameLine.length + frameBytes;
  const frames = Math.floor((fileBytes - headerBytes) / stride);
  if (frames < 1) return undefined;
  const line = new Uint8Array(bareFrameLine.length);
  const count = Math.min(probes, frames);
  for (let probe = 0; probe < count; probe++) {
    const frame = count === 1 ? 0 : Math.floor(probe * (frames - 1) / (count - 1));
    if (readAt(input.file, line, headerBytes + frame * stride) < line.length) return undefined;
    if (line.some((byte, index) => byte !== bareFrameLine[index])) return undefined;
  }
  const fixed = { firstFrame: headerBytes + bareFrameLine.length, stride };
  const damage = describeEnd(new FileWindow(input), headerBytes + frames * stride, frames);
  return { layout: { frameBytes, fixed, offsets: undefined }, frames, damage };
}

/** Follows every FRAME line from the header on, whatever its length. About a microsecond a frame once cached. */
export function walkFrames(input: ScanInput): FrameScan {
  const { fileBytes, headerBytes, frameBytes } = input;
  const window = new FileWindow(input);
  // Grown as frames are found, never by what a damaged or hostile header makes of the file's size.
  let offsets = new Float64Array(new SharedArrayBuffer(1024 * Float64Array.BYTES_PER_ELEMENT));
  let frames = 0;
  let position = headerBytes;
  while (position < fileBytes) {
    const line = frameLineAt(window, position);
    if (line.kind !== "frame" || position + line.bytes + frameBytes > fileBytes) break;
    if (frames === offsets.length) offsets = resized(offsets, 2 * frames, frames);
    offsets[frames] = position + line.bytes;
    frames += 1;
    position += line.bytes + frameBytes;
  }
  const damage = describeEnd(window, position, frames);
  return { layout: { frameBytes, fixed: undefined, offsets: resized(offsets, frames, frames) }, frames, damage };
}

function resized(offsets: Float64Array, length: number, kept: number): Float64Array<SharedArrayBuffer> {
  const larger = new Float64Array(new SharedArrayBuffer(length * Float64Array.BYTES_PER_ELEMENT));
  larger.set(offsets.subarray(0, kept));
  return larger;
}

/** What stands at `position`, where frame `frame` should start but no whole frame does. */
function describeEnd(window: FileWindow, position: number, frame: number): string | undefined {
  const left = window.fileBytes - position;
  if (left <= 0) return undefined;
  return describeFrameFault({ ...frameLineAt(window, position), input: "the file", frame, position, left });
}

function frameLineAt(window: FileWindow, position: number): FrameLine {
  const start = window.bytesAt(position, 64);
  return readFrameLine(start.includes(newline) ? start : window.bytesAt(position, maxFrameLineBytes));
}

/** A piece of the file in memory, replaced when something outside it is asked for. */
class FileWindow {
  readonly fileBytes: number;
  readonly #file: Deno.FsFile;
  readonly #readBytes: number;
  readonly #buffer = new Uint8Array(64 * 1024);
  #start = 0;
  #length = 0;

  constructor(input: ScanInput) {
    this.fileBytes = input.fileBytes;
    this.#file = input.file;
    this.#readBytes = input.frameBytes < smallFrameBytes ? this.#buffer.length : 64;
  }

  /** Up to `length` bytes (at most 64 KiB) from `position` on, fewer at the file's end. Valid until the next call. */
  bytesAt(position: number, length: number): Uint8Array {
    const wanted = Math.min(length, this.fileBytes - position);
    if (position < this.#start || position + wanted > this.#start + this.#length) {
      const room = this.#buffer.subarray(0, Math.min(Math.max(length, this.#readBytes), this.fileBytes - position));
      this.#length = readAt(this.#file, room, position);
      this.#start = position;
    }
    return this.#buffer.subarray(position - this.#start, Math.min(position - this.#start + wanted, this.#length));
  }
}
