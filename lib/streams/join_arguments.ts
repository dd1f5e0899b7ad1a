// The words of the ffmpeg command that puts a complete video and what its source has beside it into one container. Times
// are the source's own (-copyts), moved together so that nothing is before 0: where the encode begins with the source's
// first frame, sound that begins before it stays before it; where frames were skipped it is left out. Nothing of the day or
// of chance goes into the output: the same command writes the same bytes.

import type { ContainerFormat } from "../containers/container.ts";
import { fileUrl } from "../machine/started_child.ts";
import type { Carried } from "./carried.ts";
import { delayFilter } from "./codec_delay.ts";

export interface JoinRequest {
  /** Where ffmpeg reads the video, in the same container; frame 0 is at 0. "file:" and a path, or "pipe:" and a number. */
  readonly video: string;
  /** A path. */
  readonly source: string;
  /** Where it writes, as `video`. */
  readonly made: string;
  /** Milliseconds to add to the times of streams, by their index in the source (delaysToAdd). */
  readonly delays?: ReadonlyMap<number, number>;
  /** Nothing can be patched in what is written. */
  readonly isStream: boolean;
  /** Title of the video; it has none where absent. */
  readonly title?: string;
  readonly format: ContainerFormat;
  readonly carried: Carried;
  /** Paths of the files that are to be attached, one for each stream that is; undefined for one that is left out. */
  readonly attached?: readonly (string | undefined)[];
  /** Seconds on the source's clock at which frame 0 is shown. */
  readonly startSeconds: number;
  /** The source is an MP4 or MOV: its edit list may leave out the beginning of what is stored. */
  readonly hasEditList: boolean;
  /** Frames of the source were left out before frame 0. */
  readonly isCutBefore: boolean;
  /** Seconds that the video lasts, where frames of the source were left out behind it; null elsewhere. */
  readonly lasts: number | null;
}

const muxers: Record<ContainerFormat, string> = { mkv: "matroska", webm: "webm", mp4: "mp4", ivf: "ivf", obu: "obu" };
/** In a file the movie box comes first, for which ffmpeg writes the rest twice. */
const mp4Flags = { file: "faststart", stream: "frag_keyframe+delay_moov+default_base_moof" } as const;
/**
 * By so much less than its start a source is moved, far less than a sample: where the two are the same ffmpeg moves a
 * transport stream on to the first of those of its streams that are asked for, which is not the video.
 */
const microsecond = 1e-6;
/**
 * What an edit list leaves out is stored all the same, and copied; only a whole MP4 can leave it out again. Elsewhere it would
 * be heard: no more of it is copied than decoders need before a sound begins (Opus 0.08 s, HE-AAC 0.12 s).
 */
const leadSeconds = 0.15;
/** Of the times that ffmpeg is told. */
const decimals = 6;

/** All words behind the program's name. A path is the file of that very name, never an option or another protocol. */
export function joinArguments(request: JoinRequest): string[] {
  const {
    video,
    source,
    made,
    isStream,
    format,
    carried,
    attached = [],
    delays,
    title,
    startSeconds,
    hasEditList,
    isCutBefore,
    lasts,
  } = request;
  const offset = (seconds: number) => ["-itsoffset", seconds.toFixed(decimals)];
  const streams = carried.streams.filter(({ attached }) => attached === undefined);
  const sounds = streams.filter(({ kind }) => kind === "audio");
  const zero = isCutBefore ? startSeconds : Math.min(startSeconds, ...sounds.map(({ startSeconds }) => startSeconds));
  // The output is begun so much before 0, and moved back by as much.
  const lead = hasEditList && !isCutBefore && sounds.length > 0 && (format !== "mp4" || isStream) ? leadSeconds : 0;
  // Packets that begin before the source, or what is copied of it, is entered.
  const priorSound = isCutBefore || lead > 0 ? "0" : "1", priorText = isCutBefore ? "0" : "1";
  const sourceZero = zero === 0 ? 0 : microsecond - zero;
  // What it names beside itself may be local.
  const sourceInput = ["-protocol_whitelist", "file,crypto,data", "-i", fileUrl(source)];
  // Chapters are moved with the output's beginning, but not back: they come by a clock of their own.
  const chapterInput = carried.chapters && lead > 0 ? [...offset(sourceZero - lead), ...sourceInput] : [];
  const maps = streams.flatMap(({ index }) => ["-map", `1:${index}`]);
  const encoders = streams.flatMap(({ encoder }, number) => encoder === undefined ? [] : [`-c:${number + 1}`, encoder]);
  // A file's muxer would find it out for itself, but fail at a damaged packet, where this leaves out that one.
  const filters = streams.flatMap(({ index, streamFilter }, number) => {
    const delay = delays?.get(index), filter = delay === undefined ? streamFilter : delayFilter(delay);
    return filter === undefined ? [] : [`-bsf:${number + 1}`, filter];
  });
  return [
    ..."-nostdin -hide_banner -nostats -loglevel error -copyts -y".split(" "),
    ...[...offset(startSeconds - zero), "-protocol_whitelist", "file,pipe", "-i", video],
    // On the source's clock, which need not begin at 0.
    ...(isCutBefore ? ["-seek_timestamp", "1", "-ss", startSeconds.toFixed(decimals)] : []),
    ...[...offset(sourceZero), ...sourceInput],
    ...chapterInput,
    ...["-map", "0:v:0", ...maps, "-c", "copy", ...encoders, ...filters],
    ...attachments(carried, attached),
    ...(title === undefined ? [] : ["-metadata:s:v:0", `title=${title}`]),
    ...["-map_chapters", !carried.chapters ? "-1" : lead > 0 ? "2" : "1", "-map_metadata", "1"],
    ...["-copypriorss:a", priorSound, "-copypriorss:s", priorText],
    ...(lead > 0 ? ["-ss", (-lead).toFixed(decimals), "-output_ts_offset", (-lead).toFixed(decimals)] : []),
    ...(lasts === null ? [] : ["-t", (lead + startSeconds - zero + lasts).toFixed(decimals)]),
    // Some versions still call FLAC in MP4 experimental.
    ...["-strict", "-2", "-fflags", "+bitexact", "-progress", "pipe:2"],
    ...(format === "mp4" ? ["-movflags", mp4Flags[isStream ? "stream" : "file"]] : []),
    ...["-f", muxers[format], made],
  ];
}

/** Files follow the attachments that are copied. */
function attachments({ streams }: Carried, paths: readonly (string | undefined)[]): string[] {
  const copied = streams.filter(({ kind, attached }) => kind === "attachment" && attached === undefined).length;
  const files = streams.flatMap(({ attached }) => attached ?? []);
  const there = files.flatMap((file, number) => paths[number] === undefined ? [] : [{ ...file, path: paths[number] }]);
  return there.flatMap(({ path, fileName, mimeType }, number) => {
    const of = `-metadata:s:t:${copied + number}`;
    return ["-attach", `file:${path}`, of, `mimetype=${mimeType}`, of, `filename=${fileName}`];
  });
}
