// What the program tells about its own times, for the benchmarks alone: the object {"type":"timing"} among the lines of
// `--progress json`. Should the program say it elsewhere or otherwise one day, this is the one place to change.
//
// {"type":"timing",
//  "firstFrameSentAt": 1700000000000.5,   milliseconds since 1970 when the first frame went to an encoder
//  "slots": 2,
//  "segments": [{"segment":0,"slot":0,"start":0.12,"end":3.4}, ...]}   seconds of one clock; committed tries only

export interface TimingReport {
  readonly firstFrameSentAt: number;
  readonly slots: number;
  readonly segments: readonly SegmentTime[];
}

export interface SegmentTime {
  readonly segment: number;
  readonly slot: number;
  readonly start: number;
  readonly end: number;
}

/** Finds the report in the program's stderr. Throws where there is none. */
export function readTimingReport(stderr: string): TimingReport {
  for (const line of stderr.split("\n")) {
    if (!line.startsWith("{")) continue;
    const object = JSON.parse(line);
    if (object.type === "timing") return object;
  }
  throw new Error('Cannot read times: no {"type":"timing"} line on stderr; see bench/support/timing_report.ts');
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
