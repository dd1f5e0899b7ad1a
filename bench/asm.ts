// What nasm is worth: the time of one segment with the library as it is built, over that without assembly, for the same
// packets; alternating runs, the median of their ratios. Builds the second library in build/bench (once a run of changed sources).
// usage: deno run --allow-all bench/asm.ts CLIP.y4m [FRAMES=20] [PAIRS=3]      (a 720p clip for the numbers in the program)

import { fileURLToPath } from "node:url";
import { compileLibrary } from "../ffi/build/compile.ts";
import { libraryFile } from "../ffi/build/library_file.ts";
import { findRust } from "../ffi/build/rust.ts";
import { Encoder } from "../ffi/encoder.ts";
import { Library } from "../ffi/library.ts";
import { defaultOptions, settingsFor } from "../lib/encode/settings.ts";
import { FrameReader } from "../lib/media/frame_reader.ts";
import { openY4mFile } from "../lib/media/y4m_file.ts";

const [path, frameCount = "20", pairCount = "3"] = Deno.args;
if (path === undefined) throw new Error("Cannot measure: no clip named; give the path of a y4m file");
const input = openY4mFile(path);
const frames = Math.min(Number(frameCount), input.frames);
const pairs = Number(pairCount);

const withAssembly = new Library(await libraryFile(console.error));
const withoutAssembly = new Library(await buildWithoutAssembly());
if (!withAssembly.info().asm || withoutAssembly.info().asm) {
  throw new Error("Cannot measure: no library with assembly here");
}

const { width, height } = input.header.format;
console.log(
  `${frames} frames of ${width}x${height}, one segment, ${pairs} pairs, assembly level ${withAssembly.info().cpu}`,
);
for (const speed of [6, 10]) {
  const ratios: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const order = pair % 2 === 0 ? [withAssembly, withoutAssembly] : [withoutAssembly, withAssembly];
    const seconds = new Map(order.map((library) => [library, encode(library, speed)]));
    ratios.push(seconds.get(withoutAssembly)! / seconds.get(withAssembly)!);
  }
  ratios.sort((a, b) => a - b);
  const shown = ratios.map((ratio) => ratio.toFixed(2)).join(" ");
  console.log(`speed ${speed}: without assembly ${ratios[pairs >> 1]!.toFixed(1)} times slower (${shown})`);
}

/** Seconds to encode the clip's first frames as one segment; checks that all of them came out. */
function encode(library: Library, speed: number): number {
  using reader = new FrameReader(path!, input.layout);
  using encoder = new Encoder(library, settingsFor(input.header.format, { ...defaultOptions, speed }), 0);
  const frame = new Uint8Array(input.layout.frameBytes);
  const started = performance.now();
  let sent = 0, packets = 0;
  for (;;) {
    const received = encoder.receive();
    if (received === "end") break;
    if (received === "again") continue;
    if (received !== "need-frame") packets++;
    else if (sent === frames) encoder.flush();
    else {
      reader.readFrame(sent++, frame);
      encoder.send(frame);
    }
  }
  if (packets !== frames) throw new Error(`Cannot measure: ${packets} packets of ${frames} frames`);
  return (performance.now() - started) / 1000;
}

async function buildWithoutAssembly(): Promise<string> {
  const root = fileURLToPath(new URL("../", import.meta.url));
  const environment = Deno.env.toObject();
  const rust = findRust(environment);
  if (rust === undefined) throw new Error("Cannot measure: Rust is not installed");
  const target = `${root}build/bench`;
  const progress = () => {};
  return await compileLibrary({
    crate: `${root}ffi/librav1e`,
    target,
    rust,
    environment,
    nasm: undefined,
    assembly: false,
    progress,
  });
}
