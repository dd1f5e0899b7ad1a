// Who may have how many of the daemon's slots, and who gets the next one that is free: pure arithmetic. Slots are shared
// evenly among the sessions that have use for them; what one leaves is for the others. Nobody's running segment is taken
// away: a session that came later gets its share as segments end, because the next free slot goes to whoever has fewest.

export interface Claim {
  /** The most slots it can use. */
  readonly cap: number;
  /** Tasks that it has here, running and waiting. */
  readonly open: number;
}

/** Slots for each, at least 1 (which then may have to be waited for); in all no more than `total` where that is possible. */
export function shareSlots(total: number, claims: readonly Claim[]): number[] {
  const shares = claims.map(() => 0);
  let left = total;
  // First what they can use: the tasks they have, and one more, lest somebody with few could never have many.
  const uses = [claims.map(({ cap, open }) => Math.min(cap, open + 1)), claims.map(({ cap }) => cap)];
  for (const most of uses) {
    while (left > 0) {
      let poorest = -1;
      for (const [at, share] of shares.entries()) {
        if (share < most[at]! && (poorest < 0 || share < shares[poorest]!)) poorest = at;
      }
      if (poorest < 0) break;
      shares[poorest]!++;
      left--;
    }
  }
  return shares.map((share) => Math.max(1, share));
}

export interface Candidate {
  readonly cap: number;
  readonly running: number;
  /** Tasks that could be begun now. */
  readonly waiting: number;
  /** When it was given a slot last; any number that grows. */
  readonly lastGiven: number;
}

/** Who gets a slot that is free: of those with a task the one with the fewest, of these the one that waited longest. */
export function nextInTurn<T extends Candidate>(candidates: Iterable<T>): T | undefined {
  let best: T | undefined;
  for (const candidate of candidates) {
    const { cap, running, waiting, lastGiven } = candidate;
    if (waiting === 0 || running >= cap) continue;
    if (best === undefined || running < best.running || (running === best.running && lastGiven < best.lastGiven)) {
      best = candidate;
    }
  }
  return best;
}
