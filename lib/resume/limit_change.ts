// What another --limit leaves of an encode whose input is read once, from its start: a pipe that turned out to be shorter than it
// should be is encoded as far as it goes, and what is finished of it counts. A segment's packets follow from its own frames; where
// it begins and ends is decided with the frames behind that at hand. So what was decided with all of these there, by either
// limit, is the same by both. It is found again all the same, since such an input is looked at from its first frame in every run,
// and compared (plan_follower.ts).

import type { Plan } from "./documents.ts";
import type { Identity } from "./identity.ts";

/**
 * Frame n is decided with frames up to n + distance + 1 at hand (ffi/librav1e/src/detector.rs); the distance is 5 at most.
 * In frames, the decided one included.
 */
const framesToDecide = 7;

/**
 * Frames whose place in segments is the same by the limits of both; undefined where the limit is the same, or must be: frames of
 * a file are counted before anything is encoded, and a scene list is for as many frames as it was made of.
 */
export function sharedByLimits(stored: Identity, now: Identity): number | undefined {
  const limits = [stored.range.limit, now.range.limit];
  const isRead = stored.range.frames === null && now.range.frames === null;
  if (limits[0] === limits[1] || !isRead || stored.scenes !== null || now.scenes !== null) return undefined;
  const least = Math.min(...limits.map((limit) => limit === 0 ? Infinity : limit));
  return Math.max(0, least - framesToDecide + 1);
}

/** The plan as far as its first `frames` frames decide it. Its last segment is open. */
export function planUpTo({ decided, keyframes }: Plan, frames: number): Plan {
  const end = Math.min(decided, frames);
  return { decided: end, keyframes: keyframes.filter((keyframe) => keyframe < end), complete: false };
}
