// The video stream in ffprobe's answer, as SourceVideo: every field checked, and what the fields mean where writers differ.

import type { InputError } from "../errors.ts";
import type { SourceVideo } from "../media/source_media.ts";
import type { ChromaSamplePosition, Ratio } from "../media/video_format.ts";
import { type ColourProperty, rav1eColourName } from "./ffmpeg_colours.ts";
import { readPixelFormat, servedDepth } from "./pixel_formats.ts";
import { type Fields, fieldsOf, listOf, nameOf, ratioOf, secondsOf, wholeOf } from "./probe_fields.ts";

/** frame_width_minus_1 of AV1 has 16 bits. */
const maxDimension = 65_535;
/** Rates that differ by less are the same, rounded differently. */
const sameRate = 0.002;
/** Of a display matrix in ffprobe's words. */
const mostMatrixChars = 1000;
/** Of a frame: durations are rounded by less. */
const roundedFrame = 0.1;

/** Throws what `refuse` makes where there is nothing to decode. */
export function sourceVideo(
  stream: Fields,
  refuse: (what: string) => InputError,
): Omit<SourceVideo, "masteringDisplay" | "contentLight"> {
  const index = wholeOf(stream.index, 0, 10_000);
  const width = wholeOf(stream.width, 1, maxDimension), height = wholeOf(stream.height, 1, maxDimension);
  const codec = nameOf(stream.codec_name) ?? "unknown", pixelFormat = nameOf(stream.pix_fmt);
  if (index === undefined) throw refuse("ffprobe names no number of its video");
  if (codec === "unknown") throw refuse("ffmpeg does not know how its video is coded");
  if (stream.width === 0 && stream.height === 0 && pixelFormat === undefined) {
    const kind = codec === "webp" ? "animated" : "of a kind that it does not know";
    throw refuse(`this ffmpeg finds no picture in its video (${codec}): it is ${kind}, damaged or empty`);
  }
  if (width === undefined || height === undefined) {
    throw refuse(`its video (${codec}) has no size that can be encoded; 1 to ${maxDimension} can`);
  }
  if (pixelFormat === undefined) {
    throw refuse(`ffmpeg found no picture in its video (${codec}): it is damaged or empty`);
  }
  const pixels = readPixelFormat(pixelFormat);
  const timeBase = ratioOf(stream.time_base) ?? { num: 1, den: 1000 };
  const seconds = durationOf(stream), start = secondsOf(stream.start_time) ?? 0;
  const isInterlaced = ["tt", "bb", "tb", "bt"].includes(String(stream.field_order));
  const { frameRate, isVariable } = rateOf(stream, timeBase, seconds);
  return {
    index,
    codec,
    pixelFormat,
    format: {
      width,
      height,
      bitDepth: servedDepth(pixels.bits),
      chromaSampling: pixels.chromaSampling,
      chromaSamplePosition: pixels.kind === "yuv" ? positionOf(stream.chroma_location, codec) : "unknown",
      sampleAspectRatio: ratioOf(stream.sample_aspect_ratio) ?? { num: 1, den: 1 },
      frameRate,
      fullRange: pixels.kind === "rgb" ? undefined : rangeOf(stream.color_range, pixels.isFullRange),
    },
    timeBase,
    startSeconds: start,
    primaries: colourOf("primaries", stream.color_primaries),
    transfer: colourOf("transfer", stream.color_transfer),
    matrix: colourOf("matrix", stream.color_space),
    ...orientationOf(stream),
    isInterlaced,
    isVariable,
    claimedFrames: claimedFramesOf(stream, { frameRate, isVariable }, seconds),
    claimedEnd: seconds === undefined ? null : start + seconds,
  };
}

/** rav1e's name; null where the stream does not say, or says what rav1e has no name for. */
export function colourOf(property: ColourProperty, value: unknown): string | null {
  const name = nameOf(value);
  return name === undefined ? null : rav1eColourName(property, name);
}

/**
 * AV1 has a name for two of ffmpeg's positions. Where H.265 does not say it means the left (E.3.1, chroma_loc_info_present_flag),
 * which older versions of ffmpeg leave to their users.
 */
function positionOf(value: unknown, codec: string): ChromaSamplePosition {
  const isSilent = value === undefined || value === "unspecified";
  const position = isSilent && codec === "hevc" ? "left" : value;
  return position === "left" ? "vertical" : position === "topleft" ? "colocated" : "unknown";
}

function rangeOf(value: unknown, isFull: boolean): boolean | undefined {
  return value === "pc" || value === "jpeg" ? true : value === "tv" || value === "mpeg" ? false : isFull || undefined;
}

/**
 * r_frame_rate is the rate that all stamps fit, avg_frame_rate frames over time. Equal, but for rounding: constant. The first
 * twice the other: fields are counted. Everything else is variable, and the average is the nominal rate.
 */
function rateOf(stream: Fields, timeBase: Ratio, seconds: number | undefined): Pick<SourceVideo, "isVariable"> & {
  frameRate: Ratio;
} {
  const fits = ratioOf(stream.r_frame_rate), average = ratioOf(stream.avg_frame_rate);
  if (fits === undefined || average === undefined) {
    return { frameRate: average ?? fits ?? { num: 25, den: 1 }, isVariable: false };
  }
  const tick = timeBase.num / timeBase.den;
  const tolerance = sameRate + (seconds !== undefined && seconds > 0 ? (2 * tick) / seconds : 0);
  const times = (fits.num / fits.den) / (average.num / average.den);
  if (Math.abs(times - 1) <= tolerance) return { frameRate: fits, isVariable: false };
  if (Math.abs(times - 2) <= tolerance) {
    const frameRate = fits.num % 2 === 0 ? { num: fits.num / 2, den: fits.den } : { num: fits.num, den: fits.den * 2 };
    return { frameRate, isVariable: false };
  }
  return { frameRate: average, isVariable: true };
}

/** Clockwise; ffprobe counts the other way and knows of no mirrors, older files have a tag. */
function orientationOf(stream: Fields): Pick<SourceVideo, "rotation" | "isMirrored"> {
  const side = listOf(stream.side_data_list).find(({ rotation }) => rotation !== undefined);
  const counted = side === undefined ? undefined : wholeOf(side.rotation, -360, 360);
  const matrix = matrixOf(side?.displaymatrix);
  const degrees = matrix?.degrees ?? (counted === undefined ? undefined : -counted) ??
    wholeOf(fieldsOf(stream.tags).rotate, -360, 360) ?? 0;
  return { rotation: ((degrees % 360) + 360) % 360, isMirrored: matrix?.isMirrored ?? false };
}

/**
 * Of three lines of three numbers, each behind its place: a b u, c d v, x y w. The point (p, q), counted downwards, goes to
 * (a p + c q, b p + d q). undefined where there is none, or it shows nothing.
 */
function matrixOf(text: unknown): { degrees: number; isMirrored: boolean } | undefined {
  if (typeof text !== "string" || text.length > mostMatrixChars) return undefined;
  const [first, second] = [...text.matchAll(/^\d+:\s+(-?\d+)\s+(-?\d+)\s+-?\d+\s*$/gm)];
  const [a, b, c, d] = [first?.[1], first?.[2], second?.[1], second?.[2]].map(Number) as [
    number,
    number,
    number,
    number,
  ];
  const area = a * d - b * c;
  if (!Number.isFinite(area) || area === 0) return undefined;
  return { degrees: Math.round(Math.atan2(-c, d) * 180 / Math.PI), isMirrored: area < 0 };
}

/**
 * What the container counts: an MP4's index counts frames that its edit list leaves out too, which nobody gets. Where fewer
 * than are counted last as long as the stream does, so many are claimed; at no constant rate, none.
 */
function claimedFramesOf(
  stream: Fields,
  { frameRate, isVariable }: Pick<SourceVideo, "isVariable"> & { frameRate: Ratio },
  seconds: number | undefined,
): number | null {
  const tags = fieldsOf(stream.tags);
  const counted = wholeOf(stream.nb_frames, 1) ?? wholeOf(tags.NUMBER_OF_FRAMES, 1) ??
    wholeOf(tags["NUMBER_OF_FRAMES-eng"], 1) ??
    null;
  if (counted === null || seconds === undefined) return counted;
  const lasting = (seconds * frameRate.num) / frameRate.den;
  if (lasting > counted - 0.5) return counted;
  return isVariable ? null : Math.max(1, Math.floor(lasting + roundedFrame));
}

/** Of this stream alone; Matroska has it as a tag. */
function durationOf(stream: Fields): number | undefined {
  const seconds = secondsOf(stream.duration);
  if (seconds !== undefined) return seconds;
  const tag = fieldsOf(stream.tags).DURATION;
  const clock = typeof tag === "string" ? /^(\d{1,4}):(\d\d):(\d\d(?:\.\d{1,9})?)$/.exec(tag) : null;
  return clock === null ? undefined : Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3]);
}
