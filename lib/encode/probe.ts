// What this machine encodes with, so that segments are only given to machines that make the same bytes of them. Versions
// alone do not say that: the same sources reach other libraries, compilers and processors elsewhere. So a few frames are
// encoded and their packets summed up, by the library itself (ffi/librav1e/src/probe.rs).

import { openLibrary } from "../../ffi/library.ts";
import { probeDigest } from "../../ffi/probe.ts";
import { IncompleteError } from "../errors.ts";
import type { EncoderIdentity } from "../remote/messages.ts";

/**
 * `libraryPath`: the encoder library. Takes a tenth of a second of one core, not of the calling thread. Rejects with
 * IncompleteError.
 */
export async function encoderIdentity(libraryPath: string): Promise<EncoderIdentity> {
  try {
    const library = openLibrary(libraryPath);
    const { rav1e, avSceneChange, abi } = library.info();
    return { rav1e, avSceneChange, abi, probe: await probeDigest(library) };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new IncompleteError(`Cannot find out what this machine encodes with: ${reason}`, { cause });
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
