// Reading a regular file at an offset, whole or not at all: one pread for what the kernel gives in one go, as many as
// it takes otherwise. Nothing here moves a file position, so readers of one descriptor do not disturb each other.

import { readSync } from "node:fs";

/**
 * Fills `into` from byte `position` of the file on. Returns the bytes read: fewer than asked for only where the file
 * ends. Throws what the system reports.
 */
export function readAt(descriptor: number, into: Uint8Array, position: number): number {
  let filled = 0;
  while (filled < into.length) {
    const count = readSync(descriptor, into, filled, into.length - filled, position + filled);
    if (count === 0) break;
    filled += count;
  }
  return filled;
}
