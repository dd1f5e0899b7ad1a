// What an MP4 file says of its one track, whatever its samples are told by: the movie and track headers and the sample
// entry of AV1 ("AV1 Codec ISO Media File Format Binding", section 2.2) with colours, the shape of samples and what is
// known of the display the video was made on (ISO/IEC 14496-12, sections 8 and 12.1). Times of creation are 0: the same
// packets make the same bytes.

import { joinedBytes } from "../joined_bytes.ts";
import type { Ratio } from "../media/video_format.ts";
import { box, type Bytes, fullBox, letters, u16, u32, u64, u8 } from "./boxes.ts";
import type { VideoDescription } from "./container.ts";
import { contentLightOf, masteringDisplayOf } from "./hdr.ts";
import { av1Configuration, readSequenceHeader } from "./sequence_header.ts";

export const trackId = 1;

/** Ticks a second where frames last differently long. */
const variableTimescale = 1_000_000;
/** Ticks a second at least: some players round times to few ticks. */
const leastTimescale = 10_000;
const most32 = 2 ** 32 - 1;

/** Ticks a second in which every frame of a constant rate has a whole number of ticks. */
export function timescaleOf(frameRate: Ratio, isConstant: boolean): number {
  if (!isConstant) return variableTimescale;
  const times = Math.max(1, Math.ceil(leastTimescale / frameRate.num));
  return frameRate.num * (frameRate.den * times <= most32 ? times : 1);
}

export interface TrackFacts {
  readonly video: VideoDescription;
  /** Ticks a second. */
  readonly timescale: number;
  /** In ticks; 0 where it is not known yet. */
  readonly duration: number;
  /** The whole OBU. */
  readonly sequenceHeader: Bytes;
}

/** The moov box. `tables`: boxes of the sample table behind the sample entry; `extra`: those behind the track. */
export function movie(facts: TrackFacts, tables: readonly Bytes[], ...extra: readonly Bytes[]): Bytes {
  const { video, timescale, duration } = facts;
  const isLong = duration > most32, time = isLong ? u64 : u32, version = isLong ? 1 : 0;
  const { num, den } = video.sampleAspectRatio;
  const fixed = (value: number) => u32(Math.round(value * 0x10000));
  return box(
    "moov",
    fullBox(
      "mvhd",
      version,
      0,
      time(0, 0),
      u32(timescale),
      time(duration),
      u32(0x10000),
      u16(0x100),
      zeros(10),
      unity,
      zeros(24),
      u32(trackId + 1),
    ),
    box(
      "trak",
      // Enabled, in the movie.
      fullBox(
        "tkhd",
        version,
        3,
        time(0, 0),
        u32(trackId, 0),
        time(duration),
        zeros(16),
        turned(video),
        fixed(video.width * num / den),
        fixed(video.height),
      ),
      box(
        "mdia",
        fullBox("mdhd", version, 0, time(0, 0), u32(timescale), time(duration), undetermined, zeros(2)),
        fullBox("hdlr", 0, 0, zeros(4), letters("vide"), zeros(12), letters("video\0")),
        box(
          "minf",
          fullBox("vmhd", 0, 1, zeros(8)),
          box("dinf", fullBox("dref", 0, 0, u32(1), fullBox("url ", 0, 1))),
          box("stbl", fullBox("stsd", 0, 0, u32(1), sampleEntry(facts)), ...tables),
        ),
      ),
    ),
    ...extra,
  );
}

/** The identity matrix. */
const unity = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);

/**
 * The matrix a b u, c d v, x y w, which takes the point (p, q) of the picture to (a p + c q + x, b p + d q + y): turned, and
 * moved back to where it was.
 */
function turned({ width, height, sampleAspectRatio: { num, den }, turn }: VideoDescription): Bytes {
  const one = 0x10000, wide = Math.min(most32, Math.round(width * num / den * one)), high = height * one;
  const minus = 2 ** 32 - one, last = 0x40000000;
  switch (turn) {
    case 0:
      return unity;
    case 90:
      return u32(0, one, 0, minus, 0, 0, high, 0, last);
    case 180:
      return u32(minus, 0, 0, 0, minus, 0, wide, high, last);
    case 270:
      return u32(0, minus, 0, one, 0, 0, 0, wide, last);
  }
}

/** "und", five bits a letter. */
const undetermined = u16(0x55c4);

export function zeros(bytes: number): Bytes {
  return new Uint8Array(bytes);
}

function sampleEntry({ video, sequenceHeader }: TrackFacts): Bytes {
  const { width, height, sampleAspectRatio } = video;
  const header = readSequenceHeader(sequenceHeader);
  const { num, den } = sampleAspectRatio;
  const compressor = zeros(32);
  compressor.set([10, ...letters("AOM Coding")]);
  return box(
    "av01",
    zeros(6),
    u16(1),
    zeros(16),
    u16(width, height),
    u32(72 * 0x10000, 72 * 0x10000, 0),
    u16(1),
    compressor,
    u16(0x18, 0xffff),
    box("av1C", av1Configuration(sequenceHeader)),
    box(
      "colr",
      letters("nclx"),
      u16(header.primaries, header.transfer, header.matrix),
      u8(header.isFullRange ? 0x80 : 0),
    ),
    ...(num === den ? [] : [box("pasp", u32(num, den))]),
    ...masteringDisplay(video),
    ...contentLight(video),
  );
}

/** Chromaticities in 50000ths, green, blue, red, white; luminances in 10000ths of a candela per square metre. */
function masteringDisplay(video: VideoDescription): Bytes[] {
  const display = masteringDisplayOf(video.masteringDisplay);
  if (display === undefined) return [];
  const { green, blue, red, white, maxLuminance, minLuminance } = display;
  const chromaticities = [...green, ...blue, ...red, ...white].map((value) => Math.round(value * 50000));
  const luminances = [maxLuminance, minLuminance].map((value) => Math.min(most32, Math.round(value * 10000)));
  return [box("mdcv", u16(...chromaticities), u32(...luminances))];
}

function contentLight(video: VideoDescription): Bytes[] {
  const light = contentLightOf(video.contentLight);
  return light === undefined ? [] : [box("clli", u16(light.maximum, light.frameAverage))];
}

/** The ftyp box. */
export function fileType(major: string, ...compatible: readonly string[]): Bytes {
  return box("ftyp", letters(major), u32(0), joinedBytes(compatible.map(letters)));
}
