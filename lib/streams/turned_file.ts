// Says how its video is turned in a complete Matroska file, in its place.

import type { QuarterTurn } from "../containers/container.ts";
import { readAt, writeAt } from "../media/positional_read.ts";
import { mostBytesToTracks, turnedTracks } from "./turned_track.ts";

/** Looked through first. */
const leastBytes = 64 * 1024;

/** The file is open for reading and writing. False where it cannot be said. Throws what the system reports. */
export async function turnFile(file: Deno.FsFile, turn: QuarterTurn): Promise<boolean> {
  for (let length = leastBytes; length <= mostBytesToTracks; length *= 2) {
    const bytes = new Uint8Array(length), read = readAt(file, bytes, 0);
    const found = turnedTracks(bytes.subarray(0, read), turn);
    if (typeof found !== "string") {
      await writeAt(file, found.bytes, found.at);
      return true;
    }
    if (found === "none" || read < length) return false;
  }
  return false;
}
