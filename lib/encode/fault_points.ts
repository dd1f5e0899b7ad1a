// Places where a test can make a slot fail. The environment variable RAV1E_BY_GOP_FAULTS names them; without it nothing
// here does anything. Form: `segment:<index>:<throw|die|panic>:<tries that fail>`, several joined with commas.

import type { SegmentTask } from "./segment_encoder.ts";

type Effect = "throw" | "die";

interface Fault {
  readonly index: number;
  readonly effect: Effect;
  /** The first so many tries fail. */
  readonly tries: number;
}

const faults: readonly Fault[] = read(Deno.env.get("RAV1E_BY_GOP_FAULTS"));

function read(text: string | undefined): Fault[] {
  return (text ?? "").split(",").filter((part) => part !== "").map((part) => {
    const [kind, index, effect, tries] = part.split(":");
    if (kind !== "segment" || (effect !== "throw" && effect !== "die")) {
      throw new TypeError(`RAV1E_BY_GOP_FAULTS has '${part}', which is no fault point`);
    }
    return { index: Number(index), effect, tries: Number(tries) };
  });
}

/** Called by a slot before it reads frame `sent` of a segment; the faults strike at the third. */
export function faultPoint(_kind: "segment", task: SegmentTask, sent: number): void {
  if (sent !== 2) return;
  const fault = faults.find(({ index, tries }) => index === task.index && task.attempt <= tries);
  if (fault?.effect === "throw") throw new Error(`fault point: segment ${task.index} fails at try ${task.attempt}`);
  // An exception outside the message handler is what ends a Web Worker.
  if (fault?.effect === "die") {
    queueMicrotask(() => {
      throw new Error(`fault point: the slot dies in segment ${task.index}`);
    });
  }
  if (fault?.effect === "die") throw new SlotDies();
}

/** Thrown to leave the slot's loop on the way to its death, without a report. */
export class SlotDies extends Error {
  override name = "SlotDies";
}
