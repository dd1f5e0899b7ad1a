// The line before each frame's samples of a y4m: "FRAME", parameters after a space, newline. One home for what counts as
// such a line and for the words about what is not one, so that a file and a stream are read, and refused, alike.

import { bareFrameLine } from "./frame_layout.ts";

/** A FRAME line's parameters are a few letters; the y4m crate stops at 1 KiB. */
export const maxFrameLineBytes = 4096;
const nameBytes = bareFrameLine.length - 1;
const [newline, carriageReturn, space] = [0x0a, 0x0d, 0x20];

/** A whole FRAME line of `bytes` bytes; one that the input's end cuts; one without end; something else. */
export type FrameLine = { readonly kind: "frame"; readonly bytes: number } | FrameLineFault;
export type FrameLineFault = { readonly kind: "cut" | "long" | "other" };

/**
 * What starts with `line`. Right where `line` holds a newline or `maxFrameLineBytes` bytes, or the input ends with it; of
 * fewer bytes, at least six, "other" is right too.
 */
export function readFrameLine(line: Uint8Array): FrameLine {
  const end = line.subarray(0, maxFrameLineBytes).indexOf(newline);
  const next = line[nameBytes];
  // A carriage return is a text conversion that spared the samples, or a writer with Windows habits.
  const isFrame = line.subarray(0, nameBytes).every((byte, index) => byte === bareFrameLine[index]) &&
    (next === undefined || next === newline || next === space ||
      (next === carriageReturn && (end < 0 || end === nameBytes + 1)));
  if (!isFrame) return { kind: "other" };
  if (end >= 0) return { kind: "frame", bytes: end + 1 };
  return { kind: line.length < maxFrameLineBytes ? "cut" : "long" };
}

export interface FrameFault {
  /** "frame" where the line is whole and its samples are not. */
  readonly kind: FrameLine["kind"];
  /** "the file", or "it". */
  readonly input: string;
  /** From 0. */
  readonly frame: number;
  /** Byte at which the frame's line starts, or should. */
  readonly position: number;
  /** Bytes from there to the input's end, where that is what is wrong. */
  readonly left: number;
}

/** How many come before that. */
export function wholeFrames(frames: number): string {
  return `${frames} whole ${frames === 1 ? "frame" : "frames"}`;
}

/** What stands where a whole frame should, one clause. */
export function describeFrameFault({ kind, input, frame, position, left }: FrameFault): string {
  switch (kind) {
    case "frame":
    case "cut":
      return `${input} ends ${left} ${left === 1 ? "byte" : "bytes"} into frame ${frame}`;
    case "long":
      return `the FRAME line of frame ${frame}, at byte ${position}, is longer than ${maxFrameLineBytes} bytes`;
    case "other":
      return `at byte ${position}, where the FRAME line of frame ${frame} should be, there is something else`;
  }
}
