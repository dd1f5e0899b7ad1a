// Every option of `encode` that is served, in the order and groups in which --help shows them. A subject's options stand in
// a file of its own (options/): how each is spelled, what it takes, what it does to the command being built. Names, ranges
// and spellings are those of rav1e 0.8.1 (src/bin/common.rs); where the original rav1e-by-gop had a name of its own both
// are taken. Who wants to know of options asks this list alone.

import type { OptionSpec } from "./option_spec.ts";
import { encodingOptions } from "./options/encoding.ts";
import { fileOptions } from "./options/files.ts";
import { machineOptions } from "./options/machines.ts";
import { messageOptions } from "./options/messages.ts";
import { streamOptions } from "./options/stream.ts";

export { answers } from "./options/messages.ts";

/** The served options, in the order of --help. */
export const encodeOptions: readonly OptionSpec[] = [
  ...fileOptions,
  ...encodingOptions,
  ...streamOptions,
  ...machineOptions,
  ...messageOptions,
];
