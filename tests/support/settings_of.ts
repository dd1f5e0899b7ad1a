// Encoder settings for tests: a small clip's, as the command line would make them.

import { defaultOptions, type EncoderSettings, settingsFor } from "../../lib/encode/settings.ts";
import type { VideoFormat } from "../../lib/media/video_format.ts";

/** 64x48, 8 bit, 4:2:0, 25 frames a second. */
export const smallFormat: VideoFormat = {
  width: 64,
  height: 48,
  bitDepth: 8,
  chromaSampling: "4:2:0",
  chromaSamplePosition: "unknown",
  sampleAspectRatio: { num: 1, den: 1 },
  frameRate: { num: 25, den: 1 },
  fullRange: undefined,
};

/** Of `smallFormat` at speed 10, unless told otherwise. */
export function settingsOf(changes: Partial<EncoderSettings> = {}): EncoderSettings {
  return { ...settingsFor(smallFormat, { ...defaultOptions, speed: 10 }), ...changes };
}
