// What is known of a video file before it is decoded, as ffprobe says it and as the rest of the program needs it: the video
// stream's description, and the streams beside it that an output may carry. Plain data; every field was checked.

import type { Ratio, VideoFormat } from "./video_format.ts";

export interface SourceMedia {
  /** As given; never read as an option, a protocol or a pattern by whoever is handed it. */
  readonly path: string;
  /** ffprobe's format_name: names that its demuxer goes by, for instance "mov,mp4,m4a,3gp,3g2,mj2". */
  readonly container: string;
  readonly video: SourceVideo;
  /** All other streams, in the order of the file; of several programs, those of the video's. */
  readonly others: readonly SourceStream[];
  /** Numbers of programs of a transport stream that the video is no part of. */
  readonly otherPrograms: readonly number[];
  /** How many chapters there are. */
  readonly chapters: number;
}

export interface SourceVideo {
  /** Index of the stream in the file, as ffprobe and ffmpeg count. */
  readonly index: number;
  readonly codec: string;
  /** What its frames look like when they are decoded, as near as a VideoFormat says it. */
  readonly format: VideoFormat;
  /** ffmpeg's name of the same: "yuv420p10le", "rgb24". */
  readonly pixelFormat: string;
  /** Of its time stamps, seconds a tick. */
  readonly timeBase: Ratio;
  /** Seconds from the start of the file's clock to the first frame; other streams are in sync when theirs is kept, too. */
  readonly startSeconds: number;
  /** rav1e's names; null where the source does not say. */
  readonly primaries: string | null;
  readonly transfer: string | null;
  readonly matrix: string | null;
  /** rav1e's notation, as EncoderOptions has it; null where the source has none. */
  readonly masteringDisplay: string | null;
  readonly contentLight: string | null;
  /** Degrees clockwise that a player turns the picture by, 0 to 359. */
  readonly rotation: number;
  /** It mirrors it, left to right, before it turns it. */
  readonly isMirrored: boolean;
  readonly isInterlaced: boolean;
  /** Whether frames may last differently long, as far as the container says it. */
  readonly isVariable: boolean;
  /** What the container says of the number of frames; often wrong; null where it is silent. */
  readonly claimedFrames: number | null;
  /** And of the time, in seconds on the file's clock, at which its last frame has been shown. */
  readonly claimedEnd: number | null;
}

export interface SourceStream {
  readonly index: number;
  readonly kind: "video" | "audio" | "subtitle" | "attachment" | "cover" | "other";
  /** Name of the file that was attached, where the source has one; it may hold anything but NUL. */
  readonly fileName?: string;
  /** ffprobe's codec_name. */
  readonly codec: string;
  readonly startSeconds: number;
}
