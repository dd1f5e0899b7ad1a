import assert from "node:assert/strict";
import fc from "fast-check";
import { Plan } from "../../../lib/encode/plan.ts";
import { IncompleteError } from "../../../lib/errors.ts";
import type { Plan as StoredPlan } from "../../../lib/resume/documents.ts";
import { joinedParts, PlanFollower } from "../../../lib/resume/plan_follower.ts";

const nothing = { decided: 0, keyframes: [], complete: false };

/** A video's keyframes and frames, and reports on it that end where `cuts` say. */
const video = fc.record({
  gaps: fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 12 }),
  cuts: fc.array(fc.nat(200), { maxLength: 8 }),
  storedUntil: fc.nat(200),
}).map(({ gaps, cuts, storedUntil }) => {
  const keyframes = gaps.map((_, index) => gaps.slice(0, index).reduce((sum, gap) => sum + gap, 0));
  const frames = gaps.reduce((sum, gap) => sum + gap, 0);
  return { keyframes, frames, cuts: cuts.filter((cut) => cut <= frames), stored: Math.min(storedUntil, frames) };
});

function reports(keyframes: number[], from: number, frames: number, cuts: number[]) {
  const ends = [...cuts.filter((cut) => cut > from && cut < frames).toSorted((a, b) => a - b), frames];
  return ends.map((decided, index) => {
    const start = index === 0 ? from : ends[index - 1]!;
    return {
      decided,
      keyframes: keyframes.filter((frame) => frame >= start && frame < decided),
      complete: index === ends.length - 1,
    };
  });
}

for (const anew of [true, false]) {
  Deno.test(`the stored plan and what follows give the whole plan, detected ${anew ? "anew" : "further"}`, () => {
    fc.assert(fc.property(video, ({ keyframes, frames, cuts, stored }) => {
      const before = { decided: stored, keyframes: keyframes.filter((frame) => frame < stored), complete: false };
      const follower = new PlanFollower(before);
      let whole: StoredPlan = before;
      for (const report of reports(keyframes, anew ? 0 : stored, frames, cuts)) {
        const part = follower.follow(report);
        if (part !== undefined) whole = joinedParts(whole, part);
      }
      assert.deepEqual(whole, { decided: frames, keyframes, complete: true });
      new Plan().advance(whole);
    }));
  });
}

Deno.test("a keyframe that has moved, is gone or is new is refused", () => {
  const stored = { decided: 50, keyframes: [0, 20, 40], complete: false };
  for (const keyframes of [[0, 21, 40], [0, 40], [0, 20, 30, 40]]) {
    assert.throws(() => new PlanFollower(stored).follow({ decided: 60, keyframes, complete: false }), IncompleteError);
  }
});

Deno.test("a video that is longer or shorter than a complete plan is refused", () => {
  const stored = { decided: 50, keyframes: [0, 20], complete: true };
  const follow = (decided: number) => new PlanFollower(stored).follow({ decided, keyframes: [0, 20], complete: true });
  assert.equal(follow(50), undefined);
  assert.throws(() => follow(51), IncompleteError);
  assert.throws(() => follow(49), IncompleteError);
});

Deno.test("a first run's reports are all new", () => {
  const follower = new PlanFollower(nothing);
  const report = { decided: 16, keyframes: [0, 12], complete: false };
  assert.deepEqual(follower.follow(report), report);
});
