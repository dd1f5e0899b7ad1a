// What ffprobe says of a file, as SourceMedia. It reads the head of the file, not its frames: what only decoding shows (how
// many there are, when each is shown) is never taken from here for more than a claim.

import { InputError } from "../errors.ts";
import { fileUrl } from "../machine/started_child.ts";
import { quotedPath } from "../media/printable.ts";
import type { SourceMedia, SourceStream } from "../media/source_media.ts";
import { refusedProtocol } from "../pipe/child_log.ts";
import { type FfmpegInput, inputArguments } from "./ffmpeg_arguments.ts";
import { contentLightOf, masteringDisplayOf } from "./hdr_metadata.ts";
import { readPixelFormat } from "./pixel_formats.ts";
import { type Fields, fieldsOf, listOf, nameOf, secondsOf, wholeOf } from "./probe_fields.ts";
import { sourceVideo } from "./probe_video.ts";
import { runTool } from "./run_tool.ts";

/** Packets from which the first frame, and what it says of itself, surely come. */
const firstPackets = 8;
/** Of an attachment. */
const mostNameChars = 1000;
/** Text in letters of colour (ansi art): no video that anyone means. */
const notVideo = ["tty"];

type ProbeInput = Omit<FfmpegInput, "stream">;

/** Whatever video stream comes first, covers aside. Throws InputError: no ffprobe, no video, nothing that can be read. */
export async function probeSource(input: ProbeInput): Promise<SourceMedia> {
  const { path } = input;
  const refuse = (what: string) => new InputError(`Cannot read ${quotedPath(path)}: ${what}`);
  const answer = await ffprobe(input, ["-show_streams", "-show_format", "-show_chapters", "-show_programs"], refuse);
  const format = fieldsOf(answer.format), streams = listOf(answer.streams);
  const container = nameOf(format.format_name) ?? "unknown";
  if (notVideo.includes(container)) throw refuse("it is text, not a video");
  const found = streams.find((stream) => stream.codec_type === "video" && !isCover(stream));
  if (found === undefined) {
    const kinds = [...new Set(streams.map(kindOf))].filter((kind) => kind !== "other");
    throw refuse(`there is no video in it${kinds.length > 0 ? `, only ${kinds.join(", ")}` : ""}`);
  }
  const video = sourceVideo(found, refuse);
  const programs = programsOf(listOf(answer.programs), video.index);
  const sides = [...listOf(found.side_data_list), ...await firstFrameSides(input, found, refuse)];
  return {
    path,
    container,
    video: {
      ...video,
      masteringDisplay: masteringDisplayOf(sides),
      contentLight: contentLightOf(sides),
      // Frames of one picture last as long as anybody likes.
      isVariable: video.isVariable && container !== "image2",
    },
    others: streams.filter((stream) => stream !== found).flatMap(otherStream)
      .filter(({ index }) => !programs.foreign.has(index)),
    otherPrograms: programs.others,
    chapters: listOf(answer.chapters).length,
  };
}

/** HDR10's metadata may be in the frames alone, and only frames of more than 8 bits have any. */
async function firstFrameSides(
  input: ProbeInput,
  stream: Fields,
  refuse: (what: string) => InputError,
): Promise<Fields[]> {
  if (readPixelFormat(nameOf(stream.pix_fmt) ?? "").bits <= 8) return [];
  const wanted = [
    "-select_streams",
    `${wholeOf(stream.index)}`,
    "-show_frames",
    "-show_entries",
    "frame=side_data_list",
  ];
  const answer = await ffprobe(input, [...wanted, "-read_intervals", `%+#${firstPackets}`], refuse);
  return listOf(answer.frames).flatMap((frame) => listOf(frame.side_data_list));
}

async function ffprobe(
  input: ProbeInput,
  wanted: readonly string[],
  refuse: (what: string) => InputError,
): Promise<Fields> {
  const words = ["-hide_banner", "-loglevel", "error", "-of", "json=c=1", ...wanted, ...inputArguments(input)];
  const answer = await runTool("ffprobe", words, refusedProtocol);
  if (answer === undefined) throw refuse(needsFfmpeg("ffprobe"));
  if (answer.refusal !== undefined) throw refuse(answer.refusal);
  if (answer.signal !== null) throw refuse(`ffprobe was ended by ${answer.signal}`);
  if (answer.code !== 0) {
    // The file's name stands before the reason.
    const said = answer.errors.map((line) => line.slice(line.lastIndexOf("] ") < 0 ? 0 : line.lastIndexOf("] ") + 2));
    const prefix = `${fileUrl(input.path)}: `;
    const why = said.map((line) => line.startsWith(prefix) ? line.slice(prefix.length) : line).join("; ");
    throw refuse(why === "" ? `ffprobe ended with exit code ${answer.code}` : `ffprobe says: ${why}`);
  }
  try {
    return fieldsOf(JSON.parse(answer.stdout));
  } catch (error) {
    throw refuse(`ffprobe's answer is no JSON: ${error instanceof Error ? error.message : error}`);
  }
}

/** What to say where a program of ffmpeg's is missing. */
export function needsFfmpeg(program: "ffmpeg" | "ffprobe"): string {
  return `it is not y4m, and ${program}, which reads everything else, is not on PATH; install ffmpeg ` +
    "(Debian: apt install ffmpeg; macOS: brew install ffmpeg)";
}

/** Which programs the video is no part of, and the streams that are in those alone. Nothing where it is in none. */
function programsOf(programs: readonly Fields[], video: number): { others: number[]; foreign: ReadonlySet<number> } {
  const members = programs.map((program) => ({
    id: wholeOf(program.program_id),
    streams: listOf(program.streams).flatMap(({ index }) => wholeOf(index) ?? []),
  }));
  const own = members.filter(({ streams }) => streams.includes(video));
  const others = members.filter(({ streams }) => streams.length > 0 && !streams.includes(video));
  if (own.length === 0) return { others: [], foreign: new Set() };
  const ours = new Set(own.flatMap(({ streams }) => streams));
  return {
    others: others.flatMap(({ id }) => id ?? []),
    foreign: new Set(others.flatMap(({ streams }) => streams).filter((index) => !ours.has(index))),
  };
}

function isCover(stream: Fields): boolean {
  const { attached_pic: cover, timed_thumbnails: thumbnails } = fieldsOf(stream.disposition);
  return cover === 1 || thumbnails === 1;
}

function kindOf(stream: Fields): SourceStream["kind"] {
  switch (stream.codec_type) {
    case "audio":
    case "subtitle":
    case "attachment":
      return stream.codec_type;
    default:
      return isCover(stream) ? "cover" : stream.codec_type === "video" ? "video" : "other";
  }
}

function fileNameOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" && value.length <= mostNameChars && !value.includes("\0")
    ? value
    : undefined;
}

function otherStream(stream: Fields): SourceStream[] {
  const index = wholeOf(stream.index, 0, 10_000);
  if (index === undefined) return [];
  const fileName = fileNameOf(fieldsOf(stream.tags).filename);
  return [{
    index,
    kind: kindOf(stream),
    codec: nameOf(stream.codec_name) ?? "unknown",
    ...(fileName === undefined ? {} : { fileName }),
    startSeconds: secondsOf(stream.start_time) ?? 0,
  }];
}
