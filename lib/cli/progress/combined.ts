// Several runs that share the slots of this machine as one: frames and bytes are those of all, a row is a slot that is at work
// for any of them. Figures of the video (its rate, so that bits a second are those of one proxy) are the first run's.

import type { EncodeStatus, SlotStatus } from "../../encode/status.ts";

/** `slots`: of this machine. Without any status, nothing has begun. */
export function combinedStatus(statuses: readonly EncodeStatus[], slots: number): EncodeStatus {
  const sum = (of: (status: EncodeStatus) => number) => statuses.reduce((all, status) => all + of(status), 0);
  const known = statuses.map(of("frames")).filter((frames) => frames !== null);
  const frames = known.length === statuses.length && known.length > 0
    ? known.reduce((all, frames) => all + frames, 0)
    : null;
  const fps = statuses.map(of("fps")).filter((fps) => fps !== null).reduce((all, fps) => all + fps, 0);
  const framesDone = sum(of("framesDone"));
  return {
    elapsed: Math.max(0, ...statuses.map(of("elapsed"))),
    frames,
    framesDone,
    bytes: sum(of("bytes")),
    segments: sum(of("segments")),
    segmentsDone: sum(of("segmentsDone")),
    planComplete: statuses.length > 0 && statuses.every(of("planComplete")),
    fps: fps > 0 ? fps : null,
    eta: frames !== null && fps > 0 ? (frames - framesDone) / fps : null,
    frameRate: statuses[0]?.frameRate ?? 0,
    slots: combinedSlots(statuses, slots),
  };
}

function of<K extends keyof EncodeStatus>(key: K): (status: EncodeStatus) => EncodeStatus[K] {
  return (status) => status[key];
}

function combinedSlots(statuses: readonly EncodeStatus[], slots: number): SlotStatus[] {
  const all = statuses.flatMap((status) => status.slots);
  const busy = all.filter(({ worker, segment }) => worker === null && segment !== null);
  const here = Array.from({ length: Math.max(slots, busy.length) }, (_, slot): SlotStatus => ({
    slot,
    worker: null,
    segment: busy[slot]?.segment ?? null,
  }));
  return [...here, ...all.filter(({ worker }) => worker !== null)];
}
