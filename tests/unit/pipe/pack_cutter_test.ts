import assert from "node:assert/strict";
import fc from "fast-check";
import type { Detected } from "../../../lib/encode/plan.ts";
import { cannotContinue, type DoneSegment, OtherSegment, PackCutter } from "../../../lib/pipe/pack_cutter.ts";
import type { ClosedPack } from "../../../lib/pipe/stored_segment.ts";

interface Cut {
  cutter: PackCutter;
  packs: ClosedPack[];
  detected: Detected[];
}

function cutterOf(packFrames: number, ringFrames: number, done: DoneSegment[] = []): Cut {
  const packs: ClosedPack[] = [], detected: Detected[] = [];
  const cutter = new PackCutter({
    packFrames,
    ringFrames,
    done,
    onPack: (pack) => packs.push(pack),
    onDetected: (one) => detected.push(one),
  });
  return { cutter, packs, detected };
}

/** A finished segment; its digest is not looked at here. */
function doneSegment(index: number, first: number, frames: number): DoneSegment {
  return { index, first, frames, inputDigest: new Uint8Array(32) };
}

function decide(cutter: PackCutter, frames: number, keyframes: readonly number[]): void {
  for (let frame = 0; frame < frames; frame++) cutter.decide(keyframes.includes(frame));
  cutter.finish();
}

Deno.test("PackCutter closes a pack at a keyframe, when it is full and where the ring ends", () => {
  const { cutter, packs, detected } = cutterOf(4, 10);
  decide(cutter, 15, [0, 6]);
  assert.deepEqual(packs.map(({ segment, first, frames }) => [segment, first, frames]), [
    [0, 0, 4],
    [0, 4, 2],
    [1, 6, 4],
    [1, 10, 4],
    [1, 14, 1],
  ]);
  assert.deepEqual(detected, [
    { decided: 1, keyframes: [0], complete: false },
    { decided: 7, keyframes: [6], complete: false },
    { decided: 15, keyframes: [], complete: true },
  ]);
});

Deno.test("PackCutter packs what it has when told to, and never nothing", () => {
  const { cutter, packs } = cutterOf(4, 100);
  cutter.flush();
  cutter.decide(true);
  cutter.decide(false);
  assert.equal(cutter.waiting, 2);
  cutter.flush();
  cutter.flush();
  assert.deepEqual([packs.length, packs[0]!.frames, cutter.waiting, cutter.start], [1, 2, 0, 2]);
});

Deno.test("PackCutter puts every frame into one pack of its segment, whatever the sizes", () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 });
  fc.assert(fc.property(lengths, fc.integer({ min: 1, max: 9 }), fc.nat(30), (segments, packFrames, spare) => {
    const ringFrames = packFrames + spare;
    const keyframes: number[] = [];
    const frames = segments.reduce((sum, length) => (keyframes.push(sum), sum + length), 0);
    const { cutter, packs, detected } = cutterOf(packFrames, ringFrames);
    decide(cutter, frames, keyframes);
    let next = 0;
    for (const pack of packs) {
      assert.equal(pack.first, next);
      next += pack.frames;
      assert.ok(pack.frames >= 1 && pack.frames <= packFrames);
      assert.ok(pack.first % ringFrames + pack.frames <= ringFrames, "it does not wrap");
      assert.ok(pack.first >= keyframes[pack.segment]! && next <= (keyframes[pack.segment + 1] ?? frames));
    }
    assert.equal(next, frames);
    assert.deepEqual(detected.flatMap((one) => one.keyframes), keyframes);
  }));
});

Deno.test("PackCutter packs no frame of a finished segment", () => {
  const { cutter, packs, detected } = cutterOf(4, 10, [doneSegment(0, 0, 6), doneSegment(2, 8, 3)]);
  decide(cutter, 13, [0, 6, 8, 11]);
  assert.deepEqual(packs.map(({ segment, first, frames }) => [segment, first, frames]), [[1, 6, 2], [3, 11, 2]]);
  assert.equal(detected.length, 5);
});

Deno.test("PackCutter tells finished segments that are not this video's", () => {
  const refuses = (done: DoneSegment, frames: number, keyframes: number[]) =>
    assert.throws(
      () => decide(cutterOf(4, 100, [done]).cutter, frames, keyframes),
      (error) => error instanceof OtherSegment && error.segment === done,
    );
  refuses(doneSegment(1, 6, 4), 20, [0, 6, 9, 12]);
  refuses(doneSegment(1, 6, 4), 20, [0, 6, 11]);
  refuses(doneSegment(1, 6, 4), 20, [0, 5, 10]);
  refuses(doneSegment(1, 6, 4), 20, [0, 3, 6, 10]);
  refuses(doneSegment(1, 6, 4), 9, [0, 6]);
  refuses(doneSegment(1, 6, 4), 6, [0]);
  assert.equal(
    cannotContinue("standard input", 100, doneSegment(3, 380, 240)).message,
    "Cannot continue: frames 480-719 of standard input are not those of the encode that was begun; --restart starts anew",
  );
});
