// How a complete output is recognised, whatever its name and time: its size, its head, SHA-256 of the rest.

import { createHash } from "node:crypto";
import { type FinalOutput, headBytesOf } from "../encode/final_output.ts";

const chunkBytes = 1024 * 1024;

/** Reads a file from its start to its end; the first `headBytes` are its head. Throws what the system reports. */
export function digestOutput(path: string, headBytes: number): FinalOutput {
  using file = Deno.openSync(path);
  const chunk = new Uint8Array(chunkBytes);
  const head = new Uint8Array(headBytes);
  const hash = createHash("sha256");
  let bytes = 0;
  for (let count; (count = file.readSync(chunk)) !== null;) {
    const ofHead = Math.max(0, Math.min(headBytes - bytes, count));
    head.set(chunk.subarray(0, ofHead), bytes < headBytes ? bytes : 0);
    hash.update(chunk.subarray(ofHead, count));
    bytes += count;
  }
  return { bytes, head: head.subarray(0, Math.min(bytes, headBytes)).toHex(), digest: hash.digest("hex") };
}

/** Whether the file at `path` is that output; false where there is none or it cannot be read. */
export function isOutput(path: string, final: FinalOutput): boolean {
  try {
    const info = Deno.statSync(path);
    if (!info.isFile || info.size !== final.bytes) return false;
    const { head, digest } = digestOutput(path, headBytesOf(final));
    return head === final.head && digest === final.digest;
  } catch {
    return false;
  }
}
