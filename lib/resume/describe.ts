// What is said to the user about a store that was found: a line for each thing that is not as in a first run.

import { deathsToSetAside } from "./blame.ts";
import type { Plan } from "./documents.ts";
import type { Restored } from "./opening.ts";

export interface RestoredWords {
  /** Frames of the input before the first that is encoded. */
  readonly skip: number;
  /** Frames to encode; null while that is not known. */
  readonly frames: number | null;
  /** Whether suspected segments are put off to the end. */
  readonly putsOff: boolean;
}

/** Lines for the user; those that tell of a loss are warnings. */
export function describeRestored(
  restored: Restored,
  { skip, frames, putsOff }: RestoredWords,
): { text: string; warning: boolean }[] {
  const note = (text: string) => ({ text, warning: false }), warning = (text: string) => ({ text, warning: true });
  const { segments, plan, begun, damaged, mended, blamed, memoryWasShort, slotLimit } = restored;
  const done = segments.reduce((sum, segment) => sum + segment.frames, 0);
  const lines = segments.length === 0 ? [] : [
    note(
      `continuing: ${done}${frames === null ? "" : ` of ${frames}`} frames (${
        count(segments.length, "segment")
      }) were ` +
        `finished since ${localTime(begun)}; --restart begins anew`,
    ),
  ];
  if (damaged.length > 0) {
    lines.push(warning(
      `the resume file is damaged: ${count(damaged.length, "segment")} (${framesOf(damaged, plan, skip)}) ` +
        `${damaged.length === 1 ? "is" : "are"} encoded again`,
    ));
  } else if (mended) lines.push(warning("the resume file was damaged and has been mended; nothing is lost"));
  if (memoryWasShort) {
    const slots = slotLimit === null ? "" : `: at most ${count(slotLimit, "slot")} from now on`;
    lines.push(warning(`the last run ended for want of memory${slots}`));
  } else if (slotLimit !== null) {
    lines.push(note(`at most ${count(slotLimit, "slot")}: an earlier run ended for want of memory`));
  }
  const aside = new Set(restored.setAside);
  const suspects = blamed.filter((index) => !aside.has(index));
  if (suspects.length > 0) {
    const where = framesOf(suspects, plan, skip);
    lines.push(warning(`the last run died at ${where}${putsOff ? "; they are encoded last" : ""}`));
  }
  if (aside.size > 0) {
    const where = framesOf([...aside], plan, skip);
    lines.push(
      warning(`${where} are left out: the process has died there ${deathsToSetAside} times; --resume tries them again`),
    );
  }
  return lines;
}

/** "frames 0-11, 120-239": frames of the input, `skip` of them left out before the first that is encoded. */
export function frameList(segments: readonly { first: number; frames: number }[], skip: number): string {
  const ranges: [number, number][] = [];
  for (const { first, frames } of segments.toSorted((a, b) => a.first - b.first)) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] + 1 === skip + first) last[1] += frames;
    else ranges.push([skip + first, skip + first + frames - 1]);
  }
  const shown = ranges.slice(0, 8).map(([from, to]) => `${from}-${to}`);
  return `frames ${shown.join(", ")}${
    ranges.length > shown.length ? `, and ${ranges.length - shown.length} more` : ""
  }`;
}

/** The same for segments by their index; the open one reaches as far as is decided. */
export function framesOf(segments: readonly number[], { keyframes, decided }: Plan, skip: number): string {
  const found = segments.map((index) => {
    const first = keyframes[index] ?? 0;
    return { first, frames: Math.max(1, (keyframes[index + 1] ?? decided) - first) };
  });
  return frameList(found, skip);
}

/** "2026-11-21 07:45", the machine's own time. */
export function localTime(ms: number): string {
  const date = new Date(ms);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ` +
    `${two(date.getHours())}:${two(date.getMinutes())}`;
}

export function count(number: number, what: string, several = `${what}s`): string {
  return `${number} ${number === 1 ? what : several}`;
}
