// Memory that is kept for later, but has nothing in it now: the system gets its pages back, and gives fresh ones when it is
// written to again. Shared memory is taken from the system as it is first written to, and without this it is never given back.

import type { Library } from "./library.ts";

/**
 * Forgets what `bytes` hold; they may hold anything afterwards. Nobody may be reading or writing them. Pages that are only
 * in part within them stay, as do all where the system has no way to take them (it has one on Linux).
 */
export function giveBackPages(library: Library, bytes: Uint8Array): void {
  library.unwrap(library.symbols.rbg_pages_give_back(bytes, BigInt(bytes.length)));
}
