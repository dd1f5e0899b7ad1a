// How many slots, and how many tasks beyond them, the worker's memory allows: the model of local encoding, with the packs of
// each task counted beside its encoder. Sessions with different videos are reckoned as if all were the largest one, so that
// whatever is begun next fits.

import type { ResolvedSettings } from "../../../ffi/library.ts";
import type { EncoderSettings } from "../../encode/settings.ts";
import { recently } from "../../encode/slot_budget.ts";
import { type MemoryState, memoryState, residentBytes } from "../../machine/memory.ts";
import { bytesPerSlot } from "../../machine/memory_model.ts";
import { framesOfUnlimitedSegment } from "../../machine/pack_budget.ts";
import { describeSlots, type MemoryMode, slotsForMemory, type SlotsRequest } from "../../machine/slots.ts";
import { ringBytes } from "./pack_ring.ts";

/** Of each session: the thread that has no task (session_slots.ts). */
const idleThreadBytes = 16e6;

/** What a session's tasks need. Bytes. */
export interface SessionMemory {
  /** A running task's encoder, its thread included. */
  readonly encoderBytes: number;
  /** A task's packs. */
  readonly placeBytes: number;
  /** Packs of a task that may be sent before any are used up. */
  readonly credit: number;
}

/** Of the longest segment's frames so much may be here ahead of the encoder, packed or not: a round trip costs nothing then. */
const partOfSegment = 1 / 4;
/** But no more than this, unless two packs are more. */
const mostCreditBytes = 32 * 1024 * 1024;
/** The pack that is being read, and the next. */
const leastPacks = 2;

export function sessionMemory(
  settings: EncoderSettings,
  resolved: ResolvedSettings,
  packBytes: number,
): SessionMemory {
  const segment = Math.min(resolved.keyint, framesOfUnlimitedSegment) * resolved.frameBytes;
  const credit = Math.floor(Math.max(leastPacks * packBytes, Math.min(segment * partOfSegment, mostCreditBytes)));
  return { encoderBytes: bytesPerSlot(settings, resolved), placeBytes: ringBytes(credit, packBytes), credit };
}

export interface WorkerMemoryOptions {
  readonly mode: MemoryMode;
  /** Slots that the processors (or --threads) ask for. */
  readonly wanted: number;
  /** What the machine says; others in tests. */
  readonly machine?: { memory(): MemoryState; resident(): number };
}

export interface Room {
  /** Slots that may encode, 1 to wanted. */
  readonly slots: number;
  /** Tasks beyond those whose packs may be here, in all. */
  readonly ahead: number;
  /** Why there are fewer slots than wanted, as a line for the log; undefined where all are had. */
  readonly shortage: string | undefined;
}

/** What the worker holds before its first session. */
export class WorkerMemory {
  readonly #options: WorkerMemoryOptions;
  readonly #machine: Required<WorkerMemoryOptions>["machine"];
  readonly #beside: number;

  constructor(options: WorkerMemoryOptions) {
    this.#options = options;
    this.#machine = options.machine ?? { memory: recently(memoryState), resident: recently(residentBytes) };
    this.#beside = this.#machine.resident();
  }

  get wanted(): number {
    return this.#options.wanted;
  }

  /** Room for sessions like these, now. */
  room(sessions: Iterable<SessionMemory>): Room {
    const { mode, wanted } = this.#options, all = [...sessions];
    const slot = largest(all, ({ encoderBytes, placeBytes }) => encoderBytes + placeBytes);
    if (slot === 0) return { slots: wanted, ahead: wanted, shortage: undefined };
    const request: SlotsRequest = {
      mode,
      wanted,
      bytesPerSlot: slot,
      memory: this.#machine.memory(),
      held: this.#machine.resident(),
      beside: this.#beside,
    };
    const { slots, budget } = slotsForMemory(request);
    const place = largest(all, ({ placeBytes }) => placeBytes);
    const left = budget - this.#beside - slots * slot - all.length * idleThreadBytes;
    const ahead = Math.max(0, Math.min(slots, Math.floor(left / place)));
    return { slots, ahead, shortage: describeSlots(request) };
  }

  /** Why such a session cannot be had on this machine at any time; undefined where it can. */
  refusal({ encoderBytes, placeBytes }: SessionMemory): string | undefined {
    const needed = encoderBytes + placeBytes, { total } = this.#machine.memory();
    if (this.#options.mode === "unlimited" || needed <= total) return undefined;
    return `one slot needs ${gigabytes(needed)}, and this worker has ${gigabytes(total)} of memory`;
  }

  /** Why it cannot be had beside these sessions, each of which may have one task at the least; undefined where it can. */
  crowding(session: SessionMemory, others: Iterable<SessionMemory>): string | undefined {
    const all = [session, ...others], { total } = this.#machine.memory();
    const needed = all.reduce((sum, { placeBytes }) => sum + placeBytes, 0) +
      largest(all, ({ encoderBytes }) => encoderBytes);
    if (this.#options.mode === "unlimited" || needed <= total) return undefined;
    return `with its ${all.length - 1} other sessions ${gigabytes(needed)} would be needed, and this worker has ` +
      `${gigabytes(total)} of memory`;
  }
}

function largest(sessions: Iterable<SessionMemory>, size: (session: SessionMemory) => number): number {
  let most = 0;
  for (const session of sessions) most = Math.max(most, size(session));
  return most;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`;
}
