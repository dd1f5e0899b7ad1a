// What a sequence header says of a stream (AV1 specification, section 5.5), as far as containers repeat it, and the
// av1C record that containers keep it in ("AV1 Codec ISO Media File Format Binding", section 2.3).

import { joinedBytes } from "../joined_bytes.ts";
import { obuAt } from "../media/obus.ts";

export interface SequenceHeader {
  readonly profile: number;
  /** seq_level_idx and seq_tier of the first operating point. */
  readonly level: number;
  readonly tier: number;
  readonly bitDepth: 8 | 10 | 12;
  readonly isMonochrome: boolean;
  /** 1 where chroma has half the samples. */
  readonly subsamplingX: 0 | 1;
  readonly subsamplingY: 0 | 1;
  /** 0 unknown, 1 vertical, 2 colocated. */
  readonly chromaSamplePosition: number;
  /** Code points of ITU-T H.273; 2 is unspecified. */
  readonly primaries: number;
  readonly transfer: number;
  readonly matrix: number;
  readonly isFullRange: boolean;
}

const unspecified = 2;
const srgb = { primaries: 1, transfer: 13, matrix: 0 } as const;

/** Reads the OBU of a sequence header, its header included. Throws RangeError where it ends too early. */
export function readSequenceHeader(obu: Uint8Array): SequenceHeader {
  const { payload, end } = obuAt(obu, 0) ?? { payload: 0, end: 0 };
  const bits = new Bits(obu.subarray(payload, end));
  const profile = bits.take(3);
  bits.take(1); // still_picture
  const isReduced = bits.take(1) === 1;
  const { level, tier } = isReduced ? { level: bits.take(5), tier: 0 } : operatingPoints(bits);
  const widthBits = bits.take(4) + 1, heightBits = bits.take(4) + 1;
  bits.take(widthBits);
  bits.take(heightBits);
  // frame_id_numbers_present_flag, then the two lengths.
  if (!isReduced && bits.take(1) === 1) bits.take(7);
  bits.take(3); // use_128x128_superblock, enable_filter_intra, enable_intra_edge_filter
  if (!isReduced) tools(bits);
  bits.take(3); // enable_superres, enable_cdef, enable_restoration
  return { profile, level, tier, ...colourConfig(bits, profile) };
}

/** The av1C record, with the sequence header in it. `obu` is the whole OBU. */
export function av1Configuration(obu: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const header = readSequenceHeader(obu);
  const { profile, level, tier, bitDepth, isMonochrome, subsamplingX, subsamplingY, chromaSamplePosition } = header;
  const flags = tier << 7 | Number(bitDepth > 8) << 6 | Number(bitDepth === 12) << 5 | Number(isMonochrome) << 4 |
    subsamplingX << 3 | subsamplingY << 2 | chromaSamplePosition;
  // Marker and version 1; no initial presentation delay.
  return joinedBytes([new Uint8Array([0x81, profile << 5 | level, flags, 0]), obu]);
}

/** Timing, decoder model and operating points. */
function operatingPoints(bits: Bits): { level: number; tier: number } {
  let hasDecoderModel = false, delayBits = 0;
  if (bits.take(1) === 1) {
    bits.take(32);
    bits.take(32);
    if (bits.take(1) === 1) bits.takeUvlc();
    hasDecoderModel = bits.take(1) === 1;
    if (hasDecoderModel) {
      delayBits = bits.take(5) + 1;
      bits.take(32);
      bits.take(10);
    }
  }
  const hasDisplayDelay = bits.take(1) === 1;
  const points = bits.take(5) + 1;
  let first: { level: number; tier: number } | undefined;
  for (let point = 0; point < points; point++) {
    bits.take(12);
    const level = bits.take(5), tier = level > 7 ? bits.take(1) : 0;
    first ??= { level, tier };
    if (hasDecoderModel && bits.take(1) === 1) {
      bits.take(delayBits);
      bits.take(delayBits);
      bits.take(1);
    }
    if (hasDisplayDelay && bits.take(1) === 1) bits.take(4);
  }
  return first!;
}

/** Coding tools of sequences that are no still pictures. */
function tools(bits: Bits): void {
  bits.take(4); // enable_interintra_compound, enable_masked_compound, enable_warped_motion, enable_dual_filter
  const hasOrderHint = bits.take(1) === 1;
  if (hasOrderHint) bits.take(2); // enable_jnt_comp, enable_ref_frame_mvs
  const choosesScreenTools = bits.take(1) === 1;
  const hasScreenTools = choosesScreenTools || bits.take(1) === 1;
  // seq_choose_integer_mv, else seq_force_integer_mv
  if (hasScreenTools && bits.take(1) === 0) bits.take(1);
  if (hasOrderHint) bits.take(3);
}

/** color_config(), section 5.5.2. */
function colourConfig(bits: Bits, profile: number): Omit<SequenceHeader, "profile" | "level" | "tier"> {
  const isHigh = bits.take(1) === 1;
  const isTwelve = isHigh && profile === 2 && bits.take(1) === 1;
  const bitDepth = isTwelve ? 12 : isHigh ? 10 : 8;
  const isMonochrome = profile !== 1 && bits.take(1) === 1;
  const isDescribed = bits.take(1) === 1;
  const primaries = isDescribed ? bits.take(8) : unspecified;
  const transfer = isDescribed ? bits.take(8) : unspecified;
  const matrix = isDescribed ? bits.take(8) : unspecified;
  const colour = { bitDepth, isMonochrome, primaries, transfer, matrix } as const;
  if (isMonochrome) {
    const isFullRange = bits.take(1) === 1;
    return { ...colour, isFullRange, subsamplingX: 1, subsamplingY: 1, chromaSamplePosition: 0 };
  }
  if (primaries === srgb.primaries && transfer === srgb.transfer && matrix === srgb.matrix) {
    return { ...colour, isFullRange: true, subsamplingX: 0, subsamplingY: 0, chromaSamplePosition: 0 };
  }
  const isFullRange = bits.take(1) === 1;
  let subsamplingX: 0 | 1 = 1, subsamplingY: 0 | 1 = 1;
  if (profile === 1) subsamplingX = subsamplingY = 0;
  else if (profile === 2) {
    subsamplingX = bitDepth === 12 ? bits.take(1) as 0 | 1 : 1;
    subsamplingY = bitDepth === 12 && subsamplingX === 1 ? bits.take(1) as 0 | 1 : 0;
  }
  const chromaSamplePosition = subsamplingX === 1 && subsamplingY === 1 ? bits.take(2) : 0;
  return { ...colour, isFullRange, subsamplingX, subsamplingY, chromaSamplePosition };
}

/** Bits of bytes, the highest first. */
class Bits {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Up to 32 bits as a number. */
  take(count: number): number {
    let value = 0;
    for (let n = 0; n < count; n++, this.#at++) {
      const byte = this.#bytes[this.#at >> 3];
      if (byte === undefined) throw new RangeError(`Cannot read the sequence header: it ends after ${this.#at} bits`);
      value = value * 2 + (byte >> (7 - (this.#at & 7)) & 1);
    }
    return value;
  }

  /** uvlc(), section 4.10.3; its value is not asked for. */
  takeUvlc(): void {
    let zeros = 0;
    while (this.take(1) === 0) zeros++;
    if (zeros < 32) this.take(zeros);
  }
}
