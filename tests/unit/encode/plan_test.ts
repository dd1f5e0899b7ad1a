import assert from "node:assert/strict";
import fc from "fast-check";
import { Plan } from "../../../lib/encode/plan.ts";
import { cutReports, firsts, sum } from "./plans.ts";

Deno.test("Plan ends with the same segments however its reports are cut", () => {
  fc.assert(fc.property(cutReports, ({ lengths, reports }) => {
    const plan = new Plan();
    for (const report of reports) {
      assert.equal(plan.complete, false);
      plan.advance(report);
      assert.equal(plan.decided, report.decided);
    }
    assert.equal(plan.complete, true);
    const first = firsts(lengths);
    assert.deepEqual(plan.segments, lengths.map((frames, index) => ({ index, first: first[index], frames })));
  }));
});

Deno.test("Plan tells after each report which segments are new or were closed, and only those", () => {
  fc.assert(fc.property(cutReports, ({ reports }) => {
    const plan = new Plan();
    let before = [...plan.segments];
    for (const report of reports) {
      const changed = plan.advance(report);
      const expected = plan.segments.filter((segment) => {
        const old = before[segment.index];
        return old === undefined || old.frames !== segment.frames;
      });
      assert.deepEqual([...changed].sort((a, b) => a - b), expected.map(({ index }) => index));
      before = [...plan.segments];
    }
  }));
});

Deno.test("Plan knows of every segment exactly the frames that were decided", () => {
  fc.assert(fc.property(cutReports, ({ lengths, reports }) => {
    const plan = new Plan();
    for (const report of reports) {
      plan.advance(report);
      const known = plan.segments.map((segment) => plan.known(segment));
      assert.equal(sum(known), report.decided);
      assert.ok(known.every((frames, index) => frames >= 1 && frames <= lengths[index]!), `${known} of ${lengths}`);
      const open = plan.segments.filter(({ frames }) => frames === null);
      assert.ok(open.length === 0 || (open.length === 1 && open[0] === plan.segments.at(-1)));
    }
  }));
});

Deno.test("Plan leaves a segment that was given out as it was when it closes it", () => {
  const plan = new Plan();
  plan.advance({ decided: 5, keyframes: [0], complete: false });
  const open = plan.segments[0]!;
  plan.advance({ decided: 9, keyframes: [7], complete: false });
  assert.deepEqual([open.frames, plan.segments[0]!.frames], [null, 7]);
  assert.equal(plan.known(plan.segments[1]!), 2);
});

Deno.test("Plan refuses a report after the complete one", () => {
  const plan = new Plan();
  plan.advance({ decided: 3, keyframes: [0], complete: true });
  assert.throws(() => plan.advance({ decided: 4, keyframes: [3], complete: true }), TypeError);
});

Deno.test("Plan refuses frames before the first keyframe, and keyframes out of order", () => {
  for (const keyframes of [[1], [0, 0], [0, 8, 8], [0, 8, 5]]) {
    assert.throws(() => new Plan().advance({ decided: 9, keyframes, complete: false }), TypeError, `${keyframes}`);
  }
  const plan = new Plan();
  plan.advance({ decided: 9, keyframes: [0, 5], complete: false });
  for (const keyframe of [0, 4, 5]) {
    assert.throws(() => plan.advance({ decided: 12, keyframes: [keyframe], complete: false }), TypeError);
  }
});

Deno.test("Plan refuses frames without any keyframe once they are all", () => {
  assert.throws(() => new Plan().advance({ decided: 9, keyframes: [], complete: true }), TypeError);
});

Deno.test("Plan refuses a keyframe among frames that are not decided, and decisions taken back", () => {
  for (const complete of [false, true]) {
    assert.throws(() => new Plan().advance({ decided: 9, keyframes: [0, 9], complete }), TypeError);
  }
  const plan = new Plan();
  plan.advance({ decided: 9, keyframes: [0], complete: false });
  assert.throws(() => plan.advance({ decided: 8, keyframes: [], complete: false }), TypeError);
});

Deno.test("Plan of a video without frames is complete without segments", () => {
  const plan = new Plan();
  assert.deepEqual(plan.advance({ decided: 0, keyframes: [], complete: true }), []);
  assert.deepEqual([plan.complete, plan.segments], [true, []]);
});

Deno.test("Plan that is cut is complete without the open segment and those that are lost", () => {
  for (const [lost, expected] of [[9, [0, 10]], [2, [0, 10]], [1, [0]], [0, []]] as const) {
    const plan = new Plan();
    plan.advance({ decided: 35, keyframes: [0, 10, 30], complete: false });
    plan.cut(lost);
    assert.deepEqual(plan.segments.map(({ first }) => first), expected);
    assert.equal(plan.complete, true);
    assert.equal(plan.decided, [0, 10, 30][expected.length]);
  }
});
