// What ffprobe and mkvmerge say of a file, for tests that compare.

import { isFound } from "./found_program.ts";

/** False where there is no mkvmerge command to run. */
export const hasMkvmerge: boolean = isFound("mkvmerge");
if (!hasMkvmerge) console.error("no mkvmerge on PATH: what needs it is not tested");

// deno-lint-ignore no-explicit-any
type Said = any;

export interface Packet {
  readonly seconds: number;
  readonly isKey: boolean;
  /** MD5 of its bytes. */
  readonly hash: string;
}

/** Everything that ffprobe says of its streams, chapters and container. Throws what it says where it complains. */
export function probe(path: string): Said {
  return JSON.parse(
    said("ffprobe", ["-v", "error", "-of", "json", "-show_streams", "-show_chapters", "-show_format", path]),
  );
}

/** The packets of a stream, as `-select_streams` names it, in the order of their times. */
export function packetsOf(path: string, stream: string): Packet[] {
  const fields = ["-show_entries", "packet=pts_time,flags,data_hash", "-show_data_hash", "md5"];
  const { packets } = JSON.parse(
    said("ffprobe", ["-v", "error", "-of", "json", "-select_streams", stream, ...fields, path]),
  );
  return packets
    .map((packet: Said) => ({
      seconds: Number(packet.pts_time),
      isKey: packet.flags.includes("K"),
      hash: packet.data_hash,
    }))
    .sort((a: Packet, b: Packet) => a.seconds - b.seconds);
}

/** MD5 of every decoded frame. */
export function decodedFrames(path: string): string[] {
  const args = ["-nostdin", "-v", "error", "-i", path, "-map", "0:v:0", "-vsync", "passthrough", "-f", "framemd5", "-"];
  return said("ffmpeg", args).split("\n").filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(",").at(-1)!.trim());
}

/** What `mkvmerge -J` says. Throws where it warns. */
export function mkvmergeSays(path: string): Said {
  const all = JSON.parse(said("mkvmerge", ["-J", path]));
  if (all.warnings.length > 0 || all.errors.length > 0) throw new Error(JSON.stringify([all.warnings, all.errors]));
  return all;
}

function said(program: string, args: string[]): string {
  const { success, stdout, stderr } = new Deno.Command(program, { args, stdin: "null" }).outputSync();
  const errors = new TextDecoder().decode(stderr).trim();
  if (!success || errors !== "") throw new Error(`${program} ${args.join(" ")}: ${errors}`);
  return new TextDecoder().decode(stdout);
}
