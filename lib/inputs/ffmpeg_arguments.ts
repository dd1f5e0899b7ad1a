// The words of an ffmpeg command that turns a source into y4m streams, frame by frame: every decoded frame once, none
// doubled, none left out, none turned. A path is always the file of that very name: never an option, a protocol or, unless it
// is asked for, a pattern. The source may name other local files (a playlist), never the network. Each frame's time stamp is
// said on standard error by a filter of ours (child_log.ts), in the log's own lines, which ffmpeg never mixes.

import { fileUrl, plainPath } from "../machine/started_child.ts";
import { timesFilter } from "../pipe/child_log.ts";
import type { Ratio } from "../media/video_format.ts";

/** What is read. */
export interface FfmpegInput {
  readonly path: string;
  /** Numbered images: the path is a pattern with one %d or %0Nd in its last part. */
  readonly sequence?: { readonly firstNumber: number };
  /** A script for an ffmpeg that was built with AviSynth, which takes names as they are. */
  readonly isAviSynth?: boolean;
  /** y4m that another child writes, which this one has under this descriptor: the path is nothing to it. */
  readonly descriptor?: number;
  /** Index of the stream in the file. */
  readonly stream: number;
}

/** One y4m stream that is written. */
export interface FfmpegOutput {
  /** "pipe:1", or another descriptor that the child is given. */
  readonly target: string;
  /** Pixels; as the frames come where absent. */
  readonly size?: { readonly width: number; readonly height: number };
  /** Frames after which it ends; all where absent. */
  readonly frames?: number;
}

export interface FfmpegRequest {
  readonly input: FfmpegInput;
  /** The user's chain, before everything else. */
  readonly videoFilter?: string;
  /** Links that make frames what is encoded (pixel_formats.ts). */
  readonly conversion: readonly string[];
  /** At least one. Several are scaled from the same decoded frames. */
  readonly outputs: readonly FfmpegOutput[];
  /** Of what is scaled: it stays so. */
  readonly fullRange?: boolean;
  /** Of what is scaled: it stays so, although sides are rounded. */
  readonly sampleAspectRatio?: Ratio;
  /** How this ffmpeg is told to pass frames on (ffmpeg_version.ts). */
  readonly passthrough: readonly string[];
}

/**
 * How pictures of other sizes are made: swscale's bicubic filter, which widens with the step and so averages when it makes
 * them smaller, in the arithmetic that is the same on every machine.
 */
export const scalerFlags = "bicubic+accurate_rnd+full_chroma_int+bitexact";

/** All words behind the program's name. */
export function ffmpegArguments(request: FfmpegRequest): string[] {
  const { input, videoFilter, conversion, outputs, passthrough } = request;
  const chain = [
    ...(videoFilter === undefined ? [] : [videoFilter]),
    ...conversion,
    `${timesFilter}=checksum=0`,
  ].join(",");
  const log = ["-nostdin", "-hide_banner", "-nostats", "-loglevel", "repeat+level+info"];
  // Time stamps as the source has them: other streams' are told by the same clock.
  const source = [...log, "-copyts", "-noautorotate", ...inputArguments(input)];
  const toY4m = ({ target, frames }: FfmpegOutput) => {
    const limit = frames === undefined ? [] : ["-frames:v", `${frames}`];
    return [...passthrough, ...limit, "-f", "yuv4mpegpipe", "-strict", "-1", target];
  };
  const [only] = outputs;
  if (outputs.length === 1 && only!.size === undefined) {
    return [...source, "-map", `0:${input.stream}`, "-filter:v", chain, ...toY4m(only!)];
  }
  const names = outputs.map((_, index) => `size${index}`);
  const links = outputs.map(({ size }, index) => {
    return `[split${index}]${size === undefined ? "null" : scaledTo(size, request)}[${names[index]}]`;
  });
  const split = `split=${outputs.length}${names.map((_, index) => `[split${index}]`).join("")}`;
  const graph = [`[0:${input.stream}]${chain},${split}`, ...links].join(";");
  return [
    ...source,
    "-filter_complex",
    graph,
    ...outputs.flatMap((output, index) => ["-map", `[${names[index]}]`, ...toY4m(output)]),
  ];
}

/** Both ranges are named, since swscale makes full range limited where only the frames speak of it. */
function scaledTo(
  { width, height }: NonNullable<FfmpegOutput["size"]>,
  { fullRange = false, sampleAspectRatio }: FfmpegRequest,
): string {
  const range = fullRange ? "pc" : "tv";
  const aspect = sampleAspectRatio === undefined ? "" : `,setsar=${sampleAspectRatio.num}/${sampleAspectRatio.den}`;
  return `scale=w=${width}:h=${height}:in_range=${range}:out_range=${range}:flags=${scalerFlags}${aspect}`;
}

/** `-i` and what stands before it; ffprobe takes the same. */
export function inputArguments({ path, sequence, isAviSynth, descriptor }: Omit<FfmpegInput, "stream">): string[] {
  if (descriptor !== undefined) {
    return ["-protocol_whitelist", "pipe", "-f", "yuv4mpegpipe", "-i", `pipe:${descriptor}`];
  }
  if (isAviSynth) return ["-f", "avisynth", "-i", plainPath(path)];
  const local = ["-protocol_whitelist", "file,crypto,data"];
  if (sequence !== undefined) {
    const pattern = ["-f", "image2", "-pattern_type", "sequence", "-start_number", `${sequence.firstNumber}`];
    return [...local, ...pattern, "-i", fileUrl(literalFolder(path))];
  }
  return [...local, ...literalImage(path), "-i", fileUrl(path)];
}

/** Only the last part of a sequence's path is a pattern. */
function literalFolder(path: string): string {
  const name = path.lastIndexOf("/") + 1;
  return path.slice(0, name).replaceAll("%", "%%") + path.slice(name);
}

/** The names by which ffmpeg takes a path with a % in it for a pattern of images. */
const imageName =
  /\.(jpe?g|jpg|jps|mpo|mjpeg|ljpg|jls|j2[kc]|jp2|jpc|png|pns|mng|p[pngba]m|pgmyuv|pfm|phm|fits|img|tiff?|dng|sgi|rgba?|bw|ras|r[ls]8|im(1|8|24|32)|sun(ras)?|pcx|tga|dds|dpx|exr|cri|webp|svgz?|x(bm|pm|wd|face)|qoi|hdr|wbmp|bmp|pix|pict?|pct|pcd|ptx|psd|qdraw|cin|avif|heic|jxl|gem|vbn|y|yuv|raw|mpg\d-img|mpeg\d-img)$/i;

/** Never taken for a pattern. */
function literalImage(path: string): string[] {
  if (!path.includes("%")) return [];
  if (/\.gif$/i.test(path)) return ["-f", "gif"];
  return imageName.test(path) ? ["-f", "image2", "-pattern_type", "none"] : [];
}
