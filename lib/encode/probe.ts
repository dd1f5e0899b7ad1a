// What this machine encodes with, so that segments are only given to machines that make the same bytes of them. Versions
// alone do not say that: the same sources reach other libraries, compilers and processors elsewhere. So a few frames are
// encoded and their packets summed up (probe_cases.ts), on a thread that ends with it.

import { IncompleteError } from "../errors.ts";
import type { EncoderIdentity } from "../remote/messages.ts";
import type { ProbeReport } from "./probe_thread.ts";

/** `libraryPath`: the encoder library. Takes a fraction of a second of one core. Rejects with IncompleteError. */
export async function encoderIdentity(libraryPath: string): Promise<EncoderIdentity> {
  const thread = new Worker(new URL("./probe_thread.ts", import.meta.url), { type: "module", name: "probe" });
  try {
    return await new Promise<EncoderIdentity>((resolve, reject) => {
      const failed = (reason: string) =>
        reject(new IncompleteError(`Cannot find out what this machine encodes with: ${reason}`));
      thread.onmessage = ({ data }: MessageEvent<ProbeReport>) => {
        if (data.kind === "identity") resolve(data.identity);
        else failed(data.reason);
      };
      thread.onerror = (event) => {
        event.preventDefault();
        failed(event.message);
      };
      thread.postMessage(libraryPath);
    });
  } finally {
    thread.terminate();
  }
}

/** What differs between two machines, as one clause for the user; undefined where segments may go from one to the other. */
export function identityDifference(ours: EncoderIdentity, theirs: EncoderIdentity): string | undefined {
  const named = [["rav1e", "rav1e"], ["avSceneChange", "av-scenechange"], ["abi", "ABI"]] as const;
  for (const [field, name] of named) {
    if (ours[field] !== theirs[field]) return `it has ${name} ${theirs[field]}, this machine ${ours[field]}`;
  }
  if (ours.probe === theirs.probe) return undefined;
  return "it makes other bytes of the same frames than this machine (its floating-point library or processor differs)";
}
