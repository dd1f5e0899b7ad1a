// Matroska (RFC 9559) and WebM, with AV1 as "AV1 in Matroska" maps it. The head has room for what is known at the end: the
// segment's size, its duration, where the index is. Clusters are written whole, so that their sizes are never patched; the
// index comes last. A stream has neither the index nor the sizes of the whole.
//
// Ticks are milliseconds, as everybody's, finer only for rates that need it; what tells 24000/1001 from 23.98 is the
// duration of a frame, which players and ffprobe go by.

import { joinedBytes } from "../joined_bytes.ts";
import type { FrameTimes } from "../media/frame_times.ts";
import { isKeyPacket, sequenceHeaderOf, withoutDelimiter } from "../media/obus.ts";
import { type Container, type ContainerEnd, nothing, type PacketRun, type VideoDescription } from "./container.ts";
import { element, uint } from "./ebml.ts";
import { fileHead, streamHead } from "./matroska_head.ts";
import { id } from "./matroska_ids.ts";
import { trackEntry, trackNumber } from "./matroska_track.ts";
import { packetsOf, ticksOf } from "./ticks.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const nanoseconds = 1e9;
const millisecond = 1e6;
/** The ticks that a frame lasts, at least. */
const fewestTicks = 3;
/** A cluster ends before the first keyframe after the one, before any frame after the others. */
const clusterSeconds = 1;
const mostClusterSeconds = 5;
const mostClusterBytes = 5 * 1024 * 1024;
/** A block's time is a signed 16-bit number of ticks behind its cluster's. */
const mostClusterTicks = 0x7fff;
const keyframeFlag = 0x80;

interface Frame {
  readonly ticks: number;
  readonly isKey: boolean;
  readonly data: Bytes;
}

export class Matroska implements Container {
  readonly needsTimes = true;
  readonly head: Bytes;
  readonly #format: "mkv" | "webm";
  readonly #video: VideoDescription;
  readonly #isStream: boolean;
  readonly #isConstant: boolean;
  /** Nanoseconds a tick. */
  readonly #scale: number;
  /** Where positions count from. */
  readonly #dataStart: number;
  /** Bytes so far, the head's included. */
  #position: number;
  #hasTracks = false;
  /** Frames of the cluster that is not full yet. */
  #waiting: Frame[] = [];
  #waitingBytes = 0;
  /** The index so far, an element a keyframe. */
  readonly #cues: Bytes[] = [];
  /** When the last frame ends. */
  #endTicks = 0;

  constructor(
    format: "mkv" | "webm",
    video: VideoDescription,
    { isStream, times }: { isStream: boolean; times: FrameTimes },
  ) {
    this.#format = format;
    this.#video = video;
    this.#isStream = isStream;
    this.#isConstant = times.isConstant;
    this.#scale = tickScale(video);
    const ends = isStream ? this.#expectedEnd() : null;
    const head = isStream ? streamHead(this.#docType, this.#scale, ends) : fileHead(this.#docType, this.#scale, null);
    this.head = head.bytes;
    this.#dataStart = head.dataStart;
    this.#position = head.bytes.length;
  }

  add(run: PacketRun): Bytes {
    const parts: Bytes[] = [];
    const ticks = ticksOf(run, nanoseconds / this.#scale);
    for (const [number, packet] of packetsOf(run).entries()) {
      if (!this.#hasTracks) parts.push(this.#tracks(packet));
      const frame = { ticks: ticks[number]!, isKey: isKeyPacket(packet), data: withoutDelimiter(packet) };
      if (this.#isFullBefore(frame)) parts.push(this.#cluster());
      this.#waiting.push(frame);
      this.#waitingBytes += frame.data.length;
    }
    this.#endTicks = ticks.at(-1)!;
    return joinedBytes(parts);
  }

  end(): ContainerEnd {
    const last = this.#waiting.length > 0 ? this.#cluster() : nothing;
    if (this.#isStream) return { tail: last, head: this.head };
    const cues = this.#cues.length > 0 ? this.#position - this.#dataStart : null;
    const index = cues === null ? nothing : this.#counted(element(id.cues, ...this.#cues));
    const facts = { size: this.#position - this.#dataStart, cues, duration: this.#endTicks };
    return { tail: joinedBytes([last, index]), head: fileHead(this.#docType, this.#scale, facts).bytes };
  }

  get #docType(): string {
    return this.#format === "webm" ? "webm" : "matroska";
  }

  /** In ticks; null where nobody knows. */
  #expectedEnd(): number | null {
    const { frames, frameRate } = this.#video;
    if (frames === null || !this.#isConstant) return null;
    return Math.round(frames * frameRate.den / frameRate.num * (nanoseconds / this.#scale));
  }

  #counted(bytes: Bytes): Bytes {
    this.#position += bytes.length;
    return bytes;
  }

  #tracks(packet: Bytes): Bytes {
    const sequenceHeader = sequenceHeaderOf(packet);
    if (sequenceHeader === undefined) throw new Error("The first packet has no sequence header");
    this.#hasTracks = true;
    return this.#counted(element(id.tracks, trackEntry(this.#video, sequenceHeader, this.#isConstant)));
  }

  #isFullBefore({ ticks, isKey, data }: Frame): boolean {
    const first = this.#waiting[0];
    if (first === undefined) return false;
    const lasted = ticks - first.ticks, seconds = lasted * this.#scale / nanoseconds;
    return (isKey && seconds >= clusterSeconds) || seconds >= mostClusterSeconds || lasted > mostClusterTicks ||
      this.#waitingBytes + data.length > mostClusterBytes;
  }

  /** Of all frames that wait. */
  #cluster(): Bytes {
    const start = this.#waiting[0]!.ticks;
    const parts = [uint(id.timestamp, start)];
    let inCluster = parts[0]!.length;
    for (const { ticks, isKey, data } of this.#waiting) {
      const block = element(id.simpleBlock, blockHeader(ticks - start, isKey), data);
      if (isKey) this.#cues.push(cuePoint(ticks, this.#position - this.#dataStart, inCluster));
      parts.push(block);
      inCluster += block.length;
    }
    this.#waiting = [];
    this.#waitingBytes = 0;
    return this.#counted(element(id.cluster, ...parts));
  }
}

/** Nanoseconds a tick. */
function tickScale({ frameRate }: VideoDescription): number {
  const frame = nanoseconds * frameRate.den / frameRate.num;
  let scale = millisecond;
  while (scale > 1 && frame < fewestTicks * scale) scale /= 10;
  return scale;
}

function blockHeader(ticks: number, isKey: boolean): Bytes {
  const bytes = new Uint8Array(4);
  bytes[0] = 0x80 | trackNumber;
  new DataView(bytes.buffer).setInt16(1, ticks);
  bytes[3] = isKey ? keyframeFlag : 0;
  return bytes;
}

/** `cluster`: from the start of the segment's data; `block`: from the start of the cluster's. */
function cuePoint(ticks: number, cluster: number, block: number): Bytes {
  const positions = [
    uint(id.cueTrack, trackNumber),
    uint(id.cueClusterPosition, cluster),
    uint(id.cueRelativePosition, block),
  ];
  return element(id.cuePoint, uint(id.cueTime, ticks), element(id.cueTrackPositions, ...positions));
}
