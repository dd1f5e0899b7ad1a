// One encode that must give the same packets from the stock rav1e command and from this program: a clip made by code,
// the options both are given, and what the stock output must show for the case to be worth anything (its keyframes,
// tiles, grain). make_golden.ts refuses to write sums for a case that does not show it.

import type { Clip, Y4mParameters } from "../support/clips.ts";

export interface OracleCase {
  /** Unique; tests are named by it. */
  readonly name: string;
  readonly clip: Clip;
  /** How the y4m file is written. */
  readonly y4m?: Y4mParameters;
  /** Options for both commands, without input and output. */
  readonly args?: readonly string[];
  /** Options for the stock command alone: what the y4m header says and rav1e would have to be told. */
  readonly stockArgs?: readonly string[];
  /** Slots of this program; 2 where absent. */
  readonly threads?: number;
  /** Files that `args` name, by name, written beside the clip. */
  readonly files?: Readonly<Record<string, string>>;
  /** Where the stock command must put keyframes, counted from the first encoded frame. */
  readonly keyframes: readonly number[];
  /** Frames encoded, where it is not all of the clip's. */
  readonly frames?: number;
  /** Columns and rows of tiles; "1x1" where absent. */
  readonly tiles?: string;
  /** The frames on which a decoder must draw film grain; none where absent. */
  readonly grain?: readonly number[];
  /** Another case, on the same pictures, whose packets must be others: the option must have an effect. */
  readonly differsFrom?: string;
}

/** Whole numbers from `first` to `last`. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
