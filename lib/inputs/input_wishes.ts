// What the command line says of reading. Apart from whoever reads: every start loads it.

import type { BitDepth } from "./pixel_formats.ts";

export const inputVias = ["y4m", "ffmpeg", "vspipe"] as const;
export type InputVia = typeof inputVias[number];
export const bitDepths = ["8", "10", "12"] as const;

export interface InputWishes {
  /** undefined leaves it to the file. */
  readonly inputVia: InputVia | undefined;
  /** Bits a sample to encode; undefined is as many as there are. */
  readonly bitDepth: BitDepth | undefined;
  /** A chain of ffmpeg's filters. */
  readonly videoFilter: string | undefined;
}
