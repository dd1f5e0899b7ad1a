// Everything that decides the bytes of the output, as one plain object: made from the command line and the input,
// checked by librav1e before any frame is read, stored, and sent to whoever encodes. It is the JSON document of
// ffi/librav1e (src/settings.rs), which asks for every field: the defaults live here and nowhere else.

import type { ChromaSamplePosition, ChromaSampling, Ratio, VideoFormat } from "../media/video_format.ts";

/** What the command line decides. Names and ranges are those of the rav1e command. */
export interface EncoderOptions {
  /** 0 (best) to 10 (fastest). */
  speed: number;
  /** 1 to 255, smaller is better. */
  quantizer: number;
  /** Frames; clamped to `keyint`. */
  minKeyint: number;
  /** Frames; 0 is no limit. */
  keyint: number;
  /** Frames between switch frames, 0 is none; only with `lowLatency`. */
  switchFrameInterval: number;
  lowLatency: boolean;
  /** Frames the encoder looks ahead; null lets the speed decide. */
  rdoLookaheadFrames: number | null;
  /** 0 is Standard, 1 is Fast; null lets the speed decide. */
  scdSpeed: 0 | 1 | null;
  noSceneDetection: boolean;
  tune: "Psychovisual" | "Psnr";
  stillPicture: boolean;
  /** 0 leaves it to `tileRows` and `tileCols`. */
  tiles: number;
  /** Power of two up to 64; 0 is one. */
  tileRows: number;
  /** Power of two up to 64; 0 is one. */
  tileCols: number;
  /** null is what the input says, else limited. */
  range: "Limited" | "Full" | null;
  /** rav1e's names, any case, for instance BT709; "Unspecified" is none. */
  primaries: string;
  transfer: string;
  matrix: string;
  /** rav1e's notation: G(x,y)B(x,y)R(x,y)WP(x,y)L(max,min). */
  masteringDisplay: string | null;
  /** rav1e's notation: cll,fall. */
  contentLight: string | null;
  /** "5.1", "auto" or "unconstrained". */
  level: string | null;
  /** 0 to 64; ISO setting in hundreds, 0 is none. */
  photonNoise: number;
  /** The text of a film grain table ("filmgrn1"), not its path. */
  filmGrainTable: string | null;
  highBitdepth: boolean;
}

/** The defaults, which rav1e and the original rav1e-by-gop share. */
export const defaultOptions: Readonly<EncoderOptions> = {
  speed: 6,
  quantizer: 100,
  minKeyint: 12,
  keyint: 240,
  switchFrameInterval: 0,
  lowLatency: false,
  rdoLookaheadFrames: null,
  scdSpeed: null,
  noSceneDetection: false,
  tune: "Psychovisual",
  stillPicture: false,
  tiles: 0,
  tileRows: 0,
  tileCols: 0,
  range: null,
  primaries: "Unspecified",
  transfer: "Unspecified",
  matrix: "Unspecified",
  masteringDisplay: null,
  contentLight: null,
  level: null,
  photonNoise: 0,
  filmGrainTable: null,
  highBitdepth: false,
};

/** What may be other in a part of the video; as in EncoderOptions. */
export type ZoneValues = Pick<EncoderOptions, "speed" | "quantizer" | "photonNoise">;

/** A range of frames and what it is encoded with; it reaches to the next one, the last one to the end of the video. */
export interface ZoneSettings extends ZoneValues {
  /** Counted from the first frame that is encoded. A keyframe. */
  first: number;
}

/** The whole document: options, and what the input decides. */
export interface EncoderSettings extends EncoderOptions {
  range: "Limited" | "Full";
  width: number;
  height: number;
  bitDepth: 8 | 10 | 12;
  chromaSampling: ChromaSampling;
  chromaSamplePosition: ChromaSamplePosition;
  sampleAspectRatio: Ratio;
  /** Seconds a frame: the reciprocal of the frame rate. */
  timeBase: Ratio;
  /**
   * Ascending, the first begins with frame 0; none where all is encoded as the options say. They decide what `speed`,
   * `quantizer` and `photonNoise` decide elsewhere, but for scene detection, which is one for the whole video.
   */
  zones: readonly ZoneSettings[];
}

/** Joins the options with an input's format. `timeBase`, where given, replaces the input's own. */
export function settingsFor(format: VideoFormat, options: EncoderOptions, timeBase?: Ratio): EncoderSettings {
  return {
    ...options,
    range: options.range ?? (format.fullRange ? "Full" : "Limited"),
    width: format.width,
    height: format.height,
    bitDepth: format.bitDepth,
    chromaSampling: format.chromaSampling,
    chromaSamplePosition: format.chromaSamplePosition,
    sampleAspectRatio: format.sampleAspectRatio,
    timeBase: timeBase ?? { num: format.frameRate.den, den: format.frameRate.num },
    zones: [],
  };
}
