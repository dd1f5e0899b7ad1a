// What a machine has room for, and when its next slot is free. Pure questions to what is known and expected of it.

import type { Post, Station, Try } from "./forecast.ts";

/** A slot could begin something now. */
export function hasIdle({ slots, tries, isHeld }: Station): boolean {
  return !isHeld && tries.length < slots;
}

/** All slots are taken, and it takes something beyond those. */
export function hasRoomAhead({ slots, ahead, tries, isHeld }: Station): boolean {
  return !isHeld && ahead > 0 && tries.length >= slots && tries.length < slots + ahead;
}

/** Seconds until the slot could begin something now. */
export function startsIn({ station, freeIn }: Post<Try>): number {
  return hasIdle(station) ? 0 : freeIn[0] ?? 0;
}

/** Whether no other slot would sooner end what this one, if it took it next, would end in so many seconds. */
export function isSoonest(seconds: number, post: Post<Try>, posts: readonly Post<Try>[]): boolean {
  const frames = (seconds - startsIn(post)) * post.pace;
  // Of two that are alike none is sooner, whatever rounding says.
  const clearlyLess = seconds * (1 - 1e-9);
  return posts.every((other) =>
    other === post || other.station.slots === 0 || startsIn(other) + frames / other.pace >= clearlyLess
  );
}
