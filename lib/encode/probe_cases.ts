// What the probe sums up. Two machines whose sums are equal encode alike. First what floating-point functions of the
// system's library come to, bit by bit: packets hardly show it (an exponential that is wrong by a thousandth leaves all of
// those below as they are), but over enough films they would. Then a few frames, encoded: what compilers, processors and
// hand-written assembly make of the rest, for 8 bits and above. The frames are made of whole numbers and are the same
// everywhere. Any change here is a change of the probe: machines before and after it refuse each other.

import { arithmeticDigest, FrameDigest } from "../../ffi/digest.ts";
import { Encoder } from "../../ffi/encoder.ts";
import type { Library } from "../../ffi/library.ts";
import { type Clip, clipFrames } from "../media/demo_clip.ts";
import { defaultOptions, type EncoderSettings } from "./settings.ts";

interface ProbeCase {
  readonly clip: Pick<Clip, "width" | "height" | "bitDepth" | "chromaSampling">;
  readonly frames: number;
  /** Changes of the defaults. */
  readonly options: Partial<EncoderSettings>;
}

const small = { width: 64, height: 64, bitDepth: 8, chromaSampling: "4:2:0" } as const;
const odd = { width: 88, height: 72, bitDepth: 10, chromaSampling: "4:2:0" } as const;

/** Several frames each, so that what a block is worth to later frames (a power) decides too. */
const cases: readonly ProbeCase[] = [
  { clip: odd, frames: 8, options: { speed: 10, quantizer: 60 } },
  { clip: { ...odd, bitDepth: 8 }, frames: 8, options: { speed: 10, quantizer: 160, tune: "Psnr" } },
  { clip: small, frames: 6, options: { speed: 6, quantizer: 100 } },
  { clip: { ...small, bitDepth: 10 }, frames: 5, options: { speed: 6, quantizer: 35, tune: "Psnr" } },
  { clip: { ...small, chromaSampling: "4:4:4" }, frames: 4, options: { speed: 8, quantizer: 120, lowLatency: true } },
  // Noise strengths are powers of powers, by two transfer functions.
  { clip: odd, frames: 1, options: { speed: 10, photonNoise: 40, transfer: "SMPTE2084" } },
  { clip: small, frames: 1, options: { speed: 10, photonNoise: 7, transfer: "BT709" } },
];

/**
 * SHA-256 over the sum of the arithmetic and all packets of all cases, each after its length; 64 hexadecimal digits. Takes
 * a fraction of a second.
 */
export function probeDigest(library: Library): string {
  using digest = new FrameDigest(library);
  digest.update(arithmeticDigest(library));
  const length = new Uint8Array(4);
  for (const each of cases) {
    for (const packet of probePackets(library, each)) {
      new DataView(length.buffer).setUint32(0, packet.length);
      digest.update(length);
      digest.update(packet);
    }
  }
  return digest.finish().toHex();
}

function* probePackets(library: Library, { clip, frames, options }: ProbeCase): Generator<Uint8Array> {
  const pictures = clipFrames({
    ...clip,
    scenes: [{ frames, seed: 5, panX: 7, panY: -3, noise: 4, fade: [180, 256] }],
  });
  using encoder = new Encoder(library, settingsOf(clip, options), 0);
  for (;;) {
    const received = encoder.receive();
    if (received === "end") return;
    if (received === "again") continue;
    if (received !== "need-frame") {
      yield received.data;
      continue;
    }
    const { done, value } = pictures.next();
    if (done) encoder.flush();
    else encoder.send(value);
  }
}

function settingsOf(clip: ProbeCase["clip"], options: Partial<EncoderSettings>): EncoderSettings {
  return {
    ...defaultOptions,
    range: "Limited",
    width: clip.width,
    height: clip.height,
    bitDepth: clip.bitDepth,
    chromaSampling: clip.chromaSampling,
    chromaSamplePosition: "unknown",
    sampleAspectRatio: { num: 1, den: 1 },
    timeBase: { num: 1, den: 25 },
    zones: [],
    ...options,
  };
}
