// Encodes a case with this program and says what is different, in words a person can act on.

import { runProgram } from "../support/program.ts";
import { readIvfPackets } from "../support/ivf_packets.ts";
import type { OracleCase } from "./case.ts";
import { inputName } from "./golden.ts";

/** Encodes a prepared case's clip into a file of the folder and returns its bytes. Throws with stderr on failure. */
export async function encodeCase(one: Pick<OracleCase, "args" | "threads">, folder: string): Promise<Uint8Array> {
  const args = [inputName, "-o", "own.ivf", "-y", "--no-progress", "--threads", `${one.threads ?? 2}`];
  const { code, stderr } = await runProgram([...args, ...one.args ?? []], { cwd: folder });
  if (code !== 0) throw new Error(`Cannot encode: exit code ${code}: ${stderr.trim()}`);
  return Deno.readFileSync(`${folder}/own.ivf`);
}

/** The first difference between stock rav1e's file and ours, or undefined; the header's frame count must be right. */
export function firstDifference(stock: Uint8Array, own: Uint8Array): string | undefined {
  const a = readIvfPackets(stock), b = readIvfPackets(own);
  if (a.width !== b.width || a.height !== b.height) return `size ${b.width}x${b.height}, not ${a.width}x${a.height}`;
  if (a.frameRate !== b.frameRate) return `frame rate ${b.frameRate}, not ${a.frameRate}`;
  const shorter = Math.min(a.packets.length, b.packets.length);
  for (let n = 0; n < shorter; n++) {
    const theirs = a.packets[n]!, ours = b.packets[n]!;
    if (theirs.timestamp !== ours.timestamp) return `packet ${n}: timestamp ${ours.timestamp}, not ${theirs.timestamp}`;
    const at = theirs.data.findIndex((byte, i) => byte !== ours.data[i]);
    if (at >= 0 || theirs.data.length !== ours.data.length) {
      const where = at >= 0 ? `byte ${at} differs` : "longer";
      return `packet ${n}: ${where} (${ours.data.length} bytes, stock ${theirs.data.length})`;
    }
  }
  if (a.packets.length !== b.packets.length) return `${b.packets.length} packets, stock ${a.packets.length}`;
  if (b.announcedFrames !== b.packets.length) return `header says ${b.announcedFrames} frames of ${b.packets.length}`;
  return undefined;
}
