// The state of a run at one moment, put together from those who know its parts. Where several tries are at one segment, the
// furthest counts.

import type { AtWork } from "./at_work.ts";
import type { Commits } from "./commits.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { EncodeJob } from "./encode_job.ts";
import type { Pace } from "./pace.ts";
import type { Plan } from "./plan.ts";
import type { EncodeStatus, SlotStatus } from "./status.ts";

export interface RunParts {
  readonly job: EncodeJob;
  readonly plan: Plan;
  readonly dispatcher: Dispatcher;
  readonly commits: Commits;
  readonly pace: Pace;
}

/** Also measures the pace. */
export function runStatus({ job, plan, dispatcher, commits, pace }: RunParts): EncodeStatus {
  const furthest = furthestTries(
    dispatcher.crews.atWork.filter(({ segment }) => !dispatcher.scheduler.isOver(segment)),
  );
  let framesDone = commits.frames, { bytes } = commits;
  for (const { packets, bytes: its } of furthest.values()) {
    framesDone += packets;
    bytes += its;
  }
  pace.sample(performance.now(), framesDone - commits.keptFrames, dispatcher.crews.busy);
  const left = [...furthest].map(([segment, { packets }]) => (plan.segments[segment]?.frames ?? 0) - packets);
  const { frames } = job.source, claimed = (job.claimedFrames ?? 0) - framesDone;
  return {
    elapsed: pace.elapsed,
    frames,
    framesDone,
    bytes,
    segments: plan.segments.length,
    segmentsDone: dispatcher.scheduler.committed,
    planComplete: plan.complete,
    fps: pace.fps,
    eta: pace.eta({
      // A claim that was passed says nothing.
      frames: frames !== null ? frames - framesDone : claimed > 0 ? claimed : null,
      slots: dispatcher.crews.slots,
      longestRunning: Math.max(0, ...left),
    }),
    frameRate: job.settings.timeBase.den / job.settings.timeBase.num,
    slots: [
      ...dispatcher.crews.local.atWork.map((given, slot) => slotStatus(plan, given, slot, null)),
      ...dispatcher.crews.remote.rows.flatMap(({ worker, slots }) =>
        slots.map((given, slot) => slotStatus(plan, given, slot, worker))
      ),
    ],
  };
}

function furthestTries(tries: readonly AtWork[]): Map<number, AtWork["progress"]> {
  const furthest = new Map<number, AtWork["progress"]>();
  for (const { segment, startedMs, progress } of tries) {
    if (startedMs === undefined) continue;
    const other = furthest.get(segment);
    if (other === undefined || other.packets < progress.packets) furthest.set(segment, progress);
  }
  return furthest;
}

function slotStatus(plan: Plan, given: AtWork | undefined, slot: number, worker: string | null): SlotStatus {
  const segment = given && plan.segments[given.segment];
  if (given === undefined || segment === undefined) return { slot, worker, segment: null };
  const { index, first, frames } = segment, { assignment: { attempt }, progress } = given;
  return { slot, worker, segment: { index, first, frames, done: progress.packets, attempt } };
}
