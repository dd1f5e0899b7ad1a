// Slots that take a pipe's frames and encode nothing: what is left is what the pipe itself costs. Each is a thread that
// unpacks, as an encoder's thread would.

import { Plan } from "../../lib/encode/plan.ts";
import { Scheduler } from "../../lib/encode/scheduler.ts";
import { SlotControl } from "../../lib/encode/slot_control.ts";
import type { FedSlot } from "../../lib/encode/video_source.ts";
import { PackFeed } from "../../lib/pipe/pack_feed.ts";
import type { PipeSource } from "../../lib/pipe/pipe_source.ts";

export interface DrainSetup {
  readonly library: string;
  readonly arena: SharedArrayBuffer;
  readonly frameBytes: number;
  readonly control: SharedArrayBuffer;
  readonly feed: SharedArrayBuffer;
}

export type DrainInput = { kind: "setup"; setup: DrainSetup } | { kind: "segment"; first: number };
export type DrainReport = { kind: "taken" } | { kind: "done" };

class DrainSlot implements FedSlot {
  readonly wantsPacks = true;
  readonly feed = new PackFeed();
  readonly control = new SlotControl();
  readonly worker = new Worker(new URL("./drain_thread.ts", import.meta.url), { type: "module" });
  onPackTaken: (() => void) | undefined;
  segment: number | undefined;

  grow(known: number, frames: number | null): void {
    this.control.grow(known, frames);
  }
}

export class DrainSlots {
  /** Packs that were unpacked. */
  packs = 0;
  /** Time that the main thread was at work, messages between threads included. */
  mainSeconds = 0;
  readonly #slots: DrainSlot[];
  readonly #scheduler: Scheduler;
  readonly #end = Promise.withResolvers<void>();

  constructor(library: string, readonly source: PipeSource, readonly plan: Plan, slots: number) {
    const { arena, frameBytes } = source.packs;
    this.#scheduler = new Scheduler(plan);
    this.#slots = Array.from({ length: slots }, () => {
      const slot = new DrainSlot();
      slot.worker.onmessage = ({ data }: MessageEvent<DrainReport>) => this.#timed(() => this.#onReport(slot, data));
      const setup = { library, arena, frameBytes, control: slot.control.memory, feed: slot.feed.memory };
      slot.worker.postMessage({ kind: "setup", setup } satisfies DrainInput);
      return slot;
    });
  }

  /** Takes all frames there are. */
  async run(): Promise<void> {
    this.source.start(this.plan, {
      detected: (detected) =>
        this.#timed(() => {
          this.plan.advance(detected);
          this.#dispatch();
        }),
      videoChanged: () => {},
      cutShort: (error) => this.#end.reject(error),
      failed: this.#end.reject,
      note: (text) => console.error(text),
    });
    await this.#end.promise;
    for (const { worker } of this.#slots) worker.terminate();
  }

  #onReport(slot: DrainSlot, { kind }: DrainReport): void {
    if (kind === "taken") {
      this.packs++;
      return slot.onPackTaken?.();
    }
    this.#scheduler.commit(slot.segment!);
    this.source.detach(slot.segment!, slot);
    this.source.settle(slot.segment!);
    slot.segment = undefined;
    this.#dispatch();
  }

  #dispatch(): void {
    for (const slot of this.#slots) {
      const assignment = slot.segment === undefined ? this.#scheduler.next() : undefined;
      if (assignment === undefined) continue;
      const { index, first } = assignment.segment;
      slot.segment = index;
      slot.control.reset(0, null);
      this.source.attach(index, slot);
      slot.worker.postMessage({ kind: "segment", first } satisfies DrainInput);
    }
    if (this.#scheduler.finished) this.#end.resolve();
  }

  #timed(what: () => void): void {
    const start = performance.now();
    what();
    this.mainSeconds += (performance.now() - start) / 1000;
  }
}
