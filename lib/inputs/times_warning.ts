// What is said where an output cannot show frames when the source shows them.

import type { ContainerFormat } from "../containers/container.ts";
import type { FrameTimes } from "../media/frame_times.ts";
import { quotedPath } from "../media/printable.ts";
import type { Ratio } from "../media/video_format.ts";

/** Their frames follow each other at one rate. */
const withoutTimes: readonly ContainerFormat[] = ["ivf", "obu"];

/** Where the video goes, and in what. */
export interface NamedOutput {
  readonly output: string;
  readonly format: ContainerFormat;
}

/** One line for the user; undefined where nothing is lost. `name`: what messages call the input. */
export function timesWarning(
  name: string,
  { isConstant, frameRate }: FrameTimes,
  { output, format }: NamedOutput,
): string | undefined {
  if (isConstant || !withoutTimes.includes(format)) return undefined;
  const rate = Number((frameRate.num / frameRate.den).toFixed(3));
  return `the frames of ${name} last differently long, which ${
    quotedPath(output)
  } has no place for: they will be shown at ` +
    `${rate} frames a second, out of step with the sound; ${wayOut(frameRate)}`;
}

/**
 * What to do about frames that are not shown at the rate that was claimed. `zones`: the file whose times were turned into
 * frames by that rate; undefined where none were.
 */
export function irregularAdvice({ output, format }: NamedOutput, frameRate: Ratio, zones?: string): string {
  const advice = withoutTimes.includes(format)
    ? `, and ${quotedPath(output)} has no place for that; ${wayOut(frameRate)}`
    : "";
  if (zones === undefined) return advice;
  return `${advice}; times in ${quotedPath(zones)} behind it are those of other frames: give first and last there`;
}

function wayOut({ num, den }: Ratio): string {
  // An average is no rate that anyone means.
  const rate = den === 1 || den === 1001 ? `${num}${den === 1 ? "" : `/${den}`}` : `${Math.round(num / den)}`;
  return `name the output .mkv or .mp4, or make the rate constant: --video-filter fps=${rate}`;
}
