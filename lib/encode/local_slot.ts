// A slot on this machine: a Web Worker (worker.ts) that encodes one segment at a time. The thread is started with its
// first segment, or a little before, and kept; when it dies, the segment it had fails and the next one gets a new thread. Memory of an encoder
// is held only between a segment's begin and its end.

import type { FileInput } from "./file_frames.ts";
import type { SegmentPackets, SegmentTask } from "./segment_encoder.ts";
import type { EncoderSettings } from "./settings.ts";
import { SlotControl } from "./slot_control.ts";

/** What every segment of a run has in common. */
export interface SlotSetup {
  /** Path of the encoder library. */
  readonly library: string;
  readonly settings: EncoderSettings;
  readonly input: FileInput;
  readonly onePiece: boolean;
  readonly control: SharedArrayBuffer;
}

/** Messages to worker.ts. */
export type SlotInput = { kind: "setup"; setup: SlotSetup } | { kind: "task"; task: SegmentTask };

/** Messages from worker.ts. */
export type SlotReport =
  | { kind: "done"; packets: SegmentPackets }
  | { kind: "cancelled" }
  /** The input could not be read. */
  | { kind: "input-failed"; reason: string }
  /** The thread cannot go on. */
  | { kind: "died"; reason: string }
  | { kind: "failed"; reason: string };

/** How a try at a segment ended. */
export type SlotOutcome = Exclude<SlotReport, { kind: "died" }>;

export class LocalSlot {
  readonly #control = new SlotControl();
  #worker: Worker | undefined;
  #settle: ((outcome: SlotOutcome) => void) | undefined;

  constructor(readonly number: number, readonly common: Omit<SlotSetup, "control">) {}

  /** Starts the thread ahead of the first segment, so that it need not be waited for. */
  prepare(): void {
    this.#worker ??= this.#start();
  }

  /** Encodes a segment. `known` of its frames may be read now, `frames` is its length or null while that is open. */
  encode(task: SegmentTask, known: number, frames: number | null): Promise<SlotOutcome> {
    if (this.#settle !== undefined) throw new TypeError(`Slot ${this.number} is encoding already`);
    this.#control.reset(known, frames);
    const worker = this.#worker ??= this.#start();
    return new Promise((resolve) => {
      this.#settle = resolve;
      worker.postMessage({ kind: "task", task } satisfies SlotInput);
    });
  }

  /** The segment that is being encoded has grown, or has ended. */
  grow(known: number, frames: number | null): void {
    this.#control.grow(known, frames);
  }

  /** Packets and bytes of the segment that is being encoded, so far. */
  get progress(): { packets: number; bytes: number } {
    return { packets: this.#control.packets, bytes: this.#control.bytes };
  }

  /** The running segment ends as "cancelled", within the encoding of one frame. */
  cancel(): void {
    this.#control.cancel();
  }

  /** Ends the thread. Only for idle slots: a thread inside the encoder cannot be stopped and would keep its memory. */
  close(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
  }

  #start(): Worker {
    const worker = new Worker(new URL("../../worker.ts", import.meta.url), {
      type: "module",
      name: `slot ${this.number}`,
    });
    worker.onmessage = ({ data }: MessageEvent<SlotReport>) => {
      if (data.kind === "died") this.#died(data.reason);
      else this.#end(data);
    };
    // Before the thread could listen for its own errors: its modules could not be loaded.
    worker.onerror = (event) => {
      event.preventDefault();
      this.#died(event.message);
    };
    worker.onmessageerror = () => this.#end({ kind: "failed", reason: "its packets could not be received" });
    const setup = { ...this.common, control: this.#control.memory };
    worker.postMessage({ kind: "setup", setup } satisfies SlotInput);
    return worker;
  }

  #died(reason: string): void {
    this.close();
    this.#end({ kind: "failed", reason: `its thread ended: ${reason}` });
  }

  #end(outcome: SlotOutcome): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(outcome);
  }
}
