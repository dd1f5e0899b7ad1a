// A file as the source of a run's frames: slots on this machine read it for themselves by offset, others are given packs; the
// detector's thread reads it once from its start and may say that frames sit elsewhere than a fixed stride has them.

import { IncompleteError } from "../errors.ts";
import type { DetectorReport } from "./detector_thread.ts";
import type { FileInput } from "./file_frames.ts";
import { filePackSizes } from "./file_pack_memory.ts";
import { FilePackers } from "./file_packers.ts";
import { FilePacks } from "./file_packs.ts";
import type { Plan } from "./plan.ts";
import type { PackSource } from "./remote_slots.ts";
import { frameShape } from "../media/video_format.ts";
import { quotedPath } from "../media/printable.ts";
import { SceneDetection } from "./scene_detection.ts";
import type { EncoderSettings } from "./settings.ts";
import type { FedSlot, SlotVideo, SourceEvents, VideoSource } from "./video_source.ts";

export interface FileSourceSetup {
  /** Path of the encoder library. */
  readonly library: string;
  readonly settings: EncoderSettings;
  readonly input: FileInput;
  /** Frames, counted from the first that is encoded, that are keyframes whatever the detector says; ascending. */
  readonly forcedKeyframes: readonly number[];
  /** Bytes of memory for the packs of slots that want some; taken only with the first of them (filePackMemory). */
  readonly packBytes: number;
}

interface MadePacks extends PackSource {
  readonly packs: FilePacks;
  readonly packers: FilePackers;
}

export class FileSource implements VideoSource {
  readonly #setup: FileSourceSetup;
  /** Segments that slots are at. */
  readonly #attached = new Map<FedSlot, number>();
  #video: Extract<SlotVideo, { kind: "file" }>;
  #plan: Plan | undefined;
  #events: SourceEvents | undefined;
  #detection: SceneDetection | undefined;
  #made: MadePacks | undefined;

  constructor(setup: FileSourceSetup) {
    this.#setup = setup;
    this.#video = { kind: "file", input: setup.input };
  }

  get frames(): number {
    return this.#setup.input.frames;
  }

  get video(): SlotVideo {
    return this.#video;
  }

  get packs(): PackSource {
    return this.#made ??= this.#makePacks();
  }

  get packingCpuSeconds(): number {
    return this.#made?.packers.cpuSeconds ?? 0;
  }

  start(plan: Plan, events: SourceEvents): void {
    this.#plan = plan;
    this.#events = events;
    if (plan.complete) return;
    const { library, settings, input, forcedKeyframes } = this.#setup;
    this.#detection = new SceneDetection(
      { library, settings, input, forcedKeyframes },
      // Until `allow`, which comes before the thread runs.
      0,
      (report) => this.#onReport(report),
    );
  }

  allow(segments: number): void {
    this.#detection?.allow(segments);
  }

  attach(segment: number, slot: FedSlot): void {
    const first = this.#plan?.segments[segment]?.first;
    if (first === undefined) throw new RangeError(`Cannot attach a slot to segment ${segment}: the plan has none`);
    if (slot.wantsPacks) (this.#made ??= this.#makePacks()).packs.attach(segment, first, slot);
    this.#attached.set(slot, segment);
    this.#grow(segment, slot);
  }

  detach(segment: number, slot: FedSlot): void {
    if (this.#attached.get(slot) !== segment) return;
    this.#attached.delete(slot);
    if (slot.wantsPacks) this.#made?.packs.detach(slot);
  }

  /** The file keeps its frames. */
  settle(): void {}

  canRetry(): boolean {
    return true;
  }

  close(): void {
    this.#detection?.close();
    this.#made?.packers.close();
  }

  #onReport(report: DetectorReport): void {
    const events = this.#events!;
    switch (report.kind) {
      case "failed":
        return events.failed(new IncompleteError(report.reason));
      case "layout":
        this.#video = { kind: "file", input: { ...this.#video.input, layout: report.layout } };
        this.#made?.packs.relocate(this.#video.input);
        return events.videoChanged();
      case "detected":
        events.detected(report.detected);
        for (const [slot, segment] of this.#attached) this.#grow(segment, slot);
    }
  }

  #grow(index: number, slot: FedSlot): void {
    const segment = this.#plan?.segments[index];
    // Cut off meanwhile: its slot is being stopped.
    if (segment === undefined) return;
    const known = this.#plan!.known(segment);
    if (slot.wantsPacks) this.#made!.packs.grow(slot, known, segment.frames);
    else slot.grow(known, segment.frames);
  }

  #makePacks(): MadePacks {
    const { library, settings, packBytes: roomBytes } = this.#setup, { input } = this.#video;
    const { packFrames, packBytes, placeBytes } = filePackSizes(input.layout.frameBytes);
    const places = Math.max(1, Math.floor(roomBytes / placeBytes));
    // Memory is taken from the system page by page, as it is first written to.
    const arena = new SharedArrayBuffer(places * placeBytes);
    const failed = (reason: string) =>
      this.#events!.failed(new IncompleteError(`Cannot pack the frames of ${quotedPath(input.path)}: ${reason}`));
    const packers = new FilePackers({ library, arena, packFrames, shape: frameShape(settings) }, {
      made: (id, bytes) => packs.made(id, bytes),
      notMade: (id, reason) => packs.notMade(id, reason),
      failed,
    });
    packers.prepare();
    const packs: FilePacks = new FilePacks({
      input,
      places,
      placeBytes,
      packFrames,
      make: (job, slots) => packers.make(job, slots),
      // What a slot that reads the file would say.
      onFailure: (reason) => this.#events!.failed(new IncompleteError(reason)),
    });
    return { arena, frameBytes: input.layout.frameBytes, packBytes, packs, packers };
  }
}
