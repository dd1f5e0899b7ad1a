// A slot on this machine: a Web Worker (worker.ts) that encodes one segment at a time. The thread is started with its
// first segment, or a little before, and kept; when it dies, the segment it had fails and the next one gets a new thread.
// Memory of an encoder is held only between a segment's begin and its end.

import type { ArmedMark } from "../../ffi/crash_mark.ts";
import { PackFeed } from "../pipe/pack_feed.ts";
import type { SegmentPackets, SegmentTask } from "./segment_encoder.ts";
import type { EncoderSettings } from "./settings.ts";
import { SlotControl } from "./slot_control.ts";
import type { FedSlot, SlotVideo } from "./video_source.ts";

/** What every segment of a run has in common. */
export interface SlotSetup {
  /** Path of the encoder library. */
  readonly library: string;
  readonly settings: EncoderSettings;
  readonly video: SlotVideo;
  readonly onePiece: boolean;
  /** Where a crash is marked with the segment that was its doing; undefined where nobody would read it. */
  readonly crashMark?: ArmedMark | undefined;
  readonly control: SharedArrayBuffer;
  /** The memory of a PackFeed. */
  readonly feed: SharedArrayBuffer;
}

/** Messages to worker.ts. */
export type SlotInput =
  | { kind: "setup"; setup: SlotSetup }
  /** `arena`: where its packs are, where that is another place each time. */
  | { kind: "task"; task: SegmentTask; arena?: SharedArrayBuffer }
  /** The thread is not needed any more. */
  | { kind: "end" };

/** Messages from worker.ts. */
export type SlotReport =
  | { kind: "done"; packets: SegmentPackets }
  | { kind: "cancelled" }
  /** The input could not be read. */
  | { kind: "input-failed"; reason: string }
  /** The thread cannot go on. */
  | { kind: "died"; reason: string }
  | { kind: "failed"; reason: string }
  /** A pack's frames are all read. */
  | { kind: "pack-taken" };

/** How a try at a segment ended. */
export type SlotOutcome = Exclude<SlotReport, { kind: "died" } | { kind: "pack-taken" }>;

export class LocalSlot implements FedSlot {
  readonly wantsPacks: boolean;
  readonly feed = new PackFeed();
  onPackTaken: (() => void) | undefined;
  readonly #control = new SlotControl();
  #worker: Worker | undefined;
  #settle: ((outcome: SlotOutcome) => void) | undefined;

  constructor(readonly number: number, readonly common: Omit<SlotSetup, "control" | "feed">) {
    this.wantsPacks = common.video.kind === "packs";
  }

  /** Starts the thread ahead of the first segment, so that it need not be waited for. */
  prepare(): void {
    this.#worker ??= this.#start();
  }

  /** Encodes a segment, as far as `grow` says that its frames may be read. `arena`: where its packs are, unless `common` says. */
  encode(task: SegmentTask, arena?: SharedArrayBuffer): Promise<SlotOutcome> {
    if (this.#settle !== undefined) throw new TypeError(`Slot ${this.number} is encoding already`);
    this.#control.reset();
    this.feed.reset();
    const worker = this.#worker ??= this.#start();
    return new Promise((resolve) => {
      this.#settle = resolve;
      worker.postMessage({ kind: "task", task, arena } satisfies SlotInput);
    });
  }

  grow(known: number, frames: number | null): void {
    this.#control.grow(known, frames);
  }

  /** How far the segment that is being encoded has got. */
  get progress(): { sent: number; packets: number; bytes: number; waiting: boolean } {
    const { sent, packets, bytes, waiting } = this.#control;
    return { sent, packets, bytes, waiting };
  }

  /** The running segment ends as "cancelled", within the encoding of one frame. */
  cancel(): void {
    this.#control.cancel();
  }

  /**
   * Ends the thread. Only for idle slots: a thread inside the encoder cannot be stopped. It ends itself, because it may have
   * given its packets a moment ago and be freeing the encoder still: one that is not freed keeps its memory for good.
   */
  close(): void {
    this.#worker?.postMessage({ kind: "end" } satisfies SlotInput);
    this.#worker = undefined;
  }

  /**
   * Gives up a thread that does not come back: its segment fails with this reason. Should the thread be inside the encoder,
   * it lives on and keeps its memory; nothing it still does is listened to.
   */
  abandon(reason: string): void {
    this.#control.cancel();
    this.#terminate();
    this.#end({ kind: "failed", reason });
  }

  #start(): Worker {
    const worker = new Worker(new URL("../../worker.ts", import.meta.url), {
      type: "module",
      name: `slot ${this.number}`,
    });
    worker.onmessage = ({ data }: MessageEvent<SlotReport>) => {
      // An abandoned thread that still talks is not this slot's any more.
      if (worker !== this.#worker) return;
      if (data.kind === "pack-taken") this.onPackTaken?.();
      else if (data.kind === "died") this.#died(data.reason);
      else this.#end(data);
    };
    // Before the thread could listen for its own errors: its modules could not be loaded.
    worker.onerror = (event) => {
      event.preventDefault();
      if (worker === this.#worker) this.#died(event.message);
    };
    worker.onmessageerror = () => this.#end({ kind: "failed", reason: "its packets could not be received" });
    const setup = { ...this.common, control: this.#control.memory, feed: this.feed.memory };
    worker.postMessage({ kind: "setup", setup } satisfies SlotInput);
    return worker;
  }

  #terminate(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
  }

  #died(reason: string): void {
    this.#terminate();
    this.#end({ kind: "failed", reason: `its thread ended: ${reason}` });
  }

  #end(outcome: SlotOutcome): void {
    const settle = this.#settle;
    this.#settle = undefined;
    this.onPackTaken = undefined;
    settle?.(outcome);
  }
}
