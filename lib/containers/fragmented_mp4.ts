// MP4 as a stream: a movie box without samples, then fragments, each with the tables of its own samples (ISO/IEC 14496-12,
// section 8.8). A fragment begins with a keyframe and lasts a second at least; nothing is ever patched, and what was
// written can be played while the rest is still to come.

import { joinedBytes } from "../joined_bytes.ts";
import type { FrameTimes } from "../media/frame_times.ts";
import { isKeyPacket, sequenceHeaderOf, withoutDelimiter } from "../media/obus.ts";
import { box, type Bytes, fullBox, table, u32, u64 } from "./boxes.ts";
import { type Container, type ContainerEnd, nothing, type PacketRun, type VideoDescription } from "./container.ts";
import { fileType, movie, timescaleOf, trackId } from "./mp4_track.ts";
import { packetsOf, ticksOf } from "./ticks.ts";

const fragmentSeconds = 1;
/** A segment without an end is not waited for. */
const mostFragmentBytes = 64 * 1024 * 1024;
/** sample_depends_on 2: a sync sample; 1 with sample_is_non_sync_sample: any other. */
const sampleFlags = { key: 0x02000000, other: 0x01010000 } as const;
/** Data offset, and of each sample its duration, size and flags. */
const runFlags = 0x000701;
const defaultBaseIsMoof = 0x020000;

interface Sample {
  readonly start: number;
  readonly end: number;
  readonly isKey: boolean;
  readonly data: Bytes;
}

export class FragmentedMp4 implements Container {
  readonly needsTimes = true;
  readonly head = fileType("iso6", "iso6", "av01", "mp41");
  readonly #video: VideoDescription;
  readonly #timescale: number;
  #hasMovie = false;
  #fragments = 0;
  /** Samples of the fragment that has not lasted long enough yet. */
  #waiting: Sample[] = [];
  #waitingBytes = 0;

  constructor(video: VideoDescription, times: FrameTimes) {
    this.#video = video;
    this.#timescale = timescaleOf(video.frameRate, times.isConstant);
  }

  add(run: PacketRun): Bytes {
    const parts: Bytes[] = [];
    const ticks = ticksOf(run, this.#timescale);
    for (const [number, packet] of packetsOf(run).entries()) {
      if (!this.#hasMovie) parts.push(this.#movie(packet));
      const sample = {
        start: ticks[number]!,
        end: ticks[number + 1]!,
        isKey: isKeyPacket(packet),
        data: withoutDelimiter(packet),
      };
      if (this.#isFullBefore(sample)) parts.push(this.#fragment());
      this.#waiting.push(sample);
      this.#waitingBytes += sample.data.length;
    }
    return joinedBytes(parts);
  }

  end(): ContainerEnd {
    return { tail: this.#waiting.length > 0 ? this.#fragment() : nothing, head: this.head };
  }

  #movie(packet: Bytes): Bytes {
    const sequenceHeader = sequenceHeaderOf(packet);
    if (sequenceHeader === undefined) throw new Error("The first packet has no sequence header");
    this.#hasMovie = true;
    const facts = { video: this.#video, timescale: this.#timescale, duration: 0, sequenceHeader };
    const empty = [
      fullBox("stts", 0, 0, u32(0)),
      fullBox("stsc", 0, 0, u32(0)),
      fullBox("stsz", 0, 0, u32(0, 0)),
      fullBox("stco", 0, 0, u32(0)),
    ];
    return movie(facts, empty, box("mvex", fullBox("trex", 0, 0, u32(trackId, 1, 0, 0, 0))));
  }

  #isFullBefore({ start, isKey, data }: Sample): boolean {
    const first = this.#waiting[0];
    if (first === undefined) return false;
    return (isKey && start - first.start >= fragmentSeconds * this.#timescale) ||
      this.#waitingBytes + data.length > mostFragmentBytes;
  }

  /** Of all samples that wait. */
  #fragment(): Bytes {
    const samples = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#fragments++;
    const run = samples.flatMap(({ start, end, isKey, data }, number) => {
      // A sample lasts until the next one begins.
      const next = samples[number + 1]?.start ?? end;
      return [next - start, data.length, isKey ? sampleFlags.key : sampleFlags.other];
    });
    const moof = (dataOffset: number) =>
      box(
        "moof",
        fullBox("mfhd", 0, 0, u32(this.#fragments)),
        box(
          "traf",
          fullBox("tfhd", 0, defaultBaseIsMoof, u32(trackId)),
          fullBox("tfdt", 1, 0, u64(samples[0]!.start)),
          fullBox("trun", 0, runFlags, u32(samples.length, dataOffset), table(4, run)),
        ),
      );
    // Behind the header of the box that the samples are in.
    const dataOffset = moof(0).length + 8;
    return joinedBytes([moof(dataOffset), box("mdat", ...samples.map(({ data }) => data))]);
  }
}
