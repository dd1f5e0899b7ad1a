import assert from "node:assert/strict";
import fc from "fast-check";
import { SceneDetector } from "../../ffi/detector.ts";
import { LibraryError, openLibrary } from "../../ffi/library.ts";
import { Code } from "../../ffi/symbols.ts";
import type { EncoderSettings } from "../../lib/encode/settings.ts";
import { frameBytes, frameOf, libraryPath, settingsOf } from "./support.ts";

const library = openLibrary(libraryPath);

/** All decisions on a clip of scenes of these lengths. */
function decide(
  lengths: readonly number[],
  changes: Partial<EncoderSettings> = {},
  forced: readonly number[] = [],
): number[] {
  using detector = new SceneDetector(library, settingsOf(changes), forced);
  const decisions: number[] = [];
  for (const [scene, length] of lengths.entries()) {
    for (let frame = 0; frame < length; frame++) decisions.push(...detector.push(frameOf(frame, scene)));
  }
  decisions.push(...detector.finish());
  assert.deepEqual([...detector.finish()], []);
  return decisions;
}

function keyframes(decisions: readonly number[]): number[] {
  return [...decisions.keys()].filter((frame) => decisions[frame] === 1);
}

Deno.test("SceneDetector decides every frame once, the first a keyframe, whatever the length", () => {
  for (const speed of [6, 10]) {
    for (let frames = 0; frames <= 20; frames++) {
      for (const changes of [{}, { lowLatency: true }, { keyint: 1 }, { keyint: 5 }, { noSceneDetection: true }]) {
        const decisions = decide([frames], { speed, ...changes });
        assert.equal(decisions.length, frames, JSON.stringify({ frames, ...changes }));
        if (frames > 0) assert.equal(decisions[0], 1);
      }
    }
  }
});

Deno.test("SceneDetector finds the cuts between scenes", () => {
  assert.deepEqual(keyframes(decide([20, 15, 25])), [0, 20, 35]);
  assert.deepEqual(keyframes(decide([20, 15, 25], { noSceneDetection: true })), [0]);
});

Deno.test("SceneDetector makes forced frames keyframes, near others and at the end too", () => {
  assert.deepEqual(keyframes(decide([20, 15, 25], {}, [19, 57, 59])), [0, 19, 35, 57, 59]);
  assert.deepEqual(keyframes(decide([20, 15, 25], {}, [0, 7, 20, 35, 1000])), [0, 7, 20, 35]);
  assert.deepEqual(keyframes(decide([60], { keyint: 25 }, [10])), [0, 10, 35]);
});

Deno.test("Frames forced in any number and place only add keyframes where no distance is asked for", () => {
  const changes = { minKeyint: 1, keyint: 0 };
  const cuts = keyframes(decide([20, 15, 25], changes));
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(70)), (frames) => {
      const forced = frames.toSorted((a, b) => a - b);
      const expected = new Set([...cuts, ...forced.filter((frame) => frame < 60)]);
      assert.deepEqual(keyframes(decide([20, 15, 25], changes, forced)), [...expected].sort((a, b) => a - b));
    }),
    { numRuns: 30 },
  );
});

Deno.test("SceneDetectors on one thread do not disturb each other", () => {
  using first = new SceneDetector(library, settingsOf());
  using second = new SceneDetector(library, settingsOf());
  const decisions: number[][] = [[], []];
  for (let frame = 0; frame < 40; frame++) {
    // One sees a cut, the other does not; what a call gives is valid until that detector's next call.
    const a = first.push(frameOf(frame, frame < 20 ? 0 : 2));
    const b = second.push(frameOf(frame));
    decisions[0]!.push(...a);
    decisions[1]!.push(...b);
  }
  decisions[0]!.push(...first.finish());
  decisions[1]!.push(...second.finish());
  assert.deepEqual(decisions.map(keyframes), [[0, 20], [0]]);
});

Deno.test("SceneDetector refuses a frame of another size, frames after the end and settings that are none", () => {
  const code = (expected: number) => (error: unknown) => error instanceof LibraryError && error.code === expected;
  using detector = new SceneDetector(library, settingsOf());
  for (const size of [0, frameBytes - 1, frameBytes + 1]) {
    assert.throws(() => detector.push(new Uint8Array(size)), code(Code.invalidArgument));
  }
  assert.deepEqual([...detector.push(frameOf(0)), ...detector.finish()], [1]);
  assert.throws(() => detector.push(frameOf(1)), code(Code.wrongState));
  assert.throws(() => new SceneDetector(library, settingsOf({ speed: 11 })), code(Code.invalidSettings));
  assert.throws(() => new SceneDetector(library, settingsOf(), [5, 4]), code(Code.invalidArgument));
  const onePiece = settingsOf({ rdoLookaheadFrames: 2 });
  assert.throws(() => new SceneDetector(library, onePiece, [5]), code(Code.invalidSettings));
});

Deno.test("SceneDetector may be closed twice, and used afterwards throws", () => {
  const detector = new SceneDetector(library, settingsOf());
  detector.close();
  detector.close();
  detector[Symbol.dispose]();
  assert.throws(() => detector.push(frameOf(0)), TypeError);
  assert.throws(() => detector.finish(), TypeError);
});
