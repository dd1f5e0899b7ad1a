// What this machine encodes with, for comparison with workers.

import { builtLibrary } from "../../ffi/build/library_file.ts";
import type { EncoderIdentity } from "../remote/messages.ts";

/** undefined where no library is built yet: finding out is not worth a build. */
export async function ownIdentity(): Promise<EncoderIdentity | undefined> {
  const path = await builtLibrary();
  return path === undefined ? undefined : await (await import("../encode/probe.ts")).encoderIdentity(path);
}
