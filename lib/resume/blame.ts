// What is to be done about a run that did not end as it should: which segment is held responsible, which are tried last,
// which are left alone, and whether fewer slots are used. Decided once for each run, before the next one starts anything,
// from what that run had written down. A kill (SIGKILL, a power cut) is nobody's fault: however often it happens, nothing
// is set aside for it.

import { killedBetween, type OomCounters } from "./oom.ts";

/** A segment that was running at so many deaths of the process is left alone. */
export const deathsToSetAside = 3;

/** What a run had written down when it was last heard of. */
export interface PastRun {
  /** It said that it was leaving. */
  readonly clean: boolean;
  /** Segments that may have been running: announced, and not finished. */
  readonly announced: readonly number[];
  /** 0 before the first announcement. */
  readonly slots: number;
  /** Bytes a slot needs at its peak. */
  readonly slotBytes: number;
  /** Bytes; null before the first announcement. */
  readonly memory: { readonly total: number; readonly available: number } | null;
  readonly oom: OomCounters;
}

/** What the process's last word was: the segment that the dying thread had, null where it had none. */
export interface CrashMark {
  readonly segment: number | null;
}

/** Kept in the store. */
export interface Blame {
  /** Deaths for each segment that has any. */
  readonly deaths: readonly (readonly [segment: number, deaths: number])[];
  /** Slots from now on; null for as many as are wanted. */
  readonly slotLimit: number | null;
}

export const noBlame: Blame = { deaths: [], slotLimit: null };

export interface Judgement {
  readonly blame: Blame;
  /** Segments that got a death for the run that was judged. */
  readonly blamed: readonly number[];
  /** The run ended for want of memory, as far as can be told. */
  readonly memoryWasShort: boolean;
}

/**
 * Judges the last run. `now` are the counters of the moment. A crash mark counts even where the run ended cleanly: it may
 * have died on its way out.
 */
export function judge(before: Blame, run: PastRun, mark: CrashMark | undefined, now: OomCounters): Judgement {
  if (run.clean && mark === undefined) return { blame: before, blamed: [], memoryWasShort: false };
  const killed = !run.clean && mark === undefined && killedBetween(run.oom, now);
  const memoryWasShort = killed || (!run.clean && mark === undefined && wasShort(run));
  const blamed = blamedSegments(run, mark, killed);
  const deaths = new Map(before.deaths);
  for (const segment of blamed) deaths.set(segment, (deaths.get(segment) ?? 0) + 1);
  const slotLimit = memoryWasShort && run.slots > 0
    ? Math.max(1, Math.min(run.slots - 1, Math.floor(run.slots * 3 / 4)))
    : before.slotLimit;
  return { blame: { deaths: [...deaths], slotLimit }, blamed, memoryWasShort };
}

/**
 * The kernel's killing counts against a segment only where it was alone: among several it is the number of slots that was
 * wrong, and that is lowered.
 */
function blamedSegments(
  { announced, slots }: PastRun,
  mark: CrashMark | undefined,
  killed: boolean,
): readonly number[] {
  if (mark !== undefined) {
    if (mark.segment === null) return announced;
    return announced.includes(mark.segment) ? [mark.segment] : [];
  }
  return killed && slots === 1 && announced.length === 1 ? announced : [];
}

function wasShort({ memory, slotBytes, slots }: PastRun): boolean {
  if (memory === null || slots === 0) return false;
  return memory.available < Math.max(memory.total / 20, slotBytes / 2);
}

/** Segments that are left alone. */
export function setAside({ deaths }: Blame): number[] {
  return deaths.filter(([, count]) => count >= deathsToSetAside).map(([segment]) => segment).sort((a, b) => a - b);
}

/** Segments that are run after all others, because the process has died with them. */
export function runLast({ deaths }: Blame): number[] {
  return deaths.filter(([, count]) => count < deathsToSetAside).map(([segment]) => segment).sort((a, b) => a - b);
}

/** Segments that were set aside get all their tries again; so do finished ones. */
export function forgive(blame: Blame, forgiven: (segment: number) => boolean): Blame {
  return { ...blame, deaths: blame.deaths.filter(([segment]) => !forgiven(segment)) };
}
