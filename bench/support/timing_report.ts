// What the program tells about its own times: the objects {"type":"segment"} and {"type":"summary"} of
// `--progress json` (lib/cli/progress/json.ts, lib/cli/summary.ts).

export interface TimingReport {
  /** Milliseconds since 1970. */
  readonly firstFrameSentAt: number;
  readonly slots: number;
  readonly segments: readonly SegmentTime[];
}

/** Seconds of one clock. */
export interface SegmentTime {
  readonly segment: number;
  readonly slot: number;
  readonly start: number;
  readonly end: number;
}

/** Gathers the report from the program's stderr. Throws where the run was not complete. */
export function readTimingReport(stderr: string): TimingReport {
  const objects = stderr.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  const summary = objects.find(({ type }) => type === "summary");
  if (summary === undefined) throw new Error('Cannot read times: there is no {"type":"summary"} on stderr');
  const { firstFrameSentAt, slots } = summary;
  return { firstFrameSentAt, slots, segments: objects.filter(({ type }) => type === "segment") };
}

export interface Schedule {
  /** From the first segment's start to the last one's end, seconds. */
  readonly length: number;
  /** What no schedule can beat: the work shared out evenly, or the longest segment. */
  readonly lowerBound: number;
  /** Seconds between a slot's last segment and the end, all slots together. */
  readonly idleAtEnd: number;
}

/** Throws on a report without segments. */
export function scheduleOf({ slots, segments }: TimingReport): Schedule {
  if (segments.length === 0) throw new RangeError("Cannot judge a schedule of no segments");
  const begin = Math.min(...segments.map(({ start }) => start)), end = Math.max(...segments.map(({ end }) => end));
  const durations = segments.map(({ start, end }) => end - start);
  const total = durations.reduce((sum, seconds) => sum + seconds, 0);
  let idleAtEnd = 0;
  for (let slot = 0; slot < slots; slot++) {
    const ends = segments.filter((one) => one.slot === slot).map((one) => one.end);
    idleAtEnd += end - Math.max(begin, ...ends);
  }
  return { length: end - begin, lowerBound: Math.max(total / slots, ...durations), idleAtEnd };
}
