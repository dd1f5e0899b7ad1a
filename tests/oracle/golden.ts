// What is kept of a case's stock output: golden.json, one entry a case, made by make_golden.ts and nothing else.
// `packets` is the SHA-256 of the IVF file without its 32-byte header, that is of every packet's size, timestamp and
// bytes (`tail -c +33 out.ivf | sha256sum`); `clip` is the SHA-256 of the y4m file, so that a clip that came out
// differently is not taken for an encoder that did.

import { createHash } from "node:crypto";
import { writeClip } from "../support/clips.ts";
import { keyframePositions } from "../support/av1_headers.ts";
import { packetsDigest, readIvfPackets } from "../support/ivf_packets.ts";
import type { OracleCase } from "./case.ts";

export interface Golden {
  readonly clip: string;
  readonly packets: string;
  readonly frames: number;
  readonly bytes: number;
  /** Width, height and frame rate of the IVF header: "160x96 25/1". */
  readonly header: string;
  readonly keyframes: readonly number[];
}

export const goldenFile = new URL("golden.json", import.meta.url);

export function readGoldens(): Record<string, Golden | undefined> {
  return JSON.parse(Deno.readTextFileSync(goldenFile));
}

/** The clip's file name in a case's folder. */
export const inputName = "clip.y4m";

/** Writes the case's clip and files into a folder and returns the clip's SHA-256. */
export function prepareCase(one: OracleCase, folder: string): string {
  writeClip(`${folder}/${inputName}`, one.clip, one.y4m);
  for (const [name, text] of Object.entries(one.files ?? {})) Deno.writeTextFileSync(`${folder}/${name}`, text);
  return createHash("sha256").update(Deno.readFileSync(`${folder}/${inputName}`)).digest("hex");
}

/** What golden.json would say of an encode. */
export function goldenOf(clip: string, ivf: Uint8Array): Golden {
  const { width, height, frameRate, packets } = readIvfPackets(ivf);
  return {
    clip,
    packets: packetsDigest(ivf),
    frames: packets.length,
    bytes: ivf.length,
    header: `${width}x${height} ${frameRate}`,
    keyframes: keyframePositions(packets),
  };
}
