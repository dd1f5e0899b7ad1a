// A zone as zones.toml describes it, checked as far as that can be without the video: a range of the input, by frames or by
// time, and what is other than the command line says there.

import type { ZoneValues } from "../encode/settings.ts";

/** A frame of the input, from 0, or seconds from its start. */
export type ZonePosition =
  | { readonly kind: "frame"; readonly frame: number }
  | { readonly kind: "time"; readonly seconds: number };

export interface Zone extends Partial<ZoneValues> {
  /** Where it begins. */
  readonly start: ZonePosition;
  /** The first frame, or time, that is not in it; undefined reaches to the next zone, the last one to the input's end. */
  readonly end: ZonePosition | undefined;
  /** For messages: "zones.toml, [[zones]] 2". */
  readonly place: string;
}
