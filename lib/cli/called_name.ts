// The name this program was called by. Started as `rav1e-worker` (a link to the executable, the name of the original's
// daemon) it is the worker, whatever the arguments. The executable hands its own argv[0] on.

import { argv0 } from "node:process";
import { basename } from "node:path";

const workerName = "rav1e-worker";

/** The command line as it is meant, with the command that the name stands for in front. */
export function withCommandOfName(args: readonly string[], calledAs = argv0): readonly string[] {
  return basename(calledAs) === workerName ? ["worker", ...args] : args;
}
