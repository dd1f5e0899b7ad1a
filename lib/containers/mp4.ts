// MP4 as a file: the samples in one box that is open to the end, in the order in which they are shown, and behind it the
// movie box with their tables. Of a sample only numbers stay in memory. The head has room for the size of any film.

import { joinedBytes } from "../joined_bytes.ts";
import type { FrameTimes } from "../media/frame_times.ts";
import { isKeyPacket, sequenceHeaderOf, withoutDelimiter } from "../media/obus.ts";
import { type Bytes, fullBox, mediaDataHeader, table, u32 } from "./boxes.ts";
import { type Container, type ContainerEnd, nothing, type PacketRun, type VideoDescription } from "./container.ts";
import { fileType, movie, timescaleOf } from "./mp4_track.ts";
import { packetsOf, ticksOf } from "./ticks.ts";

const most32 = 2 ** 32 - 1;

/** Samples that follow each other and have something in common. */
interface Equals {
  samples: number;
  readonly value: number;
}

export class Mp4 implements Container {
  readonly needsTimes = true;
  readonly #video: VideoDescription;
  readonly #timescale: number;
  #sequenceHeader: Bytes | undefined;
  /** Bytes of samples. */
  #mediaBytes = 0;
  readonly #sizes: number[] = [];
  /** Numbers of the samples that are keyframes, from 1. */
  readonly #keys: number[] = [];
  /** Where the samples of each run begin in the file. */
  readonly #offsets: number[] = [];
  /** How many samples each run has. */
  readonly #runs: number[] = [];
  /** Ticks from each sample to the next. */
  readonly #steps: Equals[] = [];
  /** When the last sample began, and when it ends. */
  #last: { readonly start: number; readonly end: number } | undefined;

  constructor(video: VideoDescription, times: FrameTimes) {
    this.#video = video;
    this.#timescale = timescaleOf(video.frameRate, times.isConstant);
  }

  get head(): Bytes {
    return joinedBytes([fileType("isom", "isom", "iso6", "av01", "mp41"), mediaDataHeader(this.#mediaBytes)]);
  }

  add(run: PacketRun): Bytes {
    const ticks = ticksOf(run, this.#timescale);
    this.#offsets.push(this.head.length + this.#mediaBytes);
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
    const { head } = this;
    if (this.#last === undefined || this.#sequenceHeader === undefined) return { tail: nothing, head };
    // A sample lasts until the next one begins; of the last one alone it is said how long.
    const steps = this.#steps.map((step) => ({ ...step }));
    count(steps, this.#last.end - this.#last.start);
    const duration = steps.reduce((sum, { samples, value }) => sum + samples * value, 0);
    const facts = { video: this.#video, timescale: this.#timescale, duration, sequenceHeader: this.#sequenceHeader };
    return { tail: movie(facts, this.#tables(steps)), head };
  }

  /** ISO/IEC 14496-12, sections 8.6 and 8.7. */
  #tables(steps: readonly Equals[]): Bytes[] {
    const samples = this.#sizes.length;
    const areFar = this.#offsets.at(-1)! > most32;
    const times = steps.flatMap(({ samples, value }) => [samples, value]);
    return [
      fullBox("stts", 0, 0, u32(steps.length), table(4, times)),
      ...(this.#keys.length === samples ? [] : [fullBox("stss", 0, 0, u32(this.#keys.length), table(4, this.#keys))]),
      samplesToChunks(this.#runs),
      fullBox("stsz", 0, 0, u32(0, samples), table(4, this.#sizes)),
      fullBox(areFar ? "co64" : "stco", 0, 0, u32(this.#offsets.length), table(areFar ? 8 : 4, this.#offsets)),
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
