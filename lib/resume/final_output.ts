// How a complete output is recognised, whatever its name and time: its size, and SHA-256 of all of it.

import { createHash } from "node:crypto";
import { type FinalOutput, isSameOutput } from "../encode/final_output.ts";

const chunkBytes = 1024 * 1024;

/** Reads a file, its head of so many bytes last. Throws what the system reports. */
export function digestOutput(path: string, headBytes: number): FinalOutput {
  using file = Deno.openSync(path);
  const hash = createHash("sha256"), chunk = new Uint8Array(chunkBytes);
  const addFrom = (from: number, to: number): number => {
    file.seekSync(from, Deno.SeekMode.Start);
    let at = from;
    for (let count; at < to && (count = file.readSync(chunk.subarray(0, Math.min(chunkBytes, to - at)))) !== null;) {
      hash.update(chunk.subarray(0, count));
      at += count;
    }
    return at;
  };
  const bytes = addFrom(headBytes, Infinity);
  addFrom(0, headBytes);
  return { bytes, headBytes, digest: hash.digest("hex") };
}

/** Whether the file at `path` is that output; false where there is none or it cannot be read. */
export function isOutput(path: string, final: FinalOutput): boolean {
  try {
    const info = Deno.statSync(path);
    if (!info.isFile || info.size !== final.bytes) return false;
    return isSameOutput(digestOutput(path, final.headBytes), final);
  } catch {
    return false;
  }
}
