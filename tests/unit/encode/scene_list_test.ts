import assert from "node:assert/strict";
import fc from "fast-check";
import {
  checkForcedKeyframes,
  checkSceneList,
  type KeyframeContext,
  makeSceneList,
  parseSceneList,
  type SceneList,
  sceneListText,
  withZoneStarts,
} from "../../../lib/encode/scene_list.ts";
import { Plan } from "../../../lib/encode/plan.ts";
import { InputError, UsageError } from "../../../lib/errors.ts";
import { settingsOf } from "../../support/settings_of.ts";

const context: KeyframeContext = {
  library: { rav1e: "0.8.1", avSceneChange: "0.14.1" },
  settings: settingsOf({ speed: 6 }),
  resolved: { keyint: 240, minKeyint: 12, sceneDetection: "standard", onePiece: false },
  skip: 3,
  limit: 0,
  frames: 500,
};
const list = makeSceneList(context, { frames: 500, forcedKeyframes: [120], keyframes: [0, 120, 300] });

/** The document with some fields replaced; undefined takes one away. */
function document(changes: Record<string, unknown>): string {
  return JSON.stringify({ ...JSON.parse(sceneListText(list)), ...changes });
}

function refusal(text: string): string {
  try {
    parseSceneList(text, "a b.json");
  } catch (error) {
    assert(error instanceof InputError, String(error));
    assert(!/[\n\r]/.test(error.message) && error.message.length < 400, error.message);
    assert.match(error.message, /^Cannot use 'a b\.json' as a scene list: /);
    return error.message.slice("Cannot use 'a b.json' as a scene list: ".length);
  }
  assert.fail(`${text.slice(0, 200)} was taken`);
}

Deno.test("A scene list is read as it was written", () => {
  const text = sceneListText(list);
  assert.match(text, /^\{\n {2}"format": "rav1e-by-gop scenes",\n {2}"version": 1,\n/);
  assert.match(text, /\n {2}"keyframes": \[0,120,300\]\n\}\n$/);
  assert.deepEqual(parseSceneList(text, "x"), list);
  assert.deepEqual(parseSceneList(document({ comment: [{}], __proto__: null }), "x"), list);
});

Deno.test("A scene list gives the plan that detection would have given", () => {
  const detected = checkSceneList(list, "x", context);
  assert.deepEqual(detected, { decided: 500, keyframes: [0, 120, 300], complete: true });
  const plan = new Plan();
  plan.advance(detected);
  assert.deepEqual(plan.segments.map(({ first, frames }) => [first, frames]), [[0, 120], [120, 180], [300, 200]]);
  assert(plan.complete);
});

Deno.test("Text that is no scene list is refused with the reason", () => {
  assert.match(refusal(""), /^it is not JSON/);
  assert.match(refusal("\n\x1b[31m{"), /^it is not JSON/);
  for (const text of ["null", "5", "[]", "{}", '"x"', '{"format":"other"}', document({ format: undefined })]) {
    assert.match(refusal(text), /^it is none; one is made by rav1e-by-gop scenes/);
  }
  assert.equal(refusal(document({ version: 2 })), "it has version 2, this program reads 1");
});

Deno.test("Each field of a scene list is checked by name", () => {
  for (const name of Object.keys(list)) {
    assert.equal(refusal(document({ [name]: undefined })), `it has no ${name}`);
    for (const value of [null, {}, [{}], ["x"], "\u202e\n", 1.5, -1, 2 ** 53]) {
      if (typeof value === "string" && typeof list[name as keyof SceneList] === "string") continue;
      assert.match(refusal(document({ [name]: value })), new RegExp(`^its ${name}[^ ]* is .*, where it must be `));
    }
  }
  assert.equal(refusal(document({ frames: 0 })), "its frames is 0, where it must be a whole number, 1 or more");
  assert.equal(
    refusal(document({ frameRate: { num: 1, den: 0 } })),
    "its frameRate.den is 0, where it must be a whole number, 1 or more",
  );
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  assert.match(refusal(document({}).replace("[0,120,300]", deep)), /^its keyframes\[0\] is a list/);
});

Deno.test("Keyframes that are out of order, beyond the frames or too far apart are refused", () => {
  const refused: [Record<string, unknown>, string][] = [
    [{ keyframes: [], forcedKeyframes: [] }, "its first keyframe is missing, not 0"],
    [{ keyframes: [1, 120] }, "its first keyframe is 1, not 0"],
    [{ keyframes: [0, 120, 120] }, "its keyframe 120 comes after 120"],
    [{ keyframes: [0, 300, 120] }, "its keyframe 120 comes after 300"],
    [{ keyframes: [0, 120, 300, 500] }, "its keyframe 500 is beyond its 500 frames"],
    [{ forcedKeyframes: [120, 120] }, "its forced keyframe 120 comes after 120"],
    [{ forcedKeyframes: [120, 500] }, "its forced keyframe 500 is beyond its 500 frames"],
    [{ forcedKeyframes: [119] }, "its forced keyframe 119 is not among its keyframes"],
    [{ keyframes: [0, 120] }, "it has 380 frames from keyframe 120 on, more than its keyint of 240"],
    [{ keyframes: [0, 120, 361] }, "it has 241 frames from keyframe 120 on, more than its keyint of 240"],
  ];
  for (const [changes, reason] of refused) assert.equal(refusal(document(changes)), reason);
  parseSceneList(document({ keyframes: [0, 120, 360] }), "x");
  parseSceneList(document({ keyframes: [0, 120], keyint: 0 }), "x");
});

Deno.test("parseSceneList() answers any change of a document with a list or one line", () => {
  const text = sceneListText(list);
  fc.assert(
    fc.property(fc.nat(text.length), fc.string(), fc.nat(20), (at, inserted, removed) => {
      const changed = text.slice(0, at) + inserted + text.slice(at + removed);
      try {
        const { keyframes, frames } = parseSceneList(changed, "x");
        assert(keyframes.every((frame, i) => frame < frames && (i === 0 ? frame === 0 : frame > keyframes[i - 1]!)));
      } catch (error) {
        assert(error instanceof InputError, `${error}`);
        assert(!/[\n\r]/.test(error.message), error.message);
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("A list that was made of something else is refused with both values of all that differs", () => {
  const message = (other: KeyframeContext) => {
    let text = "";
    assert.throws(() => checkSceneList(list, "s.json", other), (error) => {
      assert(error instanceof InputError);
      text = error.message;
      return true;
    });
    assert.match(text, /^Cannot use 's\.json' for this encode: .*; make it again: rav1e-by-gop scenes, with the same/);
    return text;
  };
  const { settings, resolved, library } = context;
  const cases: [Partial<KeyframeContext>, string][] = [
    [{ frames: 499 }, ": frames: 500 in the list, 499 here; "],
    [{ skip: 0 }, ": frames skipped: 3 in the list, 0 here; "],
    [{ frames: null, limit: 499 }, ": frames: 500 in the list, 499 here; "],
    [{ settings: { ...settings, width: 80 } }, ": size: 64x48 in the list, 80x48 here; "],
    [{ settings: { ...settings, bitDepth: 10 } }, ": bit depth: 8 in the list, 10 here; "],
    [{ settings: { ...settings, chromaSampling: "4:4:4" } }, ": chroma sampling: 4:2:0 in the list, 4:4:4 here; "],
    [{ settings: { ...settings, timeBase: { num: 1, den: 30 } } }, ": frame rate: 25/1 in the list, 30/1 here; "],
    [{ settings: { ...settings, lowLatency: true } }, ": --low-latency: false in the list, true here; "],
    [{ settings: { ...settings, highBitdepth: true } }, ": --high-bitdepth: false in the list, true here; "],
    [{ settings: { ...settings, keyint: 0 } }, ": --keyint: 240 in the list, 0 here; "],
    [{ resolved: { ...resolved, keyint: 200 } }, ": --keyint: 240 in the list, 200 here; "],
    [{ resolved: { ...resolved, minKeyint: 11 } }, ": --min-keyint: 12 in the list, 11 here; "],
    [
      { resolved: { ...resolved, sceneDetection: "fast" } },
      ": scene detection (--scd-speed, --speed): standard in the list, fast here; ",
    ],
    [{ library: { ...library, rav1e: "0.9.0" } }, ": rav1e: 0.8.1 in the list, 0.9.0 here; "],
    [{ library: { ...library, avSceneChange: "1" } }, ": av-scenechange: 0.14.1 in the list, 1 here; "],
    [{ skip: 4, frames: 7 }, ": frames skipped: 3 in the list, 4 here; frames: 500 in the list, 7 here; "],
  ];
  for (const [changes, expected] of cases) {
    const text = message({ ...context, ...changes });
    assert(text.includes(expected), text);
  }
});

Deno.test("What does not decide keyframes may differ", () => {
  const { settings, resolved } = context;
  const changed = settingsOf({ ...settings, speed: 4, quantizer: 5, tiles: 4, tune: "Psnr", range: "Full" });
  checkSceneList(list, "x", { ...context, settings: changed });
  checkSceneList(list, "x", { ...context, frames: null });
  checkSceneList(list, "x", { ...context, frames: null, limit: 500 });
  checkSceneList(list, "x", { ...context, frames: null, limit: 501 });
  const fast = { ...resolved, sceneDetection: "fast" as const };
  const rate = { ...settings, timeBase: { num: 1, den: 30 } };
  checkSceneList({ ...list, sceneDetection: "fast" }, "x", { ...context, settings: rate, resolved: fast });
});

Deno.test("An encode in one piece takes neither a list nor forced keyframes", () => {
  const onePiece = { ...context, resolved: { ...context.resolved, onePiece: true } };
  assert.throws(() => checkSceneList(list, "x", onePiece), { name: "UsageError", message: /^--scenes: .*one piece/ });
  assert.throws(() => checkForcedKeyframes([5], onePiece), { name: "UsageError", message: /^--force-keyframes: / });
  checkForcedKeyframes([], onePiece);
});

Deno.test("Forced keyframes must be among the frames, once these are known", () => {
  checkForcedKeyframes([0, 499], context);
  checkForcedKeyframes([0, 10_000], { ...context, frames: null });
  assert.throws(() => checkForcedKeyframes([7, 500, 600], context), (error) => {
    assert(error instanceof UsageError);
    assert.match(
      error.message,
      /^--force-keyframes 500: there are 500 frames to encode, 0 to 499, counted from the first of them$/,
    );
    return true;
  });
});

Deno.test("withZoneStarts() adds the frames that zones begin with, as far as the list reaches", () => {
  const zones = [0, 120, 200, 500].map((first) => ({ first, speed: 6, quantizer: 100, photonNoise: 0 }));
  const detected = checkSceneList(list, "x", context);
  assert.deepEqual(withZoneStarts(detected, { zones }), { ...detected, keyframes: [0, 120, 200, 300] });
  assert.deepEqual(withZoneStarts(detected, { zones: [] }), detected);
});
