// How fast a pipe is read, packed and given to slots, without any encoding: megabytes of raw frames a second, and the CPU
// time of the main thread in all of it. The source is a clip repeated by `cat` into a named pipe; run with a clip's width,
// height and gigabytes: deno run -A bench/pipe_reader.ts [1280 720 2]

import { join } from "node:path";
import { libraryFile } from "../ffi/build/library_file.ts";
import { openLibrary } from "../ffi/library.ts";
import { packBound, Packer, Unpacker } from "../ffi/packs.ts";
import { Plan } from "../lib/encode/plan.ts";
import { defaultOptions, settingsFor } from "../lib/encode/settings.ts";
import { type Clip, clipFrames } from "../lib/media/demo_clip.ts";
import { frameBytes } from "../lib/media/video_format.ts";
import { y4mHeader } from "../lib/media/y4m_writer.ts";
import { openPipe } from "../lib/pipe/open_pipe.ts";
import { packersFor, pipeMemory, pipeSizes } from "../lib/pipe/pipe_memory.ts";
import { PipeSource } from "../lib/pipe/pipe_source.ts";
import { DrainSlots } from "./support/drain_slots.ts";

const [width = 1280, height = 720, gigabytes = 2] = Deno.args.map(Number);
const clip: Clip = {
  width,
  height,
  bitDepth: 8,
  chromaSampling: "4:2:0",
  scenes: [{ frames: 16, seed: 1, panX: 10, panY: 2 }, { frames: 16, seed: 2, panX: -6, panY: 3 }],
};
const library = await libraryFile((line) => console.error(line));
const frames = Array.from(clipFrames(clip), (frame) => frame.slice());
const size = frames[0]!.length;
const rounds = Math.max(1, Math.round(gigabytes * 1e9 / (size * frames.length)));
const total = rounds * frames.length * size;
const folder = Deno.makeTempDirSync({ prefix: "pipe-reader-" });

function report(what: string, bytes: number, seconds: number, more = ""): void {
  console.log(`${what.padEnd(44)} ${(bytes / 1e6 / seconds).toFixed(0).padStart(6)} MB/s${more}`);
}

/** The clip's frames over and over, as another process gives them. */
function feed(): { path: string; writer: Deno.ChildProcess } {
  const path = join(folder, "pipe");
  new Deno.Command("mkfifo", { args: [path] }).outputSync();
  const script = 'exec >"$0"; cat "$1"; n=0; while [ $n -lt $3 ]; do cat "$2"; n=$((n+1)); done';
  const args = ["-c", script, path, join(folder, "header"), join(folder, "frames"), String(rounds)];
  return { path, writer: new Deno.Command("sh", { args }).spawn() };
}

function writeParts(): void {
  Deno.writeTextFileSync(join(folder, "header"), y4mHeader(clip));
  using file = Deno.openSync(join(folder, "frames"), { write: true, create: true });
  for (const frame of frames) {
    file.writeSync(new TextEncoder().encode("FRAME\n"));
    for (let at = 0; at < size;) at += file.writeSync(frame.subarray(at));
  }
}

async function benchRaw(): Promise<void> {
  const { path, writer } = feed();
  const start = performance.now();
  using file = await Deno.open(path);
  const buffer = new Uint8Array(65536);
  while (await file.read(buffer) !== null);
  report("bare reads of the pipe, nothing done", total, (performance.now() - start) / 1000);
  await writer.status;
  Deno.removeSync(path);
}

function benchPacks(): void {
  const { packFrames } = pipeSizes({ frameBytes: size, packers: 1 });
  const raw = new Uint8Array(packFrames * size);
  for (let frame = 0; frame < packFrames; frame++) raw.set(frames[frame]!, frame * size);
  const into = new Uint8Array(packBound(size, packFrames));
  using packer = new Packer(openLibrary(library));
  using unpacker = new Unpacker(openLibrary(library));
  let bytes = packer.pack(raw, size, into);
  const times = 20;
  let start = performance.now();
  for (let time = 0; time < times; time++) bytes = packer.pack(raw, size, into);
  const ratio = raw.length / bytes;
  report("one packer", times * raw.length, (performance.now() - start) / 1000, `, ${ratio.toFixed(2)} : 1`);
  start = performance.now();
  const frame = new Uint8Array(size);
  for (let time = 0; time < times; time++) {
    unpacker.open(into.subarray(0, bytes), size);
    for (let number = 0; number < packFrames; number++) unpacker.next(frame);
  }
  report("unpacking", times * raw.length, (performance.now() - start) / 1000);
}

interface Case {
  readonly what: string;
  readonly detect: boolean;
  readonly slots: number;
  /** All frames but the last are skipped: what is left is reading alone. */
  readonly skipAll?: boolean;
}

/** Reader, packers, store and slots that only unpack. */
async function benchWhole({ what, detect, slots, skipAll = false }: Case): Promise<void> {
  const { path, writer } = feed();
  const { header, pipe } = await openPipe(path);
  const packers = packersFor(slots), size = frameBytes(header.format);
  const settings = settingsFor(header.format, defaultOptions);
  const skip = skipAll ? rounds * frames.length - 1 : 0, count = rounds * frames.length - skip;
  const keyframes = Array.from({ length: Math.ceil(count / settings.keyint) }, (_, index) => index * settings.keyint);
  const source = new PipeSource(pipe, {
    order: {
      library,
      settings,
      skip,
      limit: 0,
      expectFrames: undefined,
      planned: detect ? undefined : { keyframes, frames: count },
      forcedKeyframes: [],
      done: [],
    },
    budgetBytes: 4 * pipeMemory({ frameBytes: size, packers, spill: false }).floorBytes,
    mostFrames: Infinity,
    tmpInput: { kind: "none" },
    packers,
  });
  const start = performance.now();
  const drain = new DrainSlots(library, source, new Plan(), slots);
  await drain.run();
  const seconds = (performance.now() - start) / 1000;
  const main = `, main thread ${(drain.mainSeconds * 1e6 / drain.packs).toFixed(0)} us a pack`;
  report(what, total, seconds, skipAll ? "" : main);
  source.close();
  await writer.status;
  Deno.removeSync(path);
}

try {
  writeParts();
  console.log(`${width}x${height}, ${size} bytes a frame, ${(total / 1e9).toFixed(1)} GB`);
  await benchRaw();
  benchPacks();
  await benchWhole({ what: "the reader, frames skipped", detect: false, slots: 1, skipAll: true });
  await benchWhole({ what: "read, packed, unpacked", detect: false, slots: 1 });
  await benchWhole({ what: "the same, with scene detection", detect: true, slots: 1 });
  await benchWhole({ what: "the same, two slots", detect: true, slots: 2 });
} finally {
  Deno.removeSync(folder, { recursive: true });
}
Deno.exit(0);
