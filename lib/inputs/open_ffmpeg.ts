// Opens a file through ffmpeg: ffprobe says what is in it, ffmpeg is started, and what its first frame turns out to be has the
// last word on everything that filters may change.

import { InputError } from "../errors.ts";
import { sizeIfThere } from "../machine/files.ts";
import type { SourceMedia } from "../media/source_media.ts";
import { shellWord } from "../media/printable.ts";
import type { Ratio, VideoFormat } from "../media/video_format.ts";
import type { Y4mHeader } from "../media/y4m_header.ts";
import type { ChildCommand } from "../pipe/child_command.ts";
import { openChild } from "../pipe/open_pipe.ts";
import type { ChildStart } from "../pipe/reader_protocol.ts";
import { ffmpegArguments, type FfmpegOutput } from "./ffmpeg_arguments.ts";
import { type FfmpegVersion, readFfmpegVersion } from "./ffmpeg_version.ts";
import type { ImageSequence } from "./image_sequence.ts";
import { ListedTimes } from "./listed_times.ts";
import type { OpenedSource, OpenSourceRequest } from "./opened_source.ts";
import { type Conversion, conversionOf, readPixelFormat } from "./pixel_formats.ts";
import { needsFfmpeg, probeSource } from "./probe.ts";
import { colourOf } from "./probe_video.ts";
import { runTool } from "./run_tool.ts";
import type { SourceFacts } from "./source_facts.ts";
import { sourceWarnings } from "./source_warnings.ts";

/** What ffprobe and the command line say of a source that ffmpeg is to read. */
export interface FfmpegSource {
  readonly request: OpenSourceRequest;
  readonly sequence: ImageSequence | undefined;
  readonly version: FfmpegVersion;
  readonly media: SourceMedia;
  readonly conversion: Conversion;
}

/** What is known when the child's first frame has come, but for the pipe that it comes through. */
export type DescribedSource = Omit<OpenedSource, "pipe" | "command" | "times"> & { readonly times: ListedTimes };

/** Waits for the first frame. Throws InputError. */
export async function openFfmpeg(request: OpenSourceRequest, sequence?: ImageSequence): Promise<OpenedSource> {
  const source = await lookThroughFfmpeg(request, sequence);
  const command = ffmpegCommand(source, [{ target: "pipe:1" }]);
  const early: Float64Array[] = [], listed: { times?: ListedTimes } = {};
  const { header, pipe } = await openChild(request.name, command, {
    frameRateOverride: true,
    onStamps: (_first, stamps) => listed.times === undefined ? early.push(stamps) : listed.times.add(stamps),
    onEnd: (failure) => failure === undefined ? listed.times?.end() : listed.times?.fail(failure),
  });
  const described = describeSource(source, header, pipe.childStart ?? { clock: undefined, first: undefined });
  listed.times = described.times;
  for (const stamps of early) described.times.add(stamps);
  return { ...described, pipe, command };
}

/** Starts nothing but ffprobe. Throws InputError. */
export async function lookThroughFfmpeg(request: OpenSourceRequest, sequence?: ImageSequence): Promise<FfmpegSource> {
  const { path, name, wishes } = request;
  const [version, media] = await Promise.all([
    ffmpegVersion(name),
    probeSource({ path, sequence, isAviSynth: request.isAviSynth }),
  ]);
  const { video } = media;
  const conversion = conversionOf({ ...wishes, pixelFormat: video.pixelFormat, fullRange: video.format.fullRange });
  return { request, sequence, version, media, conversion };
}

/** What the first frame turned out to be has the last word. */
export function describeSource(source: FfmpegSource, header: Y4mHeader, start: ChildStart): DescribedSource {
  const { request, sequence, version, media, conversion } = source;
  const { path, name, wishes: { videoFilter, bitDepth }, skip, onIrregular, onNewClock } = request, { video } = media;
  const rate = rateOf(media, start, videoFilter);
  return {
    header: { ...header, format: formatOf(header, media, start, rate.frameRate, videoFilter), warnings: [] },
    media,
    times: new ListedTimes({
      timeBase: start.clock?.timeBase ?? video.timeBase,
      ...rate,
      skip,
      onNewClock: (frame, what) => {
        const hasOthers = media.others.some(({ kind }) => kind === "audio" || kind === "subtitle");
        const way = hasOthers
          ? `; sound and subtitles are out of step behind it, but not in what ffmpeg -i ${shellWord(path)} -c copy ` +
            "one-clock.mkv makes"
          : "; its frames follow those before";
        onNewClock?.(`${name}: frame ${frame} ${what}${way}`);
      },
      onIrregular: (frame, what) => onIrregular(`${name}: frame ${frame} ${what}`, rate.frameRate),
    }),
    facts: factsOf(media, start, videoFilter),
    reading: {
      via: "ffmpeg",
      stream: video.index,
      videoFilter: videoFilter ?? null,
      bitDepth: bitDepth ?? null,
      conversion: conversion.filters.join(","),
    },
    fingerprintPath: sequence === undefined ? path : null,
    warnings: sourceWarnings(name, media, start, videoFilter),
    notes: [
      `${name}: ${video.codec} in ${media.container.split(",")[0]}, read through ffmpeg ${version.name}`,
      ...(conversion.note === null ? [] : [conversion.note]),
    ],
  };
}

async function ffmpegVersion(name: string): Promise<FfmpegVersion> {
  const answer = await runTool("ffmpeg", ["-version"]);
  if (answer === undefined) throw new InputError(`Cannot read ${name}: ${needsFfmpeg("ffmpeg")}`);
  const version = readFfmpegVersion(answer.stdout);
  if (version === undefined) {
    const said = answer.errors.length === 0 ? "" : `: ${answer.errors.join("; ")}`;
    throw new InputError(`Cannot read ${name}: the ffmpeg on PATH does not say its version${said}`);
  }
  return version;
}

/** What is started to write these streams. */
export function ffmpegCommand(source: FfmpegSource, outputs: readonly FfmpegOutput[]): ChildCommand {
  const { request: { path, isAviSynth, wishes: { videoFilter } }, sequence, version, media, conversion } = source;
  const { video } = media;
  const bytes = sequence === undefined ? sizeIfThere(path) : undefined;
  // A filter may drop frames and change times as it likes.
  const isAsSaid = videoFilter === undefined;
  return {
    program: "ffmpeg",
    name: "ffmpeg",
    log: "ffmpeg",
    args: ffmpegArguments({
      input: { path, sequence, isAviSynth, stream: video.index },
      videoFilter,
      conversion: conversion.filters,
      outputs,
      passthrough: version.passthrough,
      fullRange: readPixelFormat(video.pixelFormat).kind === "rgb" ? false : video.format.fullRange,
      sampleAspectRatio: video.format.sampleAspectRatio,
    }),
    claims: {
      frames: isAsSaid ? sequence?.images ?? video.claimedFrames : null,
      endSeconds: isAsSaid ? video.claimedEnd : null,
    },
    file: bytes === undefined ? undefined : { path, bytes },
  };
}

/** A filter that sets the rate says so to the one behind it. */
function rateOf(
  { video }: SourceMedia,
  { clock }: ChildStart,
  videoFilter: string | undefined,
): { frameRate: Ratio; isConstant: boolean } {
  const source = { frameRate: video.format.frameRate, isConstant: !video.isVariable };
  if (videoFilter === undefined || clock?.frameRate === undefined || clock.frameRate === null) return source;
  const setsRate = /\b(fps|framerate|minterpolate)\b/.test(videoFilter);
  return setsRate || !video.isVariable ? { frameRate: clock.frameRate, isConstant: true } : source;
}

/** The header has what comes out; for what y4m has no place, or rav1e's reading of it is a guess, the source is asked. */
function formatOf(
  { format }: Y4mHeader,
  { video }: SourceMedia,
  { first }: ChildStart,
  frameRate: Ratio,
  videoFilter: string | undefined,
): VideoFormat {
  const known = readPixelFormat(video.pixelFormat);
  const isYuv420 = known.kind === "yuv" && known.chromaSampling === "4:2:0" && known.oddChroma === undefined;
  const range = first?.range === "pc" ? true : first?.range === "tv" ? false : undefined;
  return {
    ...format,
    frameRate,
    fullRange: format.fullRange ?? range ?? (videoFilter === undefined ? video.format.fullRange : undefined),
    chromaSamplePosition: format.chromaSampling !== "4:2:0"
      ? format.chromaSamplePosition
      : isYuv420
      ? video.format.chromaSamplePosition
      : "unknown",
  };
}

/** A frame's own words count more than the container's. */
function factsOf({ video }: SourceMedia, { first }: ChildStart, videoFilter: string | undefined): SourceFacts {
  const isRgb = readPixelFormat(video.pixelFormat).kind === "rgb";
  const said = {
    primaries: colourOf("primaries", first?.primaries) ?? video.primaries,
    transfer: colourOf("transfer", first?.transfer) ?? video.transfer,
    matrix: colourOf("matrix", first?.matrix) ?? video.matrix,
  };
  // A filter that maps tones takes away what described the brighter picture.
  const isCarried = (name: "masteringDisplay" | "contentLight") => videoFilter === undefined || first?.[name] === true;
  return {
    // Pictures in RGB that say nothing are sRGB, whose primaries are BT.709's.
    primaries: said.primaries ?? (isRgb ? "BT709" : null),
    transfer: said.transfer ?? (isRgb ? "SRGB" : null),
    matrix: isRgb ? "BT709" : said.matrix,
    masteringDisplay: isCarried("masteringDisplay") ? video.masteringDisplay : null,
    contentLight: isCarried("contentLight") ? video.contentLight : null,
  };
}
