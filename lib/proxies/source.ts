// TEMPORARY until lib/inputs has its probe.
import { InputError } from "../errors.ts";
import { conversionOf } from "../inputs/pixel_formats.ts";
import { readFfmpegVersion } from "../inputs/ffmpeg_version.ts";
import { ffmpegArguments, type FfmpegOutput, inputArguments } from "../inputs/ffmpeg_arguments.ts";
import type { ChildCommand } from "../pipe/child_command.ts";

export interface ProxySource {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly notes: readonly string[];
  command(outputs: readonly FfmpegOutput[]): ChildCommand;
}

export async function lookAtSource(path: string, name: string): Promise<ProxySource> {
  const run = async (program: string, args: string[]) => {
    const { stdout } = await new Deno.Command(program, { args, stdin: "null", stderr: "null" }).output();
    return new TextDecoder().decode(stdout);
  };
  const version = readFfmpegVersion(await run("ffmpeg", ["-version"]));
  const probe = JSON.parse(
    await run("ffprobe", ["-v", "error", "-of", "json", "-show_streams", ...inputArguments({ path })]),
  );
  const video = probe.streams?.find((stream: { codec_type: string }) => stream.codec_type === "video");
  if (video === undefined || version === undefined) throw new InputError(`Cannot read ${name}: no video in it`);
  const fullRange = video.color_range === "pc" ? true : video.color_range === "tv" ? false : undefined;
  const conversion = conversionOf({
    pixelFormat: video.pix_fmt,
    fullRange,
    bitDepth: undefined,
    videoFilter: undefined,
  });
  const [num, den] = (video.sample_aspect_ratio ?? "1:1").split(":").map(Number);
  return {
    name,
    width: video.width,
    height: video.height,
    notes: conversion.note === null ? [] : [conversion.note],
    command: (outputs) => ({
      program: "ffmpeg",
      name: "ffmpeg",
      log: "ffmpeg",
      claims: { frames: null, endSeconds: null },
      args: ffmpegArguments({
        input: { path, stream: video.index },
        conversion: conversion.filters,
        outputs,
        passthrough: version.passthrough,
        fullRange,
        sampleAspectRatio: num > 0 ? { num, den } : { num: 1, den: 1 },
      }),
    }),
  };
}
