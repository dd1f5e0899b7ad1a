// What is said when a try at a segment fails.

import type { SegmentFailure } from "../encode/encode_job.ts";
import { frameSpan } from "../encode/frame_span.ts";

export function describeFailure(failure: SegmentFailure): string {
  const { firstFrame, lastFrame, slot, worker, attempt, attempts, again, reason } = failure;
  const who = worker ?? (slot === undefined ? "a worker" : `slot ${slot}`);
  // Of a worker that fails at everything not all tries count.
  const of = attempt <= attempts ? ` of ${attempts}` : "";
  return `${who} failed at ${frameSpan(firstFrame, lastFrame)}, try ${attempt}${of}: ${reason}; ` +
    (again ? "they are tried again" : "they are given up, the others go on");
}
