// Which packs leave the memory first: those that will be needed last.

import type { StoredPack, StoredSegment } from "./stored_segment.ts";

/**
 * Packs whose memory nobody needs now. First what slots have used, which only another try would need; then what waits for
 * a slot, the end of the video first; last what running slots come to.
 */
export function packsToSpill(segments: Iterable<StoredSegment>): StoredPack[] {
  const used: StoredPack[] = [], waiting: StoredPack[] = [], soon: StoredPack[] = [];
  for (const stored of segments) {
    for (const pack of stored.packs) {
      if (pack.busy !== undefined || pack.memory?.area !== "main" || stored.isInUse(pack)) continue;
      if (!stored.isAttached) waiting.push(pack);
      else if (pack.number < stored.taken) used.push(pack);
      else soon.push(pack);
    }
  }
  const later = (a: StoredPack, b: StoredPack) => b.closed.first - a.closed.first;
  return [...used, ...waiting.sort(later), ...soon.sort(later)];
}
