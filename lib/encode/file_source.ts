// A file as the source of a run's frames: slots read it for themselves by offset, the detector's thread reads it once
// from its start and may say that frames sit elsewhere than a fixed stride has them.

import { IncompleteError } from "../errors.ts";
import type { DetectorReport } from "./detector_thread.ts";
import type { FileInput } from "./file_frames.ts";
import type { Plan } from "./plan.ts";
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
}

export class FileSource implements VideoSource {
  readonly #setup: FileSourceSetup;
  readonly #attached = new Map<number, FedSlot>();
  #video: Extract<SlotVideo, { kind: "file" }>;
  #plan: Plan | undefined;
  #detection: SceneDetection | undefined;

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

  start(plan: Plan, events: SourceEvents): void {
    this.#plan = plan;
    if (plan.complete) return;
    const { library, settings, input, forcedKeyframes } = this.#setup;
    this.#detection = new SceneDetection(
      { library, settings, input, forcedKeyframes },
      // Until `allow`, which comes before the thread runs.
      0,
      (report) => this.#onReport(report, events),
    );
  }

  allow(segments: number): void {
    this.#detection?.allow(segments);
  }

  attach(segment: number, slot: FedSlot): void {
    this.#attached.set(segment, slot);
    this.#grow(segment, slot);
  }

  detach(segment: number): void {
    this.#attached.delete(segment);
  }

  canRetry(): boolean {
    return true;
  }

  close(): void {
    this.#detection?.close();
  }

  #onReport(report: DetectorReport, events: SourceEvents): void {
    switch (report.kind) {
      case "failed":
        return events.failed(new IncompleteError(report.reason));
      case "layout":
        this.#video = { kind: "file", input: { ...this.#video.input, layout: report.layout } };
        return events.videoChanged();
      case "detected":
        events.detected(report.detected);
        for (const [segment, slot] of this.#attached) this.#grow(segment, slot);
    }
  }

  #grow(index: number, slot: FedSlot): void {
    const segment = this.#plan?.segments[index];
    // Cut off meanwhile: its slot is being stopped.
    if (segment !== undefined) slot.grow(this.#plan!.known(segment), segment.frames);
  }
}
