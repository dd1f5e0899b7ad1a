// The command line of `scenes`: the options of encode that decide where keyframes are, under the same names and with the
// same meaning, and those that say what is read, written and told. Any other is refused by its name: a list does not depend
// on it, and who writes it there may think that it does.

import { UsageError } from "../errors.ts";
import { type EncodeDraft, progressOf, type ScenesCommand, timeBaseOf } from "./command.ts";
import { refuseContradictions } from "./contradictions.ts";
import { encodeOptions } from "./option_table.ts";
import type { OptionSpec } from "./option_spec.ts";
import { fileName, shown } from "./values.ts";

/** Long names without dashes. */
const taken = new Set([
  ...["output", "y", "limit", "skip", "expect-frames", "one-reader", "input-via", "bit-depth", "video-filter"],
  ...["speed", "low-latency", "min-keyint", "keyint", "scd-speed", "no-scene-detection", "force-keyframes"],
  // They decide whether the video is one piece, and the frame rate how the detector divides very large frames.
  ...["tune", "high-bitdepth", "frame-rate", "time-scale"],
  ...["progress", "no-progress", "quiet", "verbose"],
]);

/** What is served of encode's, in its order. */
export const scenesOptions: readonly OptionSpec[] = encodeOptions.filter(({ flags }) =>
  taken.has(flags.split(", ").at(-1)!.replace(/^-+/, ""))
).map((spec) =>
  spec.flags === "-o, --output" ? { ...spec, help: "where the list goes (default standard output, as -)" } : spec
);

/** The command, from its options and the words behind `scenes`. Throws a UsageError. */
export function scenesCommand(draft: EncodeDraft, operands: readonly string[]): ScenesCommand {
  const [input, extra] = operands;
  if (input === undefined) throw new UsageError("no input; say rav1e-by-gop scenes INPUT -o SCENES.json");
  fileName("input", input);
  if (extra !== undefined) {
    throw new UsageError(`unexpected argument ${shown(extra)}: there is one input, ${shown(input)}`);
  }
  const other = [...draft.given].find((name) => !taken.has(name));
  if (other === "zones") {
    throw new UsageError("scenes takes no --zones: an encode with zones adds their first frames to the list; drop it");
  }
  if (other !== undefined) {
    throw new UsageError(`scenes takes no --${other}: it does not decide where keyframes are; drop it`);
  }
  refuseContradictions(draft);
  const { options, skip, limit, expectFrames, oneReader, inputVia, bitDepth, videoFilter } = draft;
  const { forceKeyframes, overwrite, quiet, verbose } = draft;
  return {
    command: "scenes",
    input,
    output: draft.output ?? "-",
    options,
    timeBase: timeBaseOf(draft),
    skip,
    limit,
    expectFrames,
    oneReader,
    inputVia,
    bitDepth,
    videoFilter,
    forceKeyframes,
    overwrite,
    progress: progressOf(draft),
    quiet,
    verbose,
  };
}
