// What a file of packets is, for every container alike: a head, then bytes that are only appended; at the end the head is
// written once more with what was not known before, equally long, or longer, which moves what was appended. A container
// makes bytes and knows no files. The same packets make the same bytes, always: nothing of clocks or chance goes in.
//
// A packet is a temporal unit that shows one frame; packets come in the order in which they are shown, which is the order
// in which they are decoded, too.

import type { Ratio } from "../media/video_format.ts";

export const containerFormats = ["ivf", "obu", "mkv", "webm", "mp4"] as const;
export type ContainerFormat = typeof containerFormats[number];

/** Degrees clockwise that a player turns the picture by. */
export type QuarterTurn = 0 | 90 | 180 | 270;

/** What a container says of its video, beyond what its sequence header does. */
export interface VideoDescription {
  /** Luma samples. */
  readonly width: number;
  readonly height: number;
  /** Frames a second: rav1e's time base upside down. */
  readonly frameRate: Ratio;
  /** Frames that are expected; null where nobody knows yet. */
  readonly frames: number | null;
  /** Width of a sample over its height. */
  readonly sampleAspectRatio: Ratio;
  /** Where the container has a place for it. */
  readonly turn: QuarterTurn;
  /** rav1e's notations, as EncoderOptions has them. */
  readonly masteringDisplay: string | null;
  readonly contentLight: string | null;
}

/** Some packets in order, one a frame. */
export interface PacketRun {
  /** Number of the first frame, counted from the first that is encoded. */
  readonly first: number;
  /** Bytes of each packet. */
  readonly sizes: Uint32Array;
  /** The packets one after the other. */
  readonly data: Uint8Array<ArrayBuffer>;
  /** Seconds from frame 0 to each frame, and to the end of the last one; empty for a container that needs no times. */
  readonly seconds: readonly number[];
}

export interface Container {
  /** It goes by when frames are shown; another one by their numbers alone. */
  readonly needsTimes: boolean;
  /** The head as it is before anything is known. May be empty. */
  readonly head: Uint8Array<ArrayBuffer>;
  /** What is to be appended; empty where it waits for more packets. */
  add(run: PacketRun): Uint8Array<ArrayBuffer>;
  /** Frames were added, so many in all: the last bytes to append, and the head for good. */
  end(frames: number): ContainerEnd;
}

export interface ContainerEnd {
  readonly tail: Uint8Array<ArrayBuffer>;
  /** As long as the first one or longer; a stream does not get it. */
  readonly head: Uint8Array<ArrayBuffer>;
}

export const nothing: Uint8Array<ArrayBuffer> = new Uint8Array(0);
