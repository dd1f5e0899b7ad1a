// What reading a y4m file costs, from the page cache: FrameReader against one bare read a frame (the most the system
// gives) and against the two other ways of checking the FRAME line; and the microseconds a frame that finding the
// frames takes, by fixed stride and by walking. Run: deno run -A bench/read_frames.ts

import { closeSync, openSync, readSync, readvSync } from "node:fs";
import { join } from "node:path";
import { frameOffset } from "../lib/media/frame_layout.ts";
import { FrameReader } from "../lib/media/frame_reader.ts";
import { openY4mFile } from "../lib/media/y4m_file.ts";

const rounds = 7;
const folder = Deno.makeTempDirSync({ prefix: "read-frames-" });

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

function writeClip(path: string, width: number, height: number, frames: number): void {
  using file = Deno.openSync(path, { write: true, create: true, truncate: true });
  const encoder = new TextEncoder();
  file.writeSync(encoder.encode(`YUV4MPEG2 W${width} H${height} F25:1 C444\n`));
  const frame = new Uint8Array([...encoder.encode("FRAME\n"), ...new Uint8Array(width * height * 3)]);
  for (let index = 0; index < frames; index++) {
    for (let done = 0; done < frame.length;) done += file.writeSync(frame.subarray(done));
  }
}

function benchReads(path: string): void {
  const { layout, frames } = openY4mFile(path);
  const into = new Uint8Array(layout.frameBytes);
  const line = new Uint8Array(6);
  const both = new Uint8Array(layout.frameBytes + 6);
  const descriptor = openSync(path, "r");
  using reader = new FrameReader(path, layout);
  const ways: Record<string, (frame: number) => void> = {
    "samples alone, no check": (frame) => readSync(descriptor, into, 0, into.length, frameOffset(layout, frame)),
    "FrameReader": (frame) => reader.readFrame(frame, into),
    "one read and a copy": (frame) => {
      readSync(descriptor, both, 0, both.length, frameOffset(layout, frame) - 6);
      into.set(both.subarray(6));
    },
    "readv": (frame) => readvSync(descriptor, [line, into], frameOffset(layout, frame) - 6),
  };
  const times = new Map(Object.keys(ways).map((way) => [way, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    for (const [way, read] of Object.entries(ways)) {
      const start = performance.now();
      for (let frame = 0; frame < frames; frame++) read(frame);
      times.get(way)!.push((performance.now() - start) * 1000 / frames);
    }
  }
  closeSync(descriptor);
  console.log(`${layout.frameBytes} bytes a frame, ${frames} frames`);
  for (const [way, microseconds] of times) {
    const each = median(microseconds);
    console.log(
      `  ${way.padEnd(24)} ${each.toFixed(1)} us a frame, ${(layout.frameBytes / each / 1000).toFixed(1)} GB/s`,
    );
  }
}

function benchScan(path: string): void {
  for (const walk of [false, true]) {
    const times: number[] = [];
    let frames = 0;
    for (let round = 0; round < rounds; round++) {
      const start = performance.now();
      frames = openY4mFile(path, { walk }).frames;
      times.push(performance.now() - start);
    }
    const each = median(times);
    console.log(
      `  ${walk ? "walked" : "opened"} in ${each.toFixed(2)} ms: ${(each * 1000 / frames).toFixed(3)} us a frame`,
    );
  }
}

try {
  for (const [width, height, frames] of [[16, 16, 100_000], [160, 120, 4000], [720, 528, 400]] as const) {
    const path = join(folder, "clip.y4m");
    writeClip(path, width, height, frames);
    benchReads(path);
    benchScan(path);
  }
} finally {
  Deno.removeSync(folder, { recursive: true });
}
