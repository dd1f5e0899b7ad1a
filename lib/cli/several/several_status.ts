// The state of several encodes as that of one: what their displays draw. Frames count over all inputs, those that wait and
// those that are done with included; slots are those at work, each with the encode it works for.

import type { EncodeStatus, SlotStatus } from "../../encode/status.ts";

/** One of the encodes. */
export interface EncodePart {
  /** Short name, for the rows of its slots. */
  readonly name: string;
  /** Frames to encode; null while nobody knows. */
  readonly frames: number | null;
  /** Its state while it runs, and its last one after; undefined before it has begun. */
  readonly status: EncodeStatus | undefined;
  readonly isRunning: boolean;
}

/** `elapsed` in seconds since the first began; `slots` of this machine. */
export function severalStatus(parts: readonly EncodePart[], elapsed: number, slots: number): EncodeStatus {
  const begun = parts.flatMap(({ status }) => status ?? []);
  const running = parts.filter(({ isRunning }) => isRunning);
  const sum = (of: (status: EncodeStatus) => number) => begun.reduce((total, status) => total + of(status), 0);
  const counts = parts.map(({ frames, status }) => status?.frames ?? frames);
  const frames = counts.includes(null) ? null : counts.reduce((total: number, count) => total + count!, 0);
  const paces = running.flatMap(({ status }) => status?.fps ?? []);
  const fps = paces.length === 0 ? null : paces.reduce((total, pace) => total + pace, 0);
  const framesDone = sum((status) => status.framesDone);
  const rows = running.flatMap(({ name, status }) =>
    status!.slots.filter(({ segment }) => segment !== null).map((row) => ({ ...row, encode: name }))
  );
  const here = rows.filter(({ worker }) => worker === null).length;
  const idle: SlotStatus[] = Array.from(
    { length: Math.max(0, slots - here) },
    (_, at) => ({ slot: here + at, worker: null, segment: null }),
  );
  let local = 0;
  return {
    elapsed,
    frames,
    framesDone,
    bytes: sum(({ bytes }) => bytes),
    segments: sum(({ segments }) => segments),
    segmentsDone: sum(({ segmentsDone }) => segmentsDone),
    planComplete: begun.length === parts.length && begun.every(({ planComplete }) => planComplete),
    fps,
    eta: fps === null || fps === 0 || frames === null ? null : (frames - framesDone) / fps,
    frameRate: begun.at(-1)?.frameRate ?? 0,
    // Each encode numbers its slots for itself.
    slots: [...rows.map((row) => row.worker === null ? { ...row, slot: local++ } : row), ...idle],
  };
}
