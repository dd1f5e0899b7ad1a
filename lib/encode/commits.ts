// The way of a finished segment: to the store, and once that has it on the disk, in order to the output. It owns what is
// counted of segments that are done, in this run or before it, and what each machine had of them. A segment counts as done
// when the store has it on disk.

import type { AtWork } from "./at_work.ts";
import type { EncodeJob } from "./encode_job.ts";
import { killPoint } from "./fault_points.ts";
import { MachineTallies } from "./machine_tally.ts";
import { OrderedOutput } from "./ordered_output.ts";
import type { Plan } from "./plan.ts";
import { RunTimes } from "./run_times.ts";
import type { SegmentPackets } from "./segment_encoder.ts";
import type { KeptSegment } from "./segment_store.ts";

/** Packets on their way to the disk beyond which nothing is begun: the disk is slower than the slots. */
const mostUnkeptBytes = 256e6;

export interface CommitEvents {
  /** The store has the segment. False where it had it before. */
  kept(segment: number): boolean;
  /** That was taken note of. */
  committed(): void;
  failed(error: unknown): void;
}

export class Commits {
  readonly times = new RunTimes();
  readonly tallies = new MachineTallies();
  readonly #job: EncodeJob;
  readonly #plan: Plan;
  readonly #events: CommitEvents;
  readonly #output: OrderedOutput;
  #beganMs = 0;
  /** Of finished segments on their way to the disk. */
  #unkeptBytes = 0;
  #frames = 0;
  #bytes = 0;
  #keptFrames = 0;
  #firstFrameSentAt = Infinity;
  #isStopped = false;

  constructor(job: EncodeJob, plan: Plan, events: CommitEvents) {
    this.#job = job;
    this.#plan = plan;
    this.#events = events;
    this.#output = new OrderedOutput((index) => job.store.read(index), job.sink, (error) => events.failed(error));
  }

  begin(nowMs: number, slots: number): void {
    this.#beganMs = nowMs;
    this.times.begin(nowMs, slots);
  }

  /** Frames and bytes of packets of finished segments. */
  get frames(): number {
    return this.#frames;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Frames that earlier runs had finished. */
  get keptFrames(): number {
    return this.#keptFrames;
  }

  /** Milliseconds since 1970; Infinity where no frame was sent to an encoder. */
  get firstFrameSentAt(): number {
    return this.#firstFrameSentAt;
  }

  /** Nothing is to be begun until the disk has caught up. */
  get areBehind(): boolean {
    return this.#unkeptBytes > mostUnkeptBytes;
  }

  /** What is written to the output. */
  get written(): { frames: number; bytes: number } {
    return this.#output.written;
  }

  /** Resolves when everything that can be written is; throws what a write threw. */
  settled(): Promise<void> {
    return this.#output.settled();
  }

  /** An earlier run has finished the segment. */
  restore({ index, frames, bytes }: KeptSegment): void {
    this.#frames += frames;
    this.#keptFrames += frames;
    this.#bytes += bytes;
    this.#output.add(index, bytes);
  }

  /** The segment will never come. */
  skip(segment: number): void {
    this.#output.skip(segment);
  }

  /** A try has finished its segment, the first to do so. */
  take(packets: SegmentPackets, { machine, worker, slot = 0, startedMs }: AtWork): void {
    const { index, first, frames } = this.#plan.segments[packets.index]!;
    if (packets.frames !== frames) {
      throw new Error(`Segment ${index} has ${packets.frames} packets for ${frames} frames`);
    }
    killPoint("segment-finished");
    const { seconds, firstFrameSentAt } = packets, bytes = packets.data.length;
    this.#unkeptBytes += bytes;
    // Its packets count from now on: the slot's own figures start anew with its next segment.
    this.#frames += frames;
    this.#bytes += bytes;
    const endMs = performance.now();
    this.#job.store.commit(packets).then(() => {
      this.#unkeptBytes -= bytes;
      if (this.#isStopped || !this.#events.kept(index)) return;
      this.times.commit(endMs, seconds);
      this.tallies.add(machine, frames, seconds);
      this.#firstFrameSentAt = Math.min(this.#firstFrameSentAt, firstFrameSentAt);
      const start = ((startedMs ?? endMs) - this.#beganMs) / 1000, end = (endMs - this.#beganMs) / 1000;
      const by = worker === null ? { slot } : { slot, worker };
      this.#job.onCommit({ segment: index, ...by, first, frames, bytes, start, end });
      this.#output.add(index, bytes);
      this.#events.committed();
    }).catch((error) => this.#events.failed(error));
  }

  /** What is on its way to the store gets there, and is not spoken of: the run's last word has been said. */
  stop(): void {
    this.#isStopped = true;
  }
}
