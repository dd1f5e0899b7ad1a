// Plans for the tests of this folder: made of segment lengths, reported in one piece or cut anyhow.

import fc from "fast-check";
import type { Detected } from "../../../lib/encode/plan.ts";
import { Plan } from "../../../lib/encode/plan.ts";

/** First frames of segments of these lengths. */
export function firsts(lengths: readonly number[]): number[] {
  let first = 0;
  return lengths.map((length) => (first += length) - length);
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** A complete plan. */
export function completePlan(lengths: readonly number[]): Plan {
  const plan = new Plan();
  plan.advance({ decided: sum(lengths), keyframes: firsts(lengths), complete: true });
  return plan;
}

/** The reports on segments of these lengths when they are sent after so many decided frames; the last one completes. */
export function reportsAt(lengths: readonly number[], cuts: readonly number[]): Detected[] {
  const frames = sum(lengths);
  const keyframes = firsts(lengths);
  const ends = [...cuts.map((cut) => cut % (frames + 1)).sort((a, b) => a - b), frames];
  return ends.map((decided, report) => ({
    decided,
    keyframes: keyframes.filter((keyframe) => keyframe >= (ends[report - 1] ?? 0) && keyframe < decided),
    complete: report === ends.length - 1,
  }));
}

/** Segment lengths and the reports on them, cut anyhow: empty ones and such without a keyframe among them. */
export const cutReports = fc.tuple(
  fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 30 }),
  fc.array(fc.nat(1000), { maxLength: 40 }),
).map(([lengths, cuts]) => ({ lengths, reports: reportsAt(lengths, cuts) }));
