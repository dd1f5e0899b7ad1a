// The cases of bench/memory.ts: what is measured, and as which settings it goes to the process that measures it.

import { defaultOptions, type EncoderOptions, type EncoderSettings, settingsFor } from "../lib/encode/settings.ts";
import type { ChromaSampling } from "../lib/media/video_format.ts";

/** One row of the table. Sizes are luma samples. */
export interface MemoryCase {
  readonly part: "slot" | "detector";
  readonly width: number;
  readonly height: number;
  readonly bitDepth: 8 | 10 | 12;
  readonly chroma: ChromaSampling;
  /** Options that are not the defaults. */
  readonly options: Partial<EncoderOptions>;
}

/** What was measured of it, and what the settings came to. */
export interface MeasuredCase extends MemoryCase {
  /** Peak bytes that the process grew by. */
  readonly bytes: number;
  /** Frames. */
  readonly lookahead: number;
  readonly keyint: number;
  readonly sceneDetection: "standard" | "fast" | "none";
}

export function caseSettings({ width, height, bitDepth, chroma, options }: MemoryCase): EncoderSettings {
  return settingsFor({
    width,
    height,
    bitDepth,
    chromaSampling: chroma,
    chromaSamplePosition: "unknown",
    sampleAspectRatio: { num: 1, den: 1 },
    frameRate: { num: 24, den: 1 },
    fullRange: false,
  }, { ...defaultOptions, ...options });
}

export function describeCase({ part, width, height, bitDepth, chroma, options }: MemoryCase): string {
  const more = Object.entries(options).map(([name, value]) => value === true ? name : `${name} ${value}`);
  return `${part} ${width}x${height} ${bitDepth} bit ${chroma} ${more.join(", ")}`;
}

const sizes = { 360: 640, 540: 960, 720: 1280, 1080: 1920, 1440: 2560, 2160: 3840 } as const;

function slot(
  height: keyof typeof sizes,
  speed: number,
  more: { bitDepth?: 8 | 10 | 12; chroma?: ChromaSampling; options?: Partial<EncoderOptions> } = {},
): MemoryCase {
  const { bitDepth = 8, chroma = "4:2:0", options = {} } = more;
  return { part: "slot", width: sizes[height], height, bitDepth, chroma, options: { speed, ...options } };
}

/** Every size and lookahead, then each thing that matters on its own; slow speeds at small sizes only. */
export const memoryCases: readonly MemoryCase[] = [
  ...[2, 4, 6, 7, 8, 9, 10].map((speed) => slot(360, speed)),
  ...[4, 6, 10].map((speed) => slot(540, speed)),
  ...[4, 6, 8, 10].map((speed) => slot(720, speed)),
  ...[6, 8, 10].map((speed) => slot(1080, speed)),
  ...[8, 10].map((speed) => slot(1440, speed)),
  ...[6, 8, 10].map((speed) => slot(2160, speed)),
  slot(360, 6, { bitDepth: 10 }),
  slot(720, 6, { bitDepth: 10 }),
  slot(1080, 10, { bitDepth: 10 }),
  slot(2160, 10, { bitDepth: 10 }),
  slot(540, 10, { bitDepth: 12 }),
  slot(540, 10, { options: { highBitdepth: true } }),
  slot(540, 6, { chroma: "4:4:4" }),
  slot(1080, 10, { chroma: "4:4:4" }),
  slot(720, 10, { chroma: "4:4:4", bitDepth: 10 }),
  slot(720, 10, { chroma: "4:2:2" }),
  slot(720, 10, { chroma: "4:0:0" }),
  slot(360, 6, { options: { lowLatency: true } }),
  slot(1080, 10, { options: { lowLatency: true } }),
  slot(540, 10, { options: { rdoLookaheadFrames: 1 } }),
  slot(540, 10, { options: { rdoLookaheadFrames: 60 } }),
  slot(720, 10, { options: { keyint: 12 } }),
  slot(540, 6, { options: { keyint: 1, minKeyint: 1 } }),
  slot(1080, 10, { options: { tiles: 4 } }),
  slot(720, 10, { options: { tune: "Psnr" } }),
  slot(720, 10, { options: { quantizer: 30 } }),
  slot(720, 10, { options: { tiles: 8 } }),
  ...([[360, 6], [1080, 6], [2160, 6], [720, 10], [2160, 10]] as const).map(([height, speed]): MemoryCase => ({
    ...slot(height, speed),
    part: "detector",
  })),
  { ...slot(1080, 6, { bitDepth: 10 }), part: "detector" },
  { ...slot(1080, 10, { chroma: "4:4:4" }), part: "detector" },
];
