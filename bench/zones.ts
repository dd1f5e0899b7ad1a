// What a fast zone pays for a slow one in the same film: CPU time and bytes of a segment at speeds 8 to 10, alone and where
// another zone's loop restoration is in the sequence header (ffi/librav1e/src/settings/zones.rs). The median of some pairs.
// usage: deno run --allow-all bench/zones.ts CLIP.y4m [FRAMES=40] [PAIRS=3]

import { libraryFile } from "../ffi/build/library_file.ts";
import { Encoder } from "../ffi/encoder.ts";
import { openLibrary } from "../ffi/library.ts";
import { defaultOptions, type EncoderSettings, settingsFor } from "../lib/encode/settings.ts";
import { threadCpuSeconds } from "../lib/machine/cpu_time.ts";
import { FrameReader } from "../lib/media/frame_reader.ts";
import { openY4mFile } from "../lib/media/y4m_file.ts";

const [path, frameCount = "40", pairCount = "3"] = Deno.args;
if (path === undefined) throw new Error("Cannot measure: no clip named; give the path of a y4m file");
const input = openY4mFile(path), { format } = input.header;
const frames = Math.min(Number(frameCount), input.frames), pairs = Number(pairCount);
const library = openLibrary(await libraryFile(console.error));

console.log(`${frames} frames of ${format.width}x${format.height}, one segment, ${pairs} pairs`);
for (const speed of [8, 9, 10]) {
  for (const quantizer of [60, 100, 200]) {
    const alone = settingsFor(format, { ...defaultOptions, speed, quantizer });
    const own = { first: 0, speed, quantizer, photonNoise: 0 };
    const zoned = { ...alone, zones: [own, { ...own, first: frames, speed: 6 }] };
    const ratios: number[] = [];
    let bytes = "";
    for (let pair = 0; pair < pairs; pair++) {
      const before = encode(alone), after = encode(zoned);
      ratios.push(after.seconds / before.seconds);
      bytes = (after.bytes / before.bytes).toFixed(3);
    }
    const median = ratios.sort((a, b) => a - b)[pairs >> 1]!;
    console.log(`speed ${speed}, quantizer ${quantizer}: ${median.toFixed(2)} of the CPU time, ${bytes} of the bytes`);
  }
}

function encode(settings: EncoderSettings): { seconds: number; bytes: number } {
  using reader = new FrameReader(path!, input.layout);
  using encoder = new Encoder(library, settings, 0);
  const frame = new Uint8Array(input.layout.frameBytes), began = threadCpuSeconds();
  for (let sent = 0, bytes = 0;;) {
    const received = encoder.receive();
    if (received === "end") return { seconds: threadCpuSeconds() - began, bytes };
    if (received === "again") continue;
    if (received !== "need-frame") bytes += received.data.length;
    else if (sent === frames) encoder.flush();
    else {
      reader.readFrame(sent++, frame);
      encoder.send(frame);
    }
  }
}
