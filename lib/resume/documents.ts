// The documents a store keeps beside its segments, as plain data.

import type { PastRun } from "./blame.ts";
import type { Identity } from "./identity.ts";
import type { OomCounters } from "./oom.ts";
import type { Ranges } from "./ranges.ts";

/** Written once, when the store is made; the identity's input may be confirmed anew. */
export interface Beginning {
  readonly identity: Identity;
  /** Absolute path of the output, to inform. */
  readonly output: string;
  /** Whether that first run was allowed to replace an output that exists. */
  readonly mayReplace: boolean;
  /** Milliseconds since 1970. */
  readonly begun: number;
}

/** One run of the program, rewritten as it gets on. */
export interface RunRecord {
  /** From 1. */
  readonly number: number;
  /** Milliseconds since 1970: when it opened the store, and when it last wrote to it. */
  readonly started: number;
  readonly lastHeard: number;
  /** null until it has said that it is leaving, then whether all was well. */
  readonly ended: boolean | null;
  readonly slots: number;
  readonly slotBytes: number;
  readonly memory: PastRun["memory"];
  readonly oom: OomCounters;
  /** Segments that may be running, each with when that was first said, milliseconds since 1970. */
  readonly announced: readonly (readonly [segment: number, since: number])[];
  /** Segments that were at work when it last wrote, each with when it was begun; absent before the first word of it. */
  readonly running?: readonly (readonly [segment: number, since: number])[];
  /** Segments that are finished, those of earlier runs included: said here too, so that a lost one is missed. */
  readonly finished: Ranges;
}

/** What was found damaged when the store was last opened. */
export interface DamageRecord {
  readonly segments: readonly number[];
}

/** What is known of a complete output, and of the plan, is as the encode has it. */
export type { FinalOutput } from "../encode/final_output.ts";
export type { Detected as Plan } from "../encode/plan.ts";
