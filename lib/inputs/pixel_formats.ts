// What ffmpeg calls pixel formats, and what becomes of each on the way to the encoder: 8, 10 or 12 bits of planar 4:0:0,
// 4:2:0, 4:2:2 or 4:4:4, which are what a y4m can hold and rav1e takes. Nothing is lost that need not be, the range stays as
// it was, and what is lost is said. Names that are not known here are left to ffmpeg's own judgement, as 4:2:0.

import type { ChromaSampling } from "../media/video_format.ts";
import { filterAdvice } from "./filter_advice.ts";

export type BitDepth = 8 | 10 | 12;

export interface PixelFormat {
  readonly kind: "yuv" | "gray" | "rgb" | "unknown";
  readonly chromaSampling: ChromaSampling;
  /** Bits a sample that the name speaks of, 1 to 32. */
  readonly bits: number;
  readonly hasAlpha: boolean;
  /** Some names say by themselves that the range is full. */
  readonly isFullRange: boolean;
  /** Chroma that no y4m can hold, in words. */
  readonly oddChroma: "4:1:1" | "4:1:0" | "4:4:0" | undefined;
}

/** Semi-planar and packed formats, by the name without byte order: chroma and bits. */
const packed: ReadonlyMap<string, readonly [ChromaSampling, number]> = new Map(
  [
    ["nv12", ["4:2:0", 8]],
    ["nv21", ["4:2:0", 8]],
    ["nv16", ["4:2:2", 8]],
    ["nv20", ["4:2:2", 10]],
    ["nv24", ["4:4:4", 8]],
    ["nv42", ["4:4:4", 8]],
    ["p010", ["4:2:0", 10]],
    ["p012", ["4:2:0", 12]],
    ["p016", ["4:2:0", 16]],
    ["p210", ["4:2:2", 10]],
    ["p212", ["4:2:2", 12]],
    ["p216", ["4:2:2", 16]],
    ["p410", ["4:4:4", 10]],
    ["p412", ["4:4:4", 12]],
    ["p416", ["4:4:4", 16]],
    ["yuyv422", ["4:2:2", 8]],
    ["yvyu422", ["4:2:2", 8]],
    ["uyvy422", ["4:2:2", 8]],
    ["y210", ["4:2:2", 10]],
    ["y212", ["4:2:2", 12]],
    ["y216", ["4:2:2", 16]],
    ["xv30", ["4:4:4", 10]],
    ["xv36", ["4:4:4", 12]],
    ["xv48", ["4:4:4", 16]],
    ["vuyx", ["4:4:4", 8]],
    ["vyu444", ["4:4:4", 8]],
    ["v30x", ["4:4:4", 10]],
  ] as const,
);

const packedAlpha: ReadonlyMap<string, number> = new Map([["vuya", 8], ["ayuv", 8], ["uyva", 8], ["ayuv64", 16]]);
const planes = { "4": "4:4:4", "2": "4:2:2", "0": "4:2:0" } as const;

/** Reads one of ffmpeg's names. */
export function readPixelFormat(name: string): PixelFormat {
  const plain = name.replace(/(le|be)$/, "");
  const base = { hasAlpha: false, isFullRange: false, oddChroma: undefined } as const;
  const planar = /^yuv(a?)(j?)4([0-4])([0-4])p(\d{1,2})?$/.exec(plain);
  if (planar !== null) {
    const [, alpha, full, across, down] = planar;
    const common = {
      ...base,
      kind: "yuv",
      bits: Number(planar[5] ?? 8),
      hasAlpha: alpha !== "",
      isFullRange: full !== "",
    } as const;
    if (across === "4" && down === "4") return { ...common, chromaSampling: "4:4:4" };
    if (across === "4") return { ...common, chromaSampling: "4:4:4", oddChroma: "4:4:0" };
    if (across === "1") return { ...common, chromaSampling: "4:2:0", oddChroma: down === "1" ? "4:1:1" : "4:1:0" };
    return { ...common, chromaSampling: planes[down as keyof typeof planes] ?? "4:2:0" };
  }
  const found = packed.get(plain), alpha = packedAlpha.get(plain);
  if (found !== undefined) return { ...base, kind: "yuv", chromaSampling: found[0], bits: found[1] };
  if (alpha !== undefined) return { ...base, kind: "yuv", chromaSampling: "4:4:4", bits: alpha, hasAlpha: true };
  if (plain === "uyyvyy411") return { ...base, kind: "yuv", chromaSampling: "4:2:0", bits: 8, oddChroma: "4:1:1" };
  const gray = /^(?:gray|ya)(f?)(\d{1,2})?$/.exec(plain);
  if (gray !== null) {
    const bits = Number(gray[2] ?? 8);
    return { ...base, kind: "gray", chromaSampling: "4:0:0", bits, hasAlpha: plain.startsWith("ya") };
  }
  if (/^mono[wb]$/.test(plain)) return { ...base, kind: "gray", chromaSampling: "4:0:0", bits: 1 };
  const rgb = /^(?:gbr(a?)pf?(\d{1,2})?|[argbx0]{3,4}f?(\d{1,3})?(?:_byte)?|x2(?:rgb|bgr)10|pal8|bayer_.*|xyz12)$/.exec(
    plain,
  );
  if (rgb === null) return { ...base, kind: "unknown", chromaSampling: "4:2:0", bits: 8 };
  return {
    ...base,
    kind: "rgb",
    chromaSampling: "4:2:0",
    bits: rgbBits(plain, rgb),
    hasAlpha: rgbHasAlpha(plain, rgb),
  };
}

/** Packed RGB names the bits of a whole pixel (rgb48) or, below 8 a sample, of each (rgb565); planar RGB those of a sample. */
function rgbBits(name: string, [, , planar, whole]: RegExpExecArray): number {
  if (name.startsWith("gbr")) return Number(planar ?? 8);
  if (name.startsWith("x2")) return 10;
  if (name === "xyz12") return 12;
  // A palette's entries have 8 bits a sample.
  if (name === "pal8") return 8;
  if (name.startsWith("bayer_")) return Number(/\d+$/.exec(name)?.[0] ?? 8);
  if (name.includes("f")) return Number(whole);
  const channels = /^[argbx0]*/.exec(name)![0].length, pixel = Number(whole ?? 0);
  return pixel > 200 || pixel < 8 * channels ? 8 : Math.floor(pixel / channels);
}

function rgbHasAlpha(name: string, [, planarAlpha]: RegExpExecArray): boolean {
  // A palette's entries may be transparent; nobody knows before they are seen, and few are.
  return planarAlpha === "a" || (/^[argbx0]{4}/.test(name) && name.includes("a") && !name.startsWith("gbr"));
}

/** Bits a sample that are encoded where nothing else is asked for: no fewer than there are, as far as rav1e goes. */
export function servedDepth(bits: number): BitDepth {
  return bits <= 8 ? 8 : bits <= 10 ? 10 : 12;
}

/** ffmpeg's name of what is encoded. */
export function servedName(chromaSampling: ChromaSampling, bitDepth: BitDepth): string {
  const layout = chromaSampling === "4:0:0" ? "gray" : `yuv${chromaSampling.replaceAll(":", "")}p`;
  return bitDepth === 8 ? layout : `${layout}${bitDepth}le`;
}

/** Every name that can be encoded, of one depth or of all. */
export function servedNames(bitDepth?: BitDepth): string[] {
  const depths = bitDepth === undefined ? [8, 10, 12] as const : [bitDepth];
  const samplings = ["4:2:0", "4:2:2", "4:4:4", "4:0:0"] as const;
  return depths.flatMap((depth) => samplings.flatMap((sampling) => withFullRangeName(servedName(sampling, depth))));
}

/** The same samples under the name that says by itself that their range is full: allowed, so that nothing is converted. */
function withFullRangeName(name: string): string[] {
  const full = /^yuv(4\d\dp)$/.exec(name);
  return full === null ? [name] : [name, `yuvj${full[1]}`];
}

export interface Conversion {
  /** Links of an ffmpeg filter chain, in order. */
  readonly filters: readonly string[];
  /** What is encoded; undefined where the user's chain decides it. */
  readonly encoded: { readonly chromaSampling: ChromaSampling; readonly bitDepth: BitDepth } | undefined;
  /** What is lost or changed, one clause for the user; null where nothing is. */
  readonly note: string | null;
}

export interface ConversionRequest {
  /** ffmpeg's name of the decoded format. */
  readonly pixelFormat: string;
  /** What the source says; undefined where it is silent. */
  readonly fullRange: boolean | undefined;
  /** Asked for by the user. */
  readonly bitDepth: BitDepth | undefined;
  /** The user's chain, which comes before. */
  readonly videoFilter: string | undefined;
}

/** How decoded frames become what is encoded. */
export function conversionOf({ pixelFormat, fullRange, bitDepth, videoFilter }: ConversionRequest): Conversion {
  // A chain that names a format has said what it wants.
  if (videoFilter !== undefined && /\bformat\s*=/.test(videoFilter)) {
    return { filters: [`format=${servedNames(bitDepth).join("|")}`], encoded: undefined, note: null };
  }
  const format = readPixelFormat(pixelFormat);
  const encoded = { chromaSampling: format.chromaSampling, bitDepth: bitDepth ?? servedDepth(format.bits) };
  const name = servedName(encoded.chromaSampling, encoded.bitDepth);
  const filters = [
    ...scaling(format, encoded.bitDepth, fullRange, videoFilter),
    `format=${withFullRangeName(name).join("|")}`,
  ];
  return { filters, encoded, note: noteOn(format, pixelFormat, name, encoded.bitDepth) };
}

/** swscale takes what it is not told: RGB becomes BT.601, and full range limited range. */
function scaling(
  format: PixelFormat,
  bitDepth: BitDepth,
  fullRange: boolean | undefined,
  filter: string | undefined,
): string[] {
  if (format.kind === "rgb") {
    return ["scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int"];
  }
  const isFull = fullRange ?? format.isFullRange;
  const isKept = bitDepth === format.bits && format.kind === "yuv" && format.oddChroma === undefined;
  if (!isFull || isKept || (filter !== undefined && /range/.test(filter))) return [];
  return ["scale=in_range=pc:out_range=pc"];
}

function noteOn(format: PixelFormat, from: string, to: string, bitDepth: BitDepth): string | null {
  const losses = [
    format.kind === "rgb" ? "as BT.709 of limited range" : undefined,
    format.kind === "unknown" ? "a format that is not known here" : undefined,
    format.oddChroma === undefined ? undefined : `${format.oddChroma} cannot be encoded`,
    format.bits > bitDepth ? `${format.bits} bits a sample become ${bitDepth}` : undefined,
    format.hasAlpha ? "transparency is left out" : undefined,
  ].filter((loss) => loss !== undefined);
  if (losses.length === 0) return null;
  const way = format.kind === "rgb"
    ? filterAdvice(`format=${servedName("4:4:4", bitDepth)}`, "keeps all of its colours' detail")
    : "";
  return `${from} is converted to ${to}: ${losses.join(", ")}${way}`;
}
