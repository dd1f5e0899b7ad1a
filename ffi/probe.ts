// What this machine encodes with, as one sum (ffi/librav1e/src/probe.rs). It takes a tenth of a second of a thread that Deno has
// for such calls, and the calling one goes on.

import { digestBytes } from "./digest.ts";
import { type Library, LibraryError } from "./library.ts";

/** Bytes; a message has 1,000 characters at the most (guard.rs). */
const longestMessage = 4001;

/** 64 hexadecimal digits: equal where two machines encode alike. Rejects with LibraryError. */
export async function probeDigest(library: Library): Promise<string> {
  // Lent until the call returns: the digest, or the message of an error, which the calling thread could not ask for later.
  const out = new Uint8Array(longestMessage);
  const result = Number(await library.symbols.rbg_probe_digest(out, BigInt(out.length)));
  if (result < 0) throw new LibraryError(result, new TextDecoder().decode(out.subarray(0, out.indexOf(0))));
  return out.subarray(0, digestBytes).toHex();
}
