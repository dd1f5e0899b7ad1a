import assert from "node:assert/strict";
import fc from "fast-check";
import { SceneDetector } from "../../../ffi/detector.ts";
import { openLibrary } from "../../../ffi/library.ts";
import type { EncoderSettings } from "../../../lib/encode/settings.ts";
import { planUpTo, sharedByLimits } from "../../../lib/resume/limit_change.ts";
import { openStore } from "../../../lib/resume/opening.ts";
import { StoreRefused } from "../../../lib/resume/refusal.ts";
import { frameOf, libraryPath, settingsOf } from "../../ffi/support.ts";
import { WorkFolder } from "../../support/work_folder.ts";
import { close, request } from "./damage.ts";
import { framesOfASegment, identity, plan, runState, segment } from "./samples.ts";

const library = openLibrary(libraryPath);
const limited = (limit: number, changes = {}) => identity({ range: { skip: 0, frames: null, limit }, ...changes });

/** Where the keyframes of the clip's first `frames` frames are. */
function keyframesOf(lengths: readonly number[], frames: number, changes: Partial<EncoderSettings>): number[] {
  using detector = new SceneDetector(library, settingsOf(changes), []);
  const decisions: number[] = [], scenes = lengths.flatMap((length, scene) => Array(length).fill(scene % 3));
  for (let frame = 0; frame < frames; frame++) decisions.push(...detector.push(frameOf(frame, scenes[frame])));
  decisions.push(...detector.finish());
  return [...decisions.keys()].filter((frame) => decisions[frame] === 1);
}

Deno.test("Keyframes below what two limits share are the same by both, cuts near the end included", () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 5 });
  const property = fc.property(
    lengths,
    fc.nat(60),
    fc.boolean(),
    fc.constantFrom(0, 5, 8),
    fc.constantFrom(6, 10),
    (lengths, cut, lowLatency, keyint, speed) => {
      const all = lengths.reduce((sum, length) => sum + length, 0), limit = 1 + cut % all;
      const shared = sharedByLimits(limited(0), limited(limit))!;
      const changes = { lowLatency, keyint, minKeyint: 1, speed };
      const up = (frames: number) =>
        planUpTo({ decided: frames, keyframes: keyframesOf(lengths, frames, changes), complete: true }, shared);
      assert.deepEqual(up(limit), up(all));
    },
  );
  fc.assert(property, { numRuns: 60 });
});

Deno.test("Three frames more than two limits share, a cut is found by one of them alone", () => {
  const changes = { minKeyint: 1, keyint: 0 }, limit = 20, shared = sharedByLimits(limited(0), limited(limit))!;
  assert.deepEqual(keyframesOf([shared + 2, 30], shared + 30, changes), [0, shared + 2]);
  assert.deepEqual(keyframesOf([shared + 2, 30], limit, changes), [0]);
});

Deno.test("Only what is read once and has no scene list may have another limit", () => {
  assert.equal(sharedByLimits(limited(0), limited(0)), undefined);
  assert.equal(sharedByLimits(limited(0), limited(100)), 94);
  assert.equal(sharedByLimits(limited(100), limited(0)), 94);
  assert.equal(sharedByLimits(limited(100), limited(50)), 44);
  assert.equal(sharedByLimits(limited(0), limited(3)), 0);
  assert.equal(sharedByLimits(limited(0, { scenes: "ab" }), limited(100, { scenes: "ab" })), undefined);
  const file = (limit: number) => identity({ range: { skip: 0, frames: 200, limit } });
  assert.equal(sharedByLimits(file(0), file(100)), undefined);
});

Deno.test("A store that is opened with another limit keeps the segments that end before both, for good", () => {
  using folder = new WorkFolder();
  const path = folder.file("store");
  const begun = openStore({ ...request(path), identity: limited(0) });
  begun.writer.write({
    plan: { ...plan(8), complete: false },
    segments: [0, 2, 3, 4, 6].map((index) => segment(index)),
  });
  close(begun);
  // Segment 4 ends with frame 49; that 50 begins another one is decided with 51 to 56 at hand.
  for (const [limit, kept] of [[57, [0, 2, 3, 4]], [56, [0, 2, 3]], [0, [0, 2, 3]], [0, [0, 2, 3]]] as const) {
    const opened = openStore({ ...request(path), identity: limited(limit) });
    assert.deepEqual(opened.restored!.segments.map(({ index }) => index), kept);
    assert.deepEqual(opened.restored!.damaged, []);
    assert(!opened.restored!.plan.complete && opened.restored!.plan.decided <= 8 * framesOfASegment);
    assert.equal(opened.writer.read(6), undefined);
    opened.writer.write({ announce: { indexes: [1], state: runState }, segments: [] });
    close(opened);
  }
});

Deno.test("A plan that was cut by a limit goes on where it was cut, in the store too", () => {
  using folder = new WorkFolder();
  const path = folder.file("store");
  const begun = openStore({ ...request(path), identity: limited(0) });
  begun.writer.write({ plan: { decided: 40, keyframes: [0, 10, 20, 30], complete: false }, segments: [] });
  begun.writer.write({ plan: { decided: 80, keyframes: [40, 50], complete: false }, segments: [segment(4)] });
  close(begun);
  const opened = openStore({ ...request(path), identity: limited(40) });
  assert.deepEqual(opened.restored!.plan, { decided: 34, keyframes: [0, 10, 20, 30], complete: false });
  opened.writer.write({ plan: { decided: 40, keyframes: [37], complete: true }, segments: [] });
  close(opened);
  const again = openStore({ ...request(path), identity: limited(40) });
  assert.deepEqual(again.restored!.plan, { decided: 40, keyframes: [0, 10, 20, 30, 37], complete: true });
  close(again);
});

Deno.test("An encode that was complete by another limit is not begun anew without being asked", () => {
  using folder = new WorkFolder();
  const path = folder.file("store");
  const begun = openStore({ ...request(path), identity: limited(80) });
  begun.writer.write({
    plan: plan(8),
    segments: plan(8).keyframes.map((_, index) => segment(index)),
    final: { bytes: 1, sha256: new Uint8Array(32), headBytes: 0 } as never,
  });
  close(begun);
  assert.throws(
    () => openStore({ ...request(path), identity: limited(0) }),
    (error) => error instanceof StoreRefused && /is complete, with 80 frames, by another limit; /.test(error.message),
  );
});
