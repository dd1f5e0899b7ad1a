// Places where a test can make a run fail. The environment variable RAV1E_BY_GOP_FAULTS names them; without it nothing here
// does anything. Several are joined with commas:
//
//   segment:<index>:<effect>:<tries>   a slot fails at the segment's third frame, in the first so many tries of a run
//                    throw    with an error          die    its thread ends
//                    hang     it does not come back  abort  the process is taken down from inside the library
//   from:<frame>:<effect>:<tries>      the same for the segment that begins there: a worker knows no other number of it
//   kill:<point>[:<count>]             SIGKILL when the point is reached for the count-th time (default the first)
//   term:<point>[:<count>]             SIGTERM then
//   packs:<bytes>                      memory for a pipe's waiting frames, as if the machine had no more

import { abortProcess } from "../../ffi/crash_mark.ts";
import type { Library } from "../../ffi/library.ts";
import type { SegmentTask } from "./segment_encoder.ts";

const effects = ["throw", "die", "hang", "abort"] as const;
type Effect = typeof effects[number];

/** Where `kill` and `term` can strike: what was done by then is in the name. */
export type KillPoint =
  | "store-opened"
  | "announced"
  | "segment-finished"
  | "segment-kept"
  | "segment-written"
  | "content-moving"
  | "part-complete"
  | "streams-joined"
  | "marked-final"
  | "renamed"
  | "store-removed";

interface SegmentFault {
  /** Of the segment, or its first frame. */
  readonly by: "index" | "first";
  readonly number: number;
  readonly effect: Effect;
  /** The first so many tries fail. */
  readonly tries: number;
}

const segmentFaults: SegmentFault[] = [];
let packBytes: number | undefined;
/** What strikes at each point, and how often it is still reached until then. */
const kills = new Map<string, { readonly signal: "SIGKILL" | "SIGTERM"; left: number }>();

for (const part of (Deno.env.get("RAV1E_BY_GOP_FAULTS") ?? "").split(",").filter((text) => text !== "")) {
  const [kind, subject, effect, tries] = part.split(":");
  const known = effects.find((name) => name === effect);
  if ((kind === "segment" || kind === "from") && known) {
    const by = kind === "segment" ? "index" : "first";
    segmentFaults.push({ by, number: Number(subject), effect: known, tries: Number(tries) });
  } else if (kind === "packs" && subject) packBytes = Number(subject);
  else if ((kind === "kill" || kind === "term") && subject) {
    kills.set(subject, { signal: kind === "kill" ? "SIGKILL" : "SIGTERM", left: Number(effect ?? 1) });
  } else throw new TypeError(`RAV1E_BY_GOP_FAULTS has '${part}', which is no fault point`);
}

/** Called by a slot before it reads frame `sent` of a segment; the faults strike at the third. */
export function segmentFault(library: Library, task: SegmentTask, sent: number): void {
  if (sent !== 2 || segmentFaults.length === 0) return;
  const fault = segmentFaults.find(({ by, number, tries }) => number === task[by] && task.attempt <= tries);
  switch (fault?.effect) {
    case "throw":
      throw new Error(`fault point: segment ${task.index} fails at try ${task.attempt}`);
    case "die":
      // An exception outside the message handler is what ends a Web Worker.
      queueMicrotask(() => {
        throw new Error(`fault point: the slot dies in segment ${task.index}`);
      });
      throw new SlotDies();
    case "hang":
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      return;
    case "abort":
      return abortProcess(library);
  }
}

/** Memory for waiting frames, where a test sets it. */
export function packBytesFault(): number | undefined {
  return packBytes;
}

/** Called when a point is reached. */
export function killPoint(point: KillPoint): void {
  const kill = kills.get(point);
  if (kill === undefined) return;
  if (--kill.left === 0) Deno.kill(Deno.pid, kill.signal);
}

/** Thrown to leave the slot's loop on the way to its death, without a report. */
export class SlotDies extends Error {
  override name = "SlotDies";
}
