// A pipe as the run's source of frames, on the main thread: it ties the reader's thread, the packers and the temporary file
// to the store, and tells the run and its slots what became known. It does something a few times for each pack, and
// nothing for a frame. What the run hears comes in the reader's order, and only when what comes before is stored: the
// segments that the run knows are those that it can encode.

import { openLibrary } from "../../ffi/library.ts";
import { giveBackPages } from "../../ffi/pages.ts";
import { packBound } from "../../ffi/packs.ts";
import type { EncoderSettings } from "../encode/settings.ts";
import type { Detected, Plan } from "../encode/plan.ts";
import type { PackSource } from "../encode/remote_slots.ts";
import type { FedSlot, SlotVideo, SourceEvents, VideoSource } from "../encode/video_source.ts";
import { IncompleteError, UsageError } from "../errors.ts";
import { frameBytes, frameShape } from "../media/video_format.ts";
import { quotedPath } from "../media/printable.ts";
import type { ZonesReach } from "../zones/zone_plan.ts";
import { FramePromises } from "./frame_promises.ts";
import type { OpenedPipe } from "./open_pipe.ts";
import type { DoneSegment } from "./pack_cutter.ts";
import { PackStore } from "./pack_store.ts";
import { Packers, SpillFile } from "./pack_threads.ts";
import { pipeSizes } from "./pipe_memory.ts";
import { type PlannedFrames, type ReaderReport, received, type SharedKeyframes } from "./reader_protocol.ts";

export type TmpInput = { readonly kind: "none" } | { readonly kind: "folder"; readonly folder: string };

export interface PipeSourceOptions {
  /** Path of the encoder library. */
  readonly library: string;
  readonly settings: EncoderSettings;
  /** Frames of the input before the first that is encoded. */
  readonly skip: number;
  /** Frames to encode at most; 0 is all. */
  readonly limit: number;
  /** Frames that the whole input must have. */
  readonly expectFrames: number | undefined;
  /** What zones say of the input's length; absent without zones. */
  readonly zonesReach?: ZonesReach;
  /** Bytes of memory for packs; at least what `pipeMemory` says. */
  readonly budgetBytes: number;
  /** Frames in memory at once, at most. */
  readonly mostFrames: number;
  readonly tmpInput: TmpInput;
  /** Keyframes that are known already: nothing is detected. The run's plan starts empty all the same. */
  readonly planned: PlannedFrames | undefined;
  /** Found by one of several readers for all. */
  readonly keyframes?: SharedKeyframes;
  /** Frames that become keyframes in any case, ascending, counted from the first that is encoded. */
  readonly forcedKeyframes: readonly number[];
  /** Segments that are finished: their frames are compared, not given out. */
  readonly done: readonly DoneSegment[];
  readonly packers: number;
}

export class PipeSource implements VideoSource {
  readonly video: SlotVideo;
  readonly packs: PackSource;
  readonly #pipe: OpenedPipe;
  readonly #options: PipeSourceOptions;
  readonly #ring: SharedArrayBuffer;
  readonly #ringFrames: number;
  readonly #packFrames: number;
  readonly #frameBytes: number;
  readonly #arena: SharedArrayBuffer;
  readonly #store: PackStore;
  #frames: number | null;
  #events: SourceEvents | undefined;
  #packers: Packers | undefined;
  #spill: SpillFile | undefined;
  /** First frames of the segments that were told of. */
  readonly #keyframes: number[] = [];
  #wasFull = false;
  #closed = false;

  constructor(pipe: OpenedPipe, options: PipeSourceOptions) {
    const { settings, packers, budgetBytes, tmpInput, planned } = options;
    this.#pipe = pipe;
    this.#options = options;
    this.#frameBytes = frameBytes(pipe.header.format);
    const { packFrames, ringFrames } = pipeSizes({ frameBytes: this.#frameBytes, packers });
    this.#packFrames = packFrames;
    this.#ringFrames = ringFrames;
    // Memory is taken from the system page by page, as it is first written to.
    this.#ring = new SharedArrayBuffer(ringFrames * this.#frameBytes);
    this.#arena = new SharedArrayBuffer(budgetBytes);
    const packs = { arena: this.#arena, frameBytes: this.#frameBytes };
    this.video = { kind: "packs", ...packs };
    this.packs = { ...packs, packBytes: packBound(this.#frameBytes, packFrames) };
    this.#frames = new FramePromises({
      ...options,
      name: pipe.name,
      stillPicture: settings.stillPicture,
      announcedFrames: pipe.header.announcedFrames,
      plannedFrames: planned?.frames,
    }).frames;
    this.#store = new PackStore({
      budgetBytes,
      mostFrames: options.mostFrames,
      bound: (frames) => packBound(this.#frameBytes, frames),
      packFrames,
      packers,
      spill: tmpInput.kind === "folder",
      devices: {
        pack: (id, pack, room) => this.#packers!.pack(id, pack, room),
        move: (from, to) => new Uint8Array(this.#arena).copyWithin(to.offset, from.offset, from.offset + from.bytes),
        vacate: ({ offset, bytes }) =>
          giveBackPages(openLibrary(options.library), new Uint8Array(this.#arena, offset, bytes)),
        release: ({ first }) => this.#pipe.post({ kind: "release", first }),
        write: (id, from, to) => this.#spill!.write(id, from, to),
        read: (id, from, to) => this.#spill!.read(id, from, to),
      },
    });
  }

  get frames(): number | null {
    return this.#frames;
  }

  get packingCpuSeconds(): number {
    return this.#packers?.cpuSeconds ?? 0;
  }

  start(plan: Plan, events: SourceEvents): void {
    if (plan.segments.length > 0) {
      throw new TypeError("A pipe's plan starts empty; keyframes that are known are `planned`");
    }
    const {
      library,
      settings,
      skip,
      limit,
      expectFrames,
      zonesReach,
      planned,
      keyframes,
      forcedKeyframes,
      done,
      packers,
      tmpInput,
    } = this.#options;
    this.#events = events;
    this.#packers = new Packers(
      {
        library,
        ring: this.#ring,
        arena: this.#arena,
        frameBytes: this.#frameBytes,
        shape: frameShape(this.#pipe.header.format),
        packers,
        ringFrames: this.#ringFrames,
      },
      (id, bytes) => this.#store.packed(id, bytes),
      (reason) => this.#fail(new IncompleteError(`Cannot pack the frames of ${this.#pipe.name}: ${reason}`)),
    );
    this.#pipe.listen((report) => this.#onReport(report));
    const ring = this.#ring, ringFrames = this.#ringFrames, packFrames = this.#packFrames;
    const go = () =>
      this.#pipe.post({
        kind: "go",
        go: {
          library,
          settings,
          ring,
          ringFrames,
          packFrames,
          skip,
          limit,
          expectFrames,
          zonesReach,
          planned,
          keyframes,
          forcedKeyframes,
          done,
        },
      });
    // A folder that takes no file is refused before anything is read.
    if (tmpInput.kind === "folder") this.#spill = this.#openSpill(tmpInput.folder, go);
    else go();
  }

  /** A pipe is paced by its memory. */
  allow(): void {}

  attach(segment: number, slot: FedSlot): void {
    this.#store.attach(segment, slot);
  }

  detach(segment: number, slot: FedSlot): void {
    this.#store.detach(segment, slot);
  }

  settle(segment: number): void {
    this.#store.settle(segment);
  }

  canRetry(segment: number): boolean {
    return this.#store.canRetry(segment);
  }

  close(): void {
    this.#closed = true;
    this.#pipe.close();
    this.#packers?.close();
    this.#spill?.close();
  }

  #onReport(report: ReaderReport): void {
    if (this.#closed) return;
    switch (report.kind) {
      case "opened":
      case "drained":
      case "header":
      case "child":
      case "childEnded":
      case "stamps":
        return;
      case "pack":
        return this.#store.add(report.pack);
      case "detected":
        return this.#inOrder(() => this.#tell(report.detected));
      case "note":
        return this.#inOrder(() => this.#events!.note(report.text));
      case "end":
        return this.#pipe.close();
      case "cut":
        this.#pipe.close();
        this.#store.giveUp(report.lost);
        return this.#inOrder(() => this.#events!.cutShort(received(report.error), report.lost));
      case "failed":
        return this.#fail(received(report.error));
    }
  }

  /** Later, and never out of a call of the run's: when the packs before it are stored. */
  #inOrder(what: () => void): void {
    this.#store.then(() =>
      queueMicrotask(() => {
        if (!this.#closed) what();
      })
    );
  }

  #tell(detected: Detected): void {
    // The run may end before the reader says so.
    if (detected.complete) this.#frames = detected.decided;
    this.#events!.detected(detected);
    const open = Math.max(0, this.#keyframes.length - 1);
    this.#keyframes.push(...detected.keyframes);
    const bounds = this.#keyframes.slice(open);
    if (detected.complete) bounds.push(detected.decided);
    for (const [number, end] of bounds.slice(1).entries()) this.#store.close(open + number, end - bounds[number]!);
  }

  #openSpill(folder: string, opened: () => void): SpillFile {
    const name = `temporary input in ${quotedPath(folder)}`;
    return new SpillFile({ folder, arena: this.#arena }, {
      opened,
      written: (id, reason) => {
        if (reason !== null && !this.#wasFull) {
          this.#wasFull = true;
          this.#events!.note(`no more ${name}: ${reason}; ${this.#pipe.name} is read as fast as memory allows`);
        }
        this.#store.written(id, reason === null);
      },
      loaded: (id, reason) => {
        if (reason !== null) this.#events!.note(`Cannot read back ${name}: ${reason}`);
        this.#store.loaded(id, reason === null);
      },
      refused: (reason) => this.#fail(new UsageError(`Cannot make ${name}: ${reason}`)),
    });
  }

  #fail(error: Error): void {
    if (this.#closed) return;
    this.close();
    this.#events!.failed(error);
  }
}
