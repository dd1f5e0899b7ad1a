// Options that users of rav1e, of the original rav1e-by-gop or of a later version of this program may write and that
// this version does not serve: each is known by name and refused with its reason, so that nobody takes a typing
// error for a missing feature or the other way round. When a version learns one, its line moves to options/.

export interface UnservedOption {
  /** Commander's notation without the value. */
  flags: string;
  /** Takes a value (which is skipped). */
  value: boolean;
  /** A clause behind the option's name. */
  reason: string;
}

const oneQuantizer = "not served: packets are made at one quantizer, segment by segment; use --quantizer";
const noPasses = "not served: a quantizer needs one pass only; use --quantizer";
const noMeasuring = "not served: measure the output with another program";

function refuse(reason: string, withValue: string[], withoutValue: string[] = []): UnservedOption[] {
  return [
    ...withValue.map((flags) => ({ flags, value: true, reason })),
    ...withoutValue.map((flags) => ({ flags, value: false, reason })),
  ];
}

export const unservedOptions: readonly UnservedOption[] = [
  ...refuse(oneQuantizer, ["-b, --bitrate", "--max-bitrate", "--vbv-maxrate", "--min-quantizer"]),
  ...refuse("not served: there is no rate control; use --quantizer", ["--reservoir-frame-delay"]),
  ...refuse(noPasses, ["--first-pass", "--second-pass"]),
  ...refuse("not served: decode the output instead", ["-r, --reconstruction"]),
  ...refuse(noMeasuring, [], ["--psnr", "--metrics"]),
  ...refuse("not served: the last line of every encode says how fast it was", [], ["--benchmark"]),
  ...refuse("not served: settings are given on the command line", ["--save-config", "--load-config"]),
  ...refuse("not served: say --threads, the segments encoded at once", ["--slots"]),
];

/** First words that are commands of rav1e's own, each with its reason. */
export const unservedCommands: ReadonlyMap<string, string> = new Map([
  ["advanced", "not served: it belongs to the rav1e command"],
]);
