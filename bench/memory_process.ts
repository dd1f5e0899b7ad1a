// One case of bench/memory.ts, in a process of its own: a Web Worker, as slots and the detector are, works on a made-up
// clip, and the process's memory is read before it starts and at its peak. What it prints is one number, bytes.
//
// The peak comes with the flush, when all frames that wait are in the encoder at once; most, when it was one frame short
// of going on by itself. So the clip fills the look-ahead and the reference frames, ends at that frame, and only a few
// packets more are asked for; encoding on would only take time.

import { SceneDetector } from "../ffi/detector.ts";
import { Encoder } from "../ffi/encoder.ts";
import { type Library, openLibrary } from "../ffi/library.ts";
import type { EncoderSettings } from "../lib/encode/settings.ts";
import { frameBytes } from "../lib/media/video_format.ts";
import { caseSettings, type MemoryCase } from "./memory_case.ts";

interface Request {
  readonly library: string;
  readonly memoryCase: MemoryCase;
}

const packetsBeforeFlush = 16;
const packetsAfterFlush = 6;
const detectedFrames = 40;

/** Kilobytes of a field of proc_pid_status(5), in bytes. */
function memory(field: "VmRSS" | "VmHWM"): number {
  return 1024 *
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(Deno.readTextFileSync("/proc/self/status"))?.[1]);
}

/** Fills `bytes` with frame `number`: a gradient, tiles that move across it, and noise. It never repeats. */
function drawFrame(bytes: Uint8Array<ArrayBuffer>, { width, bitDepth }: EncoderSettings, number: number): void {
  const samples = bitDepth > 8 ? new Uint16Array(bytes.buffer) : bytes;
  const scale = 1 << (bitDepth - 8);
  let noise = Math.imul(number + 1, 0x9e3779b1);
  for (let at = 0, x = 0, y = 0; at < samples.length; at++) {
    noise = Math.imul(noise, 1664525) + 1013904223 | 0;
    const tile = (((x + 3 * number) >> 5) ^ ((y + number) >> 5)) & 3;
    samples[at] = (32 + ((x + y + number) >> 3) % 120 + 16 * tile + (noise >>> 30)) * scale;
    if (++x === width) {
      x = 0;
      y++;
    }
  }
}

function newFrame(settings: EncoderSettings): Uint8Array<ArrayBuffer> {
  return new Uint8Array(frameBytes({ ...settings, frameRate: settings.timeBase, fullRange: undefined }));
}

function encode(library: Library, settings: EncoderSettings): void {
  const { keyint } = library.resolve(settings);
  const frame = newFrame(settings);
  using encoder = new Encoder(library, settings, 0);
  let sent = 0, packets = 0, flushedAt = Infinity;
  // Frames sent since the last packet, and how many it took the time before.
  let run = 0, lastRun = Infinity;
  while (packets < flushedAt + packetsAfterFlush) {
    const received = encoder.receive();
    if (received === "end") break;
    if (received === "need-frame") {
      if (sent === keyint || packets >= packetsBeforeFlush && run === lastRun - 1) {
        encoder.flush();
        flushedAt = packets;
      } else {
        drawFrame(frame, settings, sent++);
        encoder.send(frame);
        run++;
      }
    } else if (received !== "again") {
      packets++;
      if (run > 0) lastRun = run;
      run = 0;
    }
  }
}

function detect(library: Library, settings: EncoderSettings): void {
  const frame = newFrame(settings);
  using detector = new SceneDetector(library, settings);
  for (let number = 0; number < detectedFrames; number++) {
    drawFrame(frame, settings, number);
    detector.push(frame);
  }
}

if ("DedicatedWorkerGlobalScope" in globalThis) {
  self.addEventListener("message", (event) => {
    const { library, memoryCase } = (event as MessageEvent<Request>).data;
    (memoryCase.part === "slot" ? encode : detect)(openLibrary(library), caseSettings(memoryCase));
    (self as unknown as { postMessage(data: number): void }).postMessage(memory("VmHWM"));
  });
} else {
  const request: Request = JSON.parse(Deno.args[0]!);
  const before = memory("VmRSS");
  const worker = new Worker(import.meta.url, { type: "module" });
  const peak = await new Promise<number>((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = reject;
    worker.postMessage(request);
  });
  console.log(peak - before);
  Deno.exit(0);
}
