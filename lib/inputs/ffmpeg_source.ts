// A source that ffmpeg is to read, before it is started: what ffprobe, or a script's header, says of it, what is to become of
// its frames, and the command that follows from that.

import { InputError } from "../errors.ts";
import { sizeIfThere } from "../machine/files.ts";
import type { SourceMedia } from "../media/source_media.ts";
import type { VideoFormat } from "../media/video_format.ts";
import type { Y4mHeader } from "../media/y4m_header.ts";
import type { ChildCommand } from "../pipe/child_command.ts";
import { ffmpegArguments, type FfmpegOutput } from "./ffmpeg_arguments.ts";
import { type FfmpegVersion, readFfmpegVersion } from "./ffmpeg_version.ts";
import type { ImageSequence } from "./image_sequence.ts";
import type { OpenSourceRequest } from "./opened_source.ts";
import { type Conversion, conversionOf, readPixelFormat, servedName } from "./pixel_formats.ts";
import { needsFfmpeg, probeSource } from "./probe.ts";
import { runTool } from "./run_tool.ts";
import { noFacts } from "./source_facts.ts";

/** What ffprobe and the command line say of a source that ffmpeg is to read. */
export interface FfmpegSource {
  readonly request: OpenSourceRequest;
  readonly sequence: ImageSequence | undefined;
  readonly version: FfmpegVersion;
  readonly media: SourceMedia;
  readonly conversion: Conversion;
  /** The program that writes y4m into it, where the source is a script. */
  readonly reader?: ChildCommand;
  /** What frames are like behind the user's filters, where that has been looked at. */
  readonly picture?: VideoFormat;
}

/** Starts nothing but ffprobe. Throws InputError. */
export async function lookThroughFfmpeg(request: OpenSourceRequest, sequence?: ImageSequence): Promise<FfmpegSource> {
  const { path, name } = request;
  const [version, media] = await Promise.all([
    ffmpegVersion(name),
    probeSource({ path, sequence, isAviSynth: request.isAviSynth }),
  ]);
  return { ...sourceOf(request, version, media), sequence };
}

/** The same for a script whose frames `reader` writes, with this header. */
export async function scriptThroughFfmpeg(
  request: OpenSourceRequest,
  reader: ChildCommand,
  header: Y4mHeader,
): Promise<FfmpegSource> {
  const media = mediaOfY4m(request.path, header);
  const claims = { ...reader.claims, frames: header.announcedFrames ?? null };
  return { ...sourceOf(request, await ffmpegVersion(request.name), media), reader: { ...reader, claims } };
}

function sourceOf(request: OpenSourceRequest, version: FfmpegVersion, media: SourceMedia): FfmpegSource {
  const { video: { pixelFormat, format: { fullRange } } } = media;
  const conversion = conversionOf({ ...request.wishes, pixelFormat, fullRange });
  return { request, sequence: undefined, version, media, conversion };
}

/** All that y4m says. */
function mediaOfY4m(path: string, { format, announcedFrames }: Y4mHeader): SourceMedia {
  const { frameRate: { num, den }, chromaSampling, bitDepth } = format;
  const video = {
    ...{ index: 0, codec: "rawvideo", format, pixelFormat: servedName(chromaSampling, bitDepth) },
    ...{
      timeBase: { num: den, den: num },
      startSeconds: 0,
      rotation: 0,
      isMirrored: false,
      isInterlaced: false,
      isVariable: false,
    },
    ...{ claimedFrames: announcedFrames ?? null, claimedEnd: null },
    ...noFacts,
  };
  return { path, container: "yuv4mpegpipe", video, others: [], otherPrograms: [], chapters: 0 };
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

/** What is started to write these streams. `descriptor`: where the source has a reader, under what it has that one's y4m. */
export function ffmpegCommand(
  source: FfmpegSource,
  outputs: readonly FfmpegOutput[],
  descriptor?: number,
): ChildCommand {
  const { request: { path, isAviSynth, wishes: { videoFilter } }, sequence, version, media, conversion, picture } =
    source;
  const { video } = media;
  const bytes = sequence === undefined && descriptor === undefined ? sizeIfThere(path) : undefined;
  // A filter may drop frames and change times as it likes.
  const isAsSaid = videoFilter === undefined;
  return {
    program: "ffmpeg",
    name: "ffmpeg",
    log: "ffmpeg",
    args: ffmpegArguments({
      input: { path, sequence, isAviSynth, descriptor, stream: video.index },
      videoFilter,
      conversion: conversion.filters,
      outputs,
      passthrough: version.passthrough,
      fullRange: picture !== undefined
        ? picture.fullRange
        : readPixelFormat(video.pixelFormat).kind === "rgb"
        ? false
        : video.format.fullRange,
      sampleAspectRatio: (picture ?? video.format).sampleAspectRatio,
    }),
    claims: {
      frames: isAsSaid ? sequence?.images ?? video.claimedFrames : null,
      endSeconds: isAsSaid ? video.claimedEnd : null,
    },
    file: bytes === undefined ? undefined : { path, bytes },
  };
}
