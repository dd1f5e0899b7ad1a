// A run over a pipe with everything real but the encoder: slots unpack their segments' frames and keep a copy of each.

import { openLibrary } from "../../../ffi/library.ts";
import { libraryFile } from "../../../ffi/build/library_file.ts";
import type { ExitError } from "../../../lib/errors.ts";
import { Plan } from "../../../lib/encode/plan.ts";
import { type Assignment, Scheduler } from "../../../lib/encode/scheduler.ts";
import { defaultOptions, settingsFor } from "../../../lib/encode/settings.ts";
import type { FedSlot } from "../../../lib/encode/video_source.ts";
import { frameBytes } from "../../../lib/media/video_format.ts";
import { openPipe } from "../../../lib/pipe/open_pipe.ts";
import { PackFeed } from "../../../lib/pipe/pack_feed.ts";
import { PackFrames } from "../../../lib/pipe/pack_frames.ts";
import { pipeMemory } from "../../../lib/pipe/pipe_memory.ts";
import { PipeSource, type PipeSourceOptions } from "../../../lib/pipe/pipe_source.ts";
import type { ReadOrder } from "../../../lib/pipe/reader_protocol.ts";

export const libraryPath = await libraryFile((line) => console.error(line));

export interface PipeRunOptions
  extends Partial<Omit<PipeSourceOptions, "order"> & Omit<ReadOrder, "library" | "settings">> {
  readonly slots?: number;
  /** Bytes above the smallest budget that works. */
  readonly spareBytes?: number;
  readonly stillPicture?: boolean;
  /** Frames between keyframes at most. */
  readonly keyint?: number;
  /** Called before each frame that a slot reads: throw to make the try fail, or await to be slow. */
  readonly onFrame?: (segment: number, attempt: number, frame: number) => void | Promise<void>;
  readonly onStart?: (source: PipeSource) => void;
}

export interface PipeRunResult {
  /** Frames of finished segments, by their number. */
  readonly frames: Map<number, Uint8Array>;
  readonly keyframes: number[];
  /** Whether the video's end was found. */
  readonly complete: boolean;
  readonly cutShort: ExitError | undefined;
  readonly lost: number | undefined;
  readonly notes: string[];
  /** Tries at each segment. */
  readonly tries: number[];
  /** Segments that were streamed through. */
  readonly streamed: number[];
  readonly promised: number | null;
  readonly framesAtEnd: number | null;
}

class TestSlot implements FedSlot {
  readonly wantsPacks = true;
  readonly feed = new PackFeed();
  onPackTaken: (() => void) | undefined;
  known = 0;
  frames: number | null = null;
  wake = Promise.withResolvers<void>();
  busy = false;
  cancelled = false;

  grow(known: number, frames: number | null): void {
    this.known = known;
    this.frames = frames;
    this.wake.resolve();
  }
}

/** Reads the input to its end and rejects with what made the source fail. */
export async function runPipe(input: string, options: PipeRunOptions = {}): Promise<PipeRunResult> {
  const { header, pipe } = await openPipe(input);
  const { slots = 2, packers = 1, spareBytes = 1 << 20, stillPicture = false, keyint = 240 } = options;
  const { tmpInput = { kind: "none" }, mostFrames = Infinity } = options;
  const { skip = 0, limit = 0, expectFrames, zonesReach, planned, forcedKeyframes = [], done: finished = [] } = options;
  const size = frameBytes(header.format);
  const settings = settingsFor(header.format, { ...defaultOptions, speed: 10, stillPicture, keyint, minKeyint: 1 });
  const order = { library: libraryPath, settings, skip, limit, expectFrames, zonesReach, planned, forcedKeyframes };
  const source = new PipeSource(pipe, {
    order: { ...order, done: finished },
    budgetBytes: options.budgetBytes ?? pipeMemory({ frameBytes: size, packers, spill: false }).floorBytes + spareBytes,
    mostFrames,
    tmpInput,
    packers,
  });
  const plan = new Plan(), scheduler = new Scheduler(plan);
  const result = { frames: new Map<number, Uint8Array>(), notes: [] as string[], tries: [] as number[] };
  const streamed: number[] = [];
  const done = new Set(finished.map(({ index }) => index));
  const promised = source.frames;
  let cutShort: ExitError | undefined, lost: number | undefined;
  const end = Promise.withResolvers<void>();
  const all = Array.from({ length: slots }, () => new TestSlot());

  const dispatch = () => {
    for (const slot of all) {
      while (!slot.busy) {
        const assignment = scheduler.next();
        if (assignment === undefined) break;
        const { index } = assignment.segment;
        if (done.has(index) || index >= (lost ?? Infinity)) {
          scheduler.commit(index);
          continue;
        }
        slot.busy = true;
        encode(slot, assignment).then(() => dispatch(), end.reject);
      }
    }
    if (scheduler.finished || (lost !== undefined && all.every(({ busy }) => !busy))) end.resolve();
  };

  const encode = async (slot: TestSlot, { segment: { index, first }, attempt }: Assignment) => {
    Object.assign(slot, { known: 0, frames: null, cancelled: false, wake: Promise.withResolvers() });
    result.tries[index] = attempt;
    source.attach(index, slot);
    using frames = new PackFrames({
      library: openLibrary(libraryPath),
      arena: source.packs.arena,
      frameBytes: size,
      digestsAreOwn: true,
      feed: slot.feed.memory,
      onTaken: () => setTimeout(() => slot.onPackTaken?.()),
    });
    const into = new Uint8Array(size);
    const read: Uint8Array[] = [];
    let settled = true;
    try {
      while (slot.frames === null || read.length < slot.frames) {
        if (slot.cancelled) return;
        if (read.length < slot.known) {
          await options.onFrame?.(index, attempt, read.length);
          frames.readFrame(first + read.length, into);
          read.push(into.slice());
        } else {
          slot.wake = Promise.withResolvers();
          await slot.wake.promise;
        }
      }
      scheduler.commit(index);
      for (const [number, frame] of read.entries()) result.frames.set(first + number, frame);
    } catch (error) {
      if (!source.canRetry(index)) throw error;
      settled = !scheduler.fail(index, (error as Error).message);
    } finally {
      if (!source.canRetry(index)) streamed.push(index);
      source.detach(index, slot);
      if (settled) source.settle(index);
      slot.busy = false;
    }
  };

  source.start(plan, {
    detected: (detected) => {
      plan.advance(detected);
      dispatch();
    },
    videoChanged: () => end.reject(new Error("a pipe's video never changes")),
    cutShort: (error, from) => {
      [cutShort, lost] = [error, from];
      for (const slot of all) {
        // Those that wait for the end of a segment that will not come.
        slot.cancelled = slot.frames === null;
        slot.wake.resolve();
      }
      dispatch();
    },
    failed: end.reject,
    note: (text) => result.notes.push(text),
  });
  options.onStart?.(source);
  try {
    await end.promise;
  } finally {
    for (const slot of all) {
      slot.cancelled = true;
      slot.wake.resolve();
    }
    source.close();
  }
  const keyframes = plan.segments.map(({ first }) => first);
  const framesAtEnd = source.frames;
  return { ...result, keyframes, complete: plan.complete, cutShort, lost, streamed, promised, framesAtEnd };
}
