// MP4 as a file: the movie box with the tables of the samples, then the samples in one box, in the order in which they are
// shown. Players and servers begin with the movie box, which is complete only when the last sample is known: where the
// number of frames is known before, there is room for it in the head; elsewhere the head becomes longer at the end. Of a
// sample only numbers stay in memory. The head has room for the size of any film.

import { joinedBytes } from "../joined_bytes.ts";
import type { FrameTimes } from "../media/frame_times.ts";
import { isKeyPacket, sequenceHeaderOf, withoutDelimiter } from "../media/obus.ts";
import { type Bytes, freeSpace, fullBox, leastFreeSpace, mediaDataHeader, table, u32 } from "./boxes.ts";
import { type Container, type ContainerEnd, nothing, type PacketRun, type VideoDescription } from "./container.ts";
import { fileType, movie, timescaleOf, type TrackFacts } from "./mp4_track.ts";
import { packetsOf, ticksOf } from "./ticks.ts";

const most32 = 2 ** 32 - 1;
/** Of a movie box, beside its tables. */
const usualMovieBytes = 1024;
/** A size of 4 bytes, and the rest for a keyframe with a run of its own (20 to 24 bytes) at every eighth sample. */
const usualSampleBytes = 7;

/** Samples that follow each other and have something in common. */
interface Equals {
  samples: number;
  readonly value: number;
}

export interface Mp4Layout {
  /** Another program reads the file once and makes the output of it: the movie box may come last. */
  readonly isPassedOn: boolean;
}

export class Mp4 implements Container {
  readonly needsTimes = true;
  readonly #video: VideoDescription;
  readonly #timescale: number;
  readonly #isPassedOn: boolean;
  /** Bytes that the head keeps for the movie box. */
  readonly #room: number;
  #sequenceHeader: Bytes | undefined;
  /** Bytes of samples. */
  #mediaBytes = 0;
  readonly #sizes: number[] = [];
  /** Numbers of the samples that are keyframes, from 1. */
  readonly #keys: number[] = [];
  /** Where the samples of each run begin, from the first sample's first byte. */
  readonly #offsets: number[] = [];
  /** How many samples each run has. */
  readonly #runs: number[] = [];
  /** Ticks from each sample to the next. */
  readonly #steps: Equals[] = [];
  /** When the last sample began, and when it ends. */
  #last: { readonly start: number; readonly end: number } | undefined;

  constructor(video: VideoDescription, times: FrameTimes, { isPassedOn }: Mp4Layout = { isPassedOn: false }) {
    this.#video = video;
    this.#timescale = timescaleOf(video.frameRate, times.isConstant);
    this.#isPassedOn = isPassedOn;
    const isRoomKept = !isPassedOn && video.frames !== null && times.isConstant;
    this.#room = isRoomKept ? usualMovieBytes + usualSampleBytes * video.frames! : 0;
  }

  get head(): Bytes {
    return this.#headWith(freeSpace(this.#room));
  }

  add(run: PacketRun): Bytes {
    const ticks = ticksOf(run, this.#timescale);
    this.#offsets.push(this.#mediaBytes);
    this.#runs.push(run.sizes.length);
    const samples = packetsOf(run).map((packet, number) => {
      this.#sequenceHeader ??= sequenceHeaderOf(packet)?.slice();
      const sample = withoutDelimiter(packet), start = ticks[number]!;
      this.#sizes.push(sample.length);
      if (isKeyPacket(packet)) this.#keys.push(this.#sizes.length);
      if (this.#last !== undefined) count(this.#steps, start - this.#last.start);
      this.#last = { start, end: ticks[number + 1]! };
      return sample;
    });
    const bytes = joinedBytes(samples);
    this.#mediaBytes += bytes.length;
    return bytes;
  }

  end(): ContainerEnd {
    const facts = this.#facts();
    if (facts === undefined) return { tail: nothing, head: this.head };
    const far = movie(facts, this.#tables(facts.steps, 0, true)).length, near = far - 4 * this.#offsets.length;
    const before = this.#headWith(nothing).length, first = this.head.length;
    const startBehind = (movieBytes: number) => this.#isPassedOn ? first : before + this.#padded(movieBytes);
    const areFar = startBehind(near) + this.#offsets.at(-1)! > most32;
    const made = movie(facts, this.#tables(facts.steps, startBehind(areFar ? far : near), areFar));
    if (this.#isPassedOn) return { tail: made, head: this.head };
    return { tail: nothing, head: this.#headWith(made, freeSpace(this.#padded(made.length) - made.length)) };
  }

  /** What stands before the samples, these boxes included. */
  #headWith(...boxes: readonly Bytes[]): Bytes {
    const type = fileType("isom", "isom", "iso6", "av01", "mp41");
    return joinedBytes([type, ...boxes, mediaDataHeader(this.#mediaBytes)]);
  }

  /** Bytes that a movie box of so many takes in the head: the room that was kept, or more. */
  #padded(movieBytes: number): number {
    return movieBytes >= this.#room ? movieBytes : Math.max(this.#room, movieBytes + leastFreeSpace);
  }

  /** undefined where there is no sample. */
  #facts(): TrackFacts & { readonly steps: readonly Equals[] } | undefined {
    const { start, end } = this.#last ?? { start: 0, end: 0 }, sequenceHeader = this.#sequenceHeader;
    if (this.#last === undefined || sequenceHeader === undefined) return undefined;
    // A sample lasts until the next one begins; of the last one alone it is said how long.
    const steps = this.#steps.map((step) => ({ ...step }));
    count(steps, end - start);
    const duration = steps.reduce((sum, { samples, value }) => sum + samples * value, 0);
    return { video: this.#video, timescale: this.#timescale, duration, sequenceHeader, steps };
  }

  /** ISO/IEC 14496-12, sections 8.6 and 8.7. `areFar`: places of 64 bits. */
  #tables(steps: readonly Equals[], mediaStart: number, areFar: boolean): Bytes[] {
    const samples = this.#sizes.length, offsets = this.#offsets.map((offset) => mediaStart + offset);
    const times = steps.flatMap(({ samples, value }) => [samples, value]);
    return [
      fullBox("stts", 0, 0, u32(steps.length), table(4, times)),
      ...(this.#keys.length === samples ? [] : [fullBox("stss", 0, 0, u32(this.#keys.length), table(4, this.#keys))]),
      samplesToChunks(this.#runs),
      fullBox("stsz", 0, 0, u32(0, samples), table(4, this.#sizes)),
      fullBox(areFar ? "co64" : "stco", 0, 0, u32(offsets.length), table(areFar ? 8 : 4, offsets)),
    ];
  }
}

function count(equals: Equals[], value: number): void {
  const last = equals.at(-1);
  if (last?.value === value) last.samples++;
  else equals.push({ samples: 1, value });
}

/** Of each chunk that has another number of samples than the one before it: its number, its samples, the sample entry. */
function samplesToChunks(chunks: readonly number[]): Bytes {
  const changes = chunks.flatMap((samples, number) => samples === chunks[number - 1] ? [] : [number + 1, samples, 1]);
  return fullBox("stsc", 0, 0, u32(changes.length / 3), table(4, changes));
}
