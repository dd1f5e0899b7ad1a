// Which streams of the source go into the output beside the video, and how: copied as they are where the container can hold
// them, plain text subtitles in the container's own notation; what is left out is said in one line. Only what ffmpeg's
// muxers are known to take is promised: what they refuse would cost the whole output.

import type { ContainerFormat } from "../containers/container.ts";
import type { SourceMedia, SourceStream } from "../media/source_media.ts";
import { printable } from "../media/printable.ts";
import type { StreamWishes } from "./wishes.ts";

export interface CarriedStream {
  /** In the source. */
  readonly index: number;
  readonly kind: "audio" | "subtitle" | "attachment" | "cover";
  /** Seconds on the source's clock. */
  readonly startSeconds: number;
  /** ffmpeg's name of the encoder that writes it anew; undefined: it is copied. */
  readonly encoder: string | undefined;
  /** ffmpeg's name of a bitstream filter that a stream needs. */
  readonly streamFilter?: string;
  /** Its first samples are not heard, and its container counts its times from before them. */
  readonly hasCodecDelay?: boolean;
  /** It is not copied as a stream but attached as a file like this. */
  readonly attached?: { readonly fileName: string; readonly mimeType: string };
}

export interface Carried {
  readonly streams: readonly CarriedStream[];
  readonly chapters: boolean;
  /** What is left out, one line; undefined where nothing is that was not asked for. */
  readonly leftOut: string | undefined;
}

/** ffprobe's names of codecs. */
export interface Holds {
  readonly audio: ReadonlySet<string>;
  readonly subtitle: ReadonlySet<string>;
  /** Plain text of other containers becomes this. */
  readonly textEncoder: string | undefined;
  readonly attachments: boolean;
  /** Pictures that are shown for the whole of it. */
  readonly covers: ReadonlySet<string>;
  readonly chapters: boolean;
}

const words = (text: string) => new Set(text.split(" "));
/** Subtitles that are text and times and little else. */
const plainText = words("subrip webvtt mov_text text");

const matroska: Holds = {
  audio: words(
    "aac ac3 alac dts eac3 flac mlp mp1 mp2 mp3 opus truehd tta vorbis wavpack " +
      "pcm_u8 pcm_s16le pcm_s24le pcm_s32le pcm_s16be pcm_s24be pcm_s32be pcm_f32le pcm_f64le",
  ),
  subtitle: words("ass ssa subrip webvtt dvb_subtitle dvd_subtitle hdmv_pgs_subtitle hdmv_text_subtitle"),
  textEncoder: "subrip",
  attachments: true,
  covers: words("mjpeg png"),
  chapters: true,
};
const webm: Holds = {
  audio: words("opus vorbis"),
  subtitle: words("webvtt"),
  textEncoder: "webvtt",
  attachments: false,
  covers: new Set(),
  chapters: true,
};
const mp4: Holds = {
  audio: words("aac ac3 alac dts eac3 flac mp3 opus vorbis"),
  subtitle: words("mov_text dvd_subtitle"),
  textEncoder: "mov_text",
  attachments: false,
  covers: words("mjpeg png bmp"),
  chapters: true,
};
const videoAlone: Holds = {
  audio: new Set(),
  subtitle: new Set(),
  textEncoder: undefined,
  attachments: false,
  covers: new Set(),
  chapters: false,
};
/** Of each container. */
export const holds: Readonly<Record<ContainerFormat, Holds>> = {
  mkv: matroska,
  webm,
  mp4,
  ivf: videoAlone,
  obu: videoAlone,
};

export function carriedStreams(source: SourceMedia, format: ContainerFormat, wishes: StreamWishes): Carried {
  const room = holds[format];
  const streams: CarriedStream[] = [], without: string[] = [];
  for (const stream of source.others) {
    // That one video of several is taken is said where it is chosen.
    if (stream.kind === "video" || !isWanted(stream, wishes) || isChapterTrack(stream, source)) continue;
    const way = wayOf(stream, room, wishes.isCutBefore);
    const name = `${nameOf(stream)} ${stream.index} (${printable(stream.codec)}`, isAdts = isAdtsAac(stream, source);
    const covers = streams.filter(({ kind }) => kind === "cover").length;
    if (way === undefined) without.push(`${name})`);
    else if (isAdts && format === "mkv" && wishes.isStream) {
      without.push(`${name} without the header that a stream needs first)`);
    } else if (way.kind === "cover" && format === "mp4" && wishes.isStream) {
      // Its fragments would have a track for it, without a picture.
      without.push(`${name} in a stream)`);
    } else {
      const filter = isAdts ? { streamFilter: "aac_adtstoasc" } : {};
      const attached = way.kind === "cover" && format === "mkv" ? { attached: coverFile(stream, covers) } : {};
      const delay = stream.codec === "opus" && format !== "mp4" ? { hasCodecDelay: true } : {};
      streams.push({
        index: stream.index,
        startSeconds: stream.startSeconds,
        ...way,
        ...filter,
        ...delay,
        ...attached,
      });
    }
  }
  const chapters = source.chapters > 0 && room.chapters;
  if (source.chapters > 0 && !chapters) without.push(`${source.chapters} chapters`);
  const leftOut = without.length === 0 ? undefined : `.${format} has no room for ${without.join(", ")}: left out`;
  return { streams, chapters, leftOut };
}

function isWanted({ kind }: SourceStream, { audio, subtitles }: StreamWishes): boolean {
  if (kind === "audio") return audio === "copy";
  return kind !== "subtitle" || subtitles === "copy";
}

function wayOf(
  { kind, codec }: SourceStream,
  room: Holds,
  isCutBefore: boolean,
): Pick<CarriedStream, "kind" | "encoder"> | undefined {
  switch (kind) {
    case "audio":
      return room.audio.has(codec) ? { kind, encoder: undefined } : undefined;
    case "subtitle":
      if (room.subtitle.has(codec)) return { kind, encoder: undefined };
      if (isCutBefore || !plainText.has(codec) || room.textEncoder === undefined) return undefined;
      return { kind, encoder: room.textEncoder };
    case "attachment":
      return room.attachments ? { kind, encoder: undefined } : undefined;
    case "cover":
      return room.covers.has(codec) ? { kind, encoder: undefined } : undefined;
    case "video":
    case "other":
      return undefined;
  }
}

/** Matroska's covers are attachments, known by their names (RFC 9559, section 21.1). */
function coverFile({ codec, fileName }: SourceStream, coversBefore: number): CarriedStream["attached"] {
  const number = coversBefore === 0 ? "" : `-${coversBefore + 1}`;
  return codec === "png"
    ? { fileName: fileName ?? `cover${number}.png`, mimeType: "image/png" }
    : { fileName: fileName ?? `cover${number}.jpg`, mimeType: "image/jpeg" };
}

/** Its packets say what a header says elsewhere: what is no file needs that header first. */
function isAdtsAac({ kind, codec }: SourceStream, { container }: SourceMedia): boolean {
  return kind === "audio" && codec === "aac" && /^(mpegts|hls)/.test(container);
}

/** MP4 has its chapters twice, once as a stream of titles. */
function isChapterTrack({ kind, codec }: SourceStream, { chapters }: SourceMedia): boolean {
  return kind === "other" && codec === "bin_data" && chapters > 0;
}

function nameOf({ kind }: SourceStream): string {
  return kind === "other" ? "stream" : kind;
}
