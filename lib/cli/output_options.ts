// What the output is told of the video and its source: from the settings and the input, with a line on what the container
// has no room for.

import type { OutputOptions } from "../encode/output.ts";
import type { EncoderSettings } from "../encode/settings.ts";
import type { StreamJoiner } from "../streams/join_streams.ts";
import type { EncodeCommand } from "./command.ts";
import type { EncodeInput } from "./encode_input.ts";
import type { EncodePlaces } from "./encode_places.ts";
import type { ProgressDisplay } from "./progress/display.ts";

export async function outputOptions(
  command: EncodeCommand,
  { output, format }: Pick<EncodePlaces, "output" | "format">,
  settings: EncoderSettings,
  input: EncodeInput,
  display: Pick<ProgressDisplay, "message">,
): Promise<OutputOptions> {
  const { width, height, sampleAspectRatio, masteringDisplay, contentLight, timeBase } = settings;
  return {
    format,
    width,
    height,
    sampleAspectRatio,
    masteringDisplay,
    contentLight,
    turn: input.kind === "pipe" ? input.source?.turn ?? 0 : 0,
    frameRate: { num: timeBase.den, den: timeBase.num },
    frames: input.frames,
    times: input.times,
    joiner: await joinerOf(command, { output, format }, input, display),
  };
}

/** Adds what else the source has; undefined where that is nothing, or nothing of it is wanted or can be held. */
async function joinerOf(
  command: EncodeCommand,
  { output, format }: Pick<EncodePlaces, "output" | "format">,
  input: EncodeInput,
  display: Pick<ProgressDisplay, "message">,
): Promise<StreamJoiner | undefined> {
  const opened = input.kind === "pipe" ? input.source : undefined, source = opened?.media;
  if (opened === undefined || !source || (source.others.length === 0 && source.chapters === 0)) return undefined;
  const { carriedStreams } = await import("../streams/carried.ts");
  const { audio, subtitles, limit, skip } = command, isCutBefore = skip > 0;
  const isStream = output.kind === "stream";
  const carried = carriedStreams(source, format, { audio, subtitles, isCutBefore, isStream });
  if (carried.leftOut !== undefined) display.message(carried.leftOut, "warning");
  if (carried.streams.length === 0 && !carried.chapters) return undefined;
  if (command.timeBase !== undefined) {
    display.message("--frame-rate is the video's alone: its other streams keep the source's times", "warning");
  }
  const { StreamJoiner } = await import("../streams/join_streams.ts");
  return new StreamJoiner({
    source: source.path,
    format,
    carried,
    hasEditList: /^mov/.test(source.container),
    isCutBefore,
    turn: opened.turn,
    sourceTimes: opened.times,
    times: input.times,
    limit,
    onSlow: (bytes) => display.message(`the video is complete (${bytes} bytes); the other streams are added to it`),
    onWarning: (text) => display.message(text, "warning"),
  });
}
