// The encode command: one input, one output, under a display and the signals. Everything that can be checked is checked
// before a file is created.

import type { EncodeCommand } from "./command.ts";
import { EncodeHost } from "./encode_host.ts";
import { checkPlaces } from "./encode_places.ts";
import { OneEncode } from "./one_encode.ts";
import { leavingAtOnce, watchSignals } from "./signals.ts";
import { stopWork } from "./stopping.ts";
import { supervise } from "./supervise.ts";

/** Returns the exit code; throws ExitErrors. */
export async function encodeCommand(command: EncodeCommand): Promise<number> {
  const places = await checkPlaces(command);
  const host = await EncodeHost.open(command);
  const encode = await leavingAtOnce(() => OneEncode.prepare(command, places, host));
  // From here on there is something to clean up, until the output has its name.
  using _signals = watchSignals((signal) => stopWork(signal, encode.work));
  return await encode.run((run) => supervise(host.display, () => run.status(), () => run.run()));
}
