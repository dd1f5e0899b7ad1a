import assert from "node:assert/strict";
import { differences, type Identity, inputTrust } from "../../../lib/resume/identity.ts";
import { identity } from "./samples.ts";

function withSettings(changes: Partial<Identity["settings"]>): Identity {
  const sample = identity();
  return { ...sample, settings: { ...sample.settings, ...changes } };
}

function withRange(changes: Partial<Identity["range"]>): Identity {
  return identity({ range: { skip: 0, frames: null, limit: 0, ...changes } });
}

const file = { size: 1000, content: "ab", modified: 5, path: "/films/in.y4m" };

Deno.test("the same encode has no differences", () => {
  assert.deepEqual(differences(identity(), structuredClone(identity())), []);
});

const worded: [string, Identity, Identity, string[]][] = [
  ["a number", withSettings({ speed: 6 }), withSettings({ speed: 8 }), ["speed is 8, was 6"]],
  ["a name of two words", withSettings({}), withSettings({ minKeyint: 1 }), ["min-keyint is 1, was 12"]],
  ["a switch", withSettings({}), withSettings({ lowLatency: true }), ["low latency is on, was off"]],
  ["tiles", withSettings({ tiles: 4 }), withSettings({}), ["tiles is 0, was 4"]],
  ["what was not set", withSettings({}), withSettings({ level: "5.1" }), ["level is 5.1, was not set"]],
  ["the frame rate", withSettings({}), withSettings({ timeBase: { num: 1001, den: 30000 } }), [
    "the frame rate is 30000/1001, was 25/1",
  ]],
  ["the size", withSettings({}), withSettings({ width: 32, height: 24 }), [
    "width is 32, was 64",
    "height is 24, was 48",
  ]],
  ["rav1e", identity(), identity({ rav1e: "0.9.0" }), ["rav1e is 0.9.0, was 0.8.1"]],
  ["the frames of a file", withRange({ frames: 271 }), withRange({ frames: 300 }), [
    "the input has 300 frames, had 271",
  ]],
  ["frames of a file, with skip", withRange({ frames: 9, skip: 1 }), withRange({ frames: 8, skip: 1 }), [
    "the input has 9 frames, had 10",
  ]],
  ["a limit", withRange({ frames: 271 }), withRange({ frames: 100, limit: 100 }), [
    "there are 100 frames to encode (limit 100), there were 271",
  ]],
  ["a pipe's limit beside a scene list", { ...withRange({}), scenes: "ab" }, {
    ...withRange({ limit: 100 }),
    scenes: "ab",
  }, ["limit is 100, was none"]],
  ["skip", withRange({}), withRange({ skip: 3 }), ["skip is 3, was 0"]],
  ["scene lists", identity(), identity({ scenes: "ab" }), ["there is a scene list, there was none"]],
  ["forced keyframes", identity(), identity({ forcedKeyframes: [0, 120] }), ["force-keyframes is 0,120, was none"]],
  ["the size of the input", identity({ input: file }), identity({ input: { ...file, size: 1001 } }), [
    "the input has 1001 bytes, had 1000",
  ]],
  ["the input's content", identity({ input: file }), identity({ input: { ...file, content: "cd" } }), [
    "the input's content is another one",
  ]],
];
const zone = (first: number, quantizer: number) => ({ first, speed: 6, quantizer, photonNoise: 0 });
const zoned = (...zones: Identity["settings"]["zones"]) => withSettings({ zones });
worded.push(
  ["a zone", zoned(zone(0, 90), zone(40, 50)), zoned(zone(0, 90), zone(40, 60)), [
    "zone 2 is from frame 40 on speed 6, quantizer 60, photon noise 0, was from frame 40 on speed 6, quantizer 50, " +
    "photon noise 0",
  ]],
  ["zones", withSettings({}), zoned(zone(0, 90)), [
    "zone 1 is from frame 0 on speed 6, quantizer 90, photon noise 0, was none",
  ]],
);
for (const [what, stored, now, expected] of worded) {
  Deno.test(`differences() says ${what} in the user's words`, () => {
    assert.deepEqual(differences(stored, now), expected);
  });
}

Deno.test("differences() does not print a film grain table", () => {
  const table = (name: string) => withSettings({ filmGrainTable: `filmgrn1\n${name}\n` });
  assert.deepEqual(differences(table("one"), table("other")), ["the film grain table is another one"]);
  assert.deepEqual(differences(withSettings({}), table("one")), ["there is a film grain table, there was none"]);
  assert.deepEqual(differences(table("one"), withSettings({})), ["there is no film grain table, there was one"]);
});

Deno.test("differences() counts a setting that only one of two programs knows", () => {
  const newer = identity();
  Object.assign(newer.settings, { sharpness: 3 });
  assert.deepEqual(differences(identity(), newer), ["sharpness is 3, was not set"]);
});

Deno.test("differences() leaves out what changes no bytes", () => {
  const moved = identity({ input: { ...file, modified: 6, path: "/other/in.y4m" }, abi: 9 });
  assert.deepEqual(differences(identity({ input: file }), moved), []);
  assert.deepEqual(differences(withRange({ frames: 100, limit: 100 }), withRange({ frames: 100 })), []);
  assert.deepEqual(differences(identity(), identity({ input: file })), []);
});

Deno.test("inputTrust() looks at the frames where time or source has changed", () => {
  const withFile = identity({ input: file });
  assert.equal(inputTrust(withFile, identity({ input: { ...file, path: "/moved" } })), "same");
  assert.equal(inputTrust(withFile, identity({ input: { ...file, modified: 6 } })), "check-frames");
  assert.equal(inputTrust(identity(), withFile), "check-frames");
  assert.equal(inputTrust(withFile, identity()), "pipe");
});

Deno.test("differences() leaves out zones that begin behind what is decided, where the others' header stays", () => {
  const stored = zoned(zone(0, 90), zone(40, 50));
  assert.deepEqual(differences(stored, zoned(zone(0, 90)), 40), []);
  assert.deepEqual(differences(stored, zoned(zone(0, 90), zone(45, 10), zone(60, 20)), 40), []);
  assert.equal(differences(stored, zoned(zone(0, 90)), 41).length, 1);
  assert.equal(differences(stored, zoned(zone(0, 91)), 0).length, 1);
  const other = (changes: { speed?: number; photonNoise?: number }) =>
    differences(stored, zoned(zone(0, 90), { ...zone(40, 50), ...changes }), 40).length;
  assert.deepEqual([other({ speed: 8 }), other({ photonNoise: 1 }), other({})], [1, 1, 0]);
});

Deno.test("differences() takes a store without a word of zones as one without zones", () => {
  const { zones: _zones, ...settings } = identity().settings;
  assert.deepEqual(differences(identity({ settings: settings as Identity["settings"] }), identity()), []);
});
