// What proxies are made of, before any is begun: a file that ffmpeg decodes, or a script whose frames it is given; and what a
// picture is like once it has passed the user's filters, which only a picture tells.

import type { Library } from "../../ffi/library.ts";
import type { InputChoice } from "../inputs/choose_input.ts";
import { ffmpegCommand, type FfmpegSource, lookThroughFfmpeg, scriptThroughFfmpeg } from "../inputs/ffmpeg_source.ts";
import { describeSource } from "../inputs/open_ffmpeg.ts";
import type { OpenSourceRequest } from "../inputs/opened_source.ts";
import { aviSynthReader, vapourSynthReader } from "../inputs/script_reader.ts";
import { openChild } from "../pipe/open_pipe.ts";
import { Decoder } from "./decoder.ts";

/** Runs a script for its header, and decodes a frame where there are filters, with `library`. Throws InputError. */
export async function lookAtSource(
  choice: InputChoice,
  request: OpenSourceRequest,
  library: () => Promise<Library>,
): Promise<FfmpegSource> {
  const source = await unfiltered(choice, request);
  if (request.wishes.videoFilter === undefined) return source;
  using decoder = await Decoder.open({
    library: await library(),
    name: request.name,
    streams: 1,
    expectFrames: undefined,
    reader: source.reader,
    limit: 1,
    command: ([target], descriptor) => ffmpegCommand(source, [{ target: target!, frames: 1 }], descriptor),
  });
  const { header: { format } } = describeSource(source, decoder.pipes[0]!.header, decoder.start);
  return { ...source, picture: format };
}

async function unfiltered(choice: InputChoice, request: OpenSourceRequest): Promise<FfmpegSource> {
  switch (choice.via) {
    case "ffmpeg":
      return await lookThroughFfmpeg(request, choice.sequence);
    case "y4m":
      // ffmpeg reads that as well.
      return await lookThroughFfmpeg(request);
    case "vspipe":
      return await script(request, await vapourSynthReader(request));
    case "avisynth":
      return await script(request, await aviSynthReader(request));
  }
}

async function script(
  request: OpenSourceRequest,
  reader: Awaited<ReturnType<typeof aviSynthReader>>,
): Promise<FfmpegSource> {
  if (reader === "ffmpeg") return await lookThroughFfmpeg({ ...request, isAviSynth: true });
  const { header, pipe } = await openChild(request.name, reader);
  // It is run again when there is somebody to take its frames.
  pipe.close();
  return await scriptThroughFfmpeg(request, reader, header);
}
