// Encoder settings for tests: a small clip's, as the command line would make them.

import { defaultOptions, type EncoderSettings, settingsFor } from "../../lib/encode/settings.ts";

/** 64x48, 8 bit, 4:2:0, speed 10, unless told otherwise. */
export function settingsOf(changes: Partial<EncoderSettings> = {}): EncoderSettings {
  const settings = settingsFor({
    width: 64,
    height: 48,
    bitDepth: 8,
    chromaSampling: "4:2:0",
    chromaSamplePosition: "unknown",
    sampleAspectRatio: { num: 1, den: 1 },
    frameRate: { num: 25, den: 1 },
    fullRange: undefined,
  }, { ...defaultOptions, speed: 10 });
  return { ...settings, ...changes };
}
