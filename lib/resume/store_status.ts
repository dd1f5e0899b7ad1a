// What a store says of its encode, read in one moment and without disturbing it. Figures are the store's own word: packets
// are not proven here, that is done when the encode goes on.

import type { DatabaseSync } from "node:sqlite";
import { deathsToSetAside } from "./blame.ts";
import type { FinalOutput } from "../encode/final_output.ts";
import type { Documents } from "./contents.ts";
import type { Beginning, Plan } from "./documents.ts";
import type { Unusable } from "./examine.ts";
import { lookInto } from "./peek.ts";

export interface StoreStatus {
  readonly beginning: Beginning;
  readonly plan: Plan;
  /** What the output is by its content; undefined until it was written whole. */
  readonly final: FinalOutput | undefined;
  /** Frames to encode; null while a pipe has not ended. */
  readonly frames: number | null;
  readonly framesDone: number;
  readonly segmentsDone: number;
  /** Of packets. */
  readonly bytes: number;
  readonly runs: number;
  /** Milliseconds since 1970. `ended`: whether it said that it was leaving; null where it has not. */
  readonly lastRun: {
    readonly started: number;
    readonly lastHeard: number;
    readonly ended: boolean | null;
    readonly slots: number;
    /** That it finished. */
    readonly frames: number;
  };
  /** What the last run was at when it last wrote. */
  readonly begun: readonly (Part & { readonly since: number })[];
  readonly setAside: readonly (Part & { readonly deaths: number })[];
  /** Found when the store was last opened, and not encoded again yet. */
  readonly damaged: readonly Part[];
}

/** A segment; frames counted from the first that is encoded. */
export interface Part {
  readonly segment: number;
  readonly first: number;
  /** As far as is known. */
  readonly frames: number;
}

/** undefined where there is no store. */
export function readStatus(path: string): StoreStatus | Unusable | undefined {
  const found = lookInto(path, (db, documents) => statusOf(db, documents) ?? "damaged" as const);
  return found === "empty" ? undefined : found;
}

function statusOf(db: DatabaseSync, documents: Documents): StoreStatus | undefined {
  const { beginning, plan, runs, blame, damage, final } = documents;
  const last = runs.at(-1);
  if (beginning === undefined || last === undefined) return undefined;
  const done = new Set<number>();
  let framesDone = 0, framesOfRun = 0;
  for (const { id, frames, run } of db.prepare("SELECT id, frames, run FROM segment").iterate()) {
    done.add(Number(id));
    framesDone += Number(frames);
    if (run === last.number) framesOfRun += Number(frames);
  }
  const part = (segment: number): Part => {
    const first = plan.keyframes[segment] ?? 0;
    return { segment, first, frames: (plan.keyframes[segment + 1] ?? plan.decided) - first };
  };
  const isLeft = (segment: number) => !done.has(segment);
  return {
    beginning,
    plan,
    final,
    frames: beginning.identity.range.frames ?? (plan.complete ? plan.decided : null),
    framesDone,
    segmentsDone: done.size,
    bytes: packetBytes(db),
    runs: last.number,
    lastRun: {
      started: last.started,
      lastHeard: last.lastHeard,
      ended: last.ended,
      slots: last.slots,
      frames: framesOfRun,
    },
    begun: (last.running ?? []).filter(([segment]) => isLeft(segment))
      .map(([segment, since]) => ({ ...part(segment), since })),
    setAside: blame.deaths.filter(([segment, deaths]) => deaths >= deathsToSetAside && isLeft(segment))
      .map(([segment, deaths]) => ({ ...part(segment), deaths })),
    damaged: damage.segments.filter(isLeft).map(part),
  };
}

/** length() of a BLOB reads its row's header alone. */
function packetBytes(db: DatabaseSync): number {
  return Number(db.prepare("SELECT sum(length(data)) AS bytes FROM packets").get()?.bytes ?? 0);
}
