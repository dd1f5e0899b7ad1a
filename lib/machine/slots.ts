// How many slots memory allows. What the mode leaves to others stays theirs, what others have taken already is not
// counted on, and one slot always fits: short memory makes an encode slow, never impossible.
//
// Gigabytes are 10^9 bytes, as in the original's --memory.

import type { MemoryState } from "./memory.ts";

export type MemoryMode = "light" | "heavy" | "unlimited";

const gigabyte = 1e9;

/** Bytes that a mode leaves to other programs on a machine (or in a control group) of `total` bytes. */
export function reservedBytes(mode: MemoryMode, total: number): number {
  switch (mode) {
    case "light":
      return Math.min(12 * gigabyte, Math.max(2 * gigabyte, total / 2));
    case "heavy":
      return Math.min(6 * gigabyte, Math.max(1 * gigabyte, total / 5));
    case "unlimited":
      return 0;
  }
}

export interface SlotsRequest {
  readonly mode: MemoryMode;
  /** Peak bytes of one slot: bytesPerSlot() of memory_model.ts. */
  readonly bytesPerSlot: number;
  /** Slots that the processors (or --threads) ask for, at least 1. */
  readonly wanted: number;
  readonly memory: MemoryState;
  /** Bytes this process holds now, slots at work included: residentBytes(). */
  readonly held: number;
  /** Bytes this process needs beside its slots: what it held before the first of them, and its buffers. */
  readonly beside: number;
}

export interface SlotsChoice {
  /** 1 to wanted. */
  readonly slots: number;
  readonly wanted: number;
  readonly mode: MemoryMode;
  /** Bytes all of this process may have, its slots and the rest; Infinity where memory is not looked at. */
  readonly budget: number;
  readonly bytesPerSlot: number;
  /** True where even the one slot does not fit. */
  readonly tooSmall: boolean;
}

/**
 * Decides how many slots may be at work. Right at any time of a run: memory that running slots have yet to take is still
 * among `available`, and what they have taken is in `held`.
 */
export function slotsForMemory(request: SlotsRequest): SlotsChoice {
  const { mode, bytesPerSlot, wanted, memory, held, beside } = request;
  const budget = mode === "unlimited"
    ? Infinity
    : Math.min(memory.total - reservedBytes(mode, memory.total), held + memory.available - spareBytes(memory));
  const fitting = Math.floor((budget - beside) / bytesPerSlot);
  const slots = Math.max(1, Math.min(wanted, fitting));
  return { slots, wanted, mode, budget: Math.max(0, budget), bytesPerSlot, tooSmall: fitting < 1 };
}

/** Bytes of the available ones that are left alone, lest others be pushed out: a twentieth, 1 GB at most. */
function spareBytes(memory: MemoryState): number {
  return Math.min(gigabyte, memory.total / 20);
}

/**
 * The line that explains fewer slots than wanted, undefined when all are had:
 * "6 of 16 slots: memory 20.0 GB, 3.10 GB a slot; --memory heavy gives 8".
 */
export function describeSlots(request: SlotsRequest): string | undefined {
  const choice = slotsForMemory(request);
  if (choice.slots === choice.wanted && !choice.tooSmall) return undefined;
  const modes: MemoryMode[] = request.mode === "light" ? ["heavy", "unlimited"] : ["unlimited"];
  const better = modes
    .map((mode) => ({ mode, slots: slotsForMemory({ ...request, mode }).slots }))
    .find(({ slots }) => slots > choice.slots);
  return `${choice.slots} of ${choice.wanted} slots: memory ${gigabytes(choice.budget)}, ` +
    `${gigabytes(choice.bytesPerSlot)} a slot` +
    (choice.tooSmall ? " (one is used all the same)" : "") +
    (better ? `; --memory ${better.mode} gives ${better.slots}` : "");
}

function gigabytes(bytes: number): string {
  const value = bytes / gigabyte;
  return `${value.toFixed(value < 9.995 ? 2 : 1)} GB`;
}
