// How many slots a run may use: as many as are wanted, or as memory allows. Asked before each segment starts, because
// others take memory and give it back meanwhile; a change is said once, in one line.

import type { ResolvedSettings } from "../../ffi/library.ts";
import { type MemoryState, memoryState, residentBytes } from "../machine/memory.ts";
import { bytesPerSlot, detectorBytes } from "../machine/memory_model.ts";
import { describeSlots, type MemoryMode, slotsForMemory, type SlotsRequest } from "../machine/slots.ts";
import type { EncoderSettings } from "./settings.ts";

/** Where segments take milliseconds, the kernel's files are not read for each. */
const memoryIsNewMs = 100;

export interface SlotBudgetOptions {
  readonly mode: MemoryMode;
  readonly settings: EncoderSettings;
  readonly resolved: ResolvedSettings;
  /** Slots that the processors (or --threads) ask for. */
  readonly wanted: number;
  /** Bytes that frames take on their way to slots, with the threads that handle them: a pipe's, and those for workers. */
  readonly feedBytes?: number;
  /** What the process holds when it encodes nothing, in bytes; where not given, what it holds now. */
  readonly idleBytes?: number;
  /** Bytes that other runs of this process need now, slots and all. */
  readonly bytesOfOthers?: () => number;
  /** Gets a line when fewer slots than wanted are to be had, and when that changes. */
  readonly onChange: (line: string) => void;
  /** What the machine says; others in tests. */
  readonly machine?: { memory(): MemoryState; resident(): number };
}

export class SlotBudget {
  readonly #options: SlotBudgetOptions;
  readonly #bytesPerSlot: number;
  /** What the process holds before its first slot, and its scene detector. */
  readonly #beside: number;
  readonly #machine: Required<SlotBudgetOptions>["machine"];
  #slots: number;
  #tooSmall = false;

  constructor(options: SlotBudgetOptions) {
    this.#options = options;
    this.#bytesPerSlot = bytesPerSlot(options.settings, options.resolved);
    this.#slots = this.wanted;
    this.#machine = options.machine ?? { memory: recently(memoryState), resident: recently(residentBytes) };
    const idleBytes = options.idleBytes ?? this.#machine.resident();
    this.#beside = idleBytes + detectorBytes(options.settings, options.resolved) + (options.feedBytes ?? 0);
  }

  get wanted(): number {
    return this.#options.wanted;
  }

  /** Bytes that a slot needs at its peak. */
  get bytesPerSlot(): number {
    return this.#bytesPerSlot;
  }

  /** Bytes that the run needs beside its slots, without what the process holds anyway. */
  get besideBytes(): number {
    const { settings, resolved, feedBytes = 0 } = this.#options;
    return detectorBytes(settings, resolved) + feedBytes;
  }

  /** Slots that may encode now, 1 to wanted. */
  slotsNow(): number {
    const request = this.#request();
    const { slots, tooSmall } = slotsForMemory(request);
    // Else every segment of another run would be a change.
    if (this.#options.bytesOfOthers !== undefined) return slots;
    if (slots !== this.#slots || tooSmall !== this.#tooSmall) {
      this.#slots = slots;
      this.#tooSmall = tooSmall;
      this.#options.onChange(describeSlots(request) ?? `${slots} of ${slots} slots again: there is memory for all`);
    }
    return slots;
  }

  #request(): SlotsRequest {
    return {
      mode: this.#options.mode,
      wanted: this.wanted,
      bytesPerSlot: this.#bytesPerSlot,
      memory: this.#machine.memory(),
      held: this.#machine.resident(),
      beside: this.#beside + (this.#options.bytesOfOthers?.() ?? 0),
    };
  }
}

/** `read`, not more often than memoryIsNewMs. */
export function recently<T>(read: () => T): () => T {
  let last: { readonly value: T; readonly atMs: number } | undefined;
  return () => {
    const nowMs = performance.now();
    if (last === undefined || nowMs - last.atMs >= memoryIsNewMs) last = { value: read(), atMs: nowMs };
    return last.value;
  };
}
