// How much too early an ffmpeg puts Opus into Matroska. Times there are those at which samples leave the decoder, which begins
// with some that nobody hears (CodecDelay, 6.5 ms mostly): they must be added again when packets come from where they were
// taken off, and versions before 6.0 do not. No version is asked; one packet is copied, and looked at.

import { join } from "node:path";
import { fieldsOf, listOf, secondsOf } from "../inputs/probe_fields.ts";
import { runTool } from "../inputs/run_tool.ts";
import { removeTemporary } from "../machine/files.ts";
import type { CarriedStream } from "./carried.ts";

/** So late that no time is negative. */
const lateSeconds = 10;
/** What rounding to milliseconds can make of nothing. */
const roundedMs = 1;

/** Milliseconds to add to the times of streams, by their index; none where they come out right, or nothing can be done. */
export async function delaysToAdd(
  streams: readonly CarriedStream[],
  source: string,
  program: string,
): Promise<ReadonlyMap<number, number>> {
  const delays = new Map<number, number>();
  for (const { index, startSeconds, hasCodecDelay } of streams) {
    if (hasCodecDelay !== true) continue;
    const missing = await missingMs(source, index, startSeconds, program);
    if (missing === undefined || missing <= roundedMs) continue;
    const left = await missingMs(source, index, startSeconds, program, delayFilter(missing));
    if (left !== undefined && Math.abs(left) <= roundedMs) delays.set(index, missing);
  }
  return delays;
}

/** ffmpeg's bitstream filter that adds so many milliseconds to a stream's times: to Matroska's ticks. */
export function delayFilter(milliseconds: number): string {
  return `setts=ts=TS+${milliseconds}`;
}

/** By how much the first packet comes too early; undefined where that cannot be known. */
async function missingMs(
  source: string,
  index: number,
  startSeconds: number,
  program: string,
  filter?: string,
): Promise<number | undefined> {
  let folder: string | undefined;
  try {
    folder = Deno.makeTempDirSync({ prefix: "rav1e-by-gop-" });
    const made = join(folder, "one.mkv");
    const copied = await runTool(program, [
      ..."-nostdin -hide_banner -nostats -loglevel error -copyts -y".split(" "),
      ...["-itsoffset", `${lateSeconds}`, "-protocol_whitelist", "file,crypto,data", "-i", `file:${source}`],
      ...["-map", `0:${index}`, "-c", "copy", ...(filter === undefined ? [] : ["-bsf:0", filter]), "-frames:a", "1"],
      ...["-f", "matroska", `file:${made}`],
    ]);
    if (copied?.code !== 0) return undefined;
    const said = await runTool("ffprobe", [
      ..."-hide_banner -loglevel error -of json=c=1 -show_entries packet=pts_time".split(" "),
      ...["-select_streams", "0", `file:${made}`],
    ]);
    const [packet] = listOf(fieldsOf(JSON.parse(said?.stdout ?? "")).packets);
    const seconds = secondsOf(packet?.pts_time);
    return seconds === undefined ? undefined : Math.round((startSeconds + lateSeconds - seconds) * 1000);
  } catch {
    return undefined;
  } finally {
    if (folder !== undefined) removeTemporary(folder);
  }
}
