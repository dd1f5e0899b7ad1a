import assert from "node:assert/strict";
import fc from "fast-check";
import { defaultOptions } from "../../../lib/encode/settings.ts";
import { InputError } from "../../../lib/errors.ts";
import type { Zone, ZonePosition } from "../../../lib/zones/zone.ts";
import { placeZones, type ZonedVideo } from "../../../lib/zones/zone_plan.ts";

const frame = (number: number): ZonePosition => ({ kind: "frame", frame: number });
const time = (seconds: number): ZonePosition => ({ kind: "time", seconds });

function zonesAt(...ranges: [start: ZonePosition, end?: ZonePosition][]): Zone[] {
  return ranges.map(([start, end], at) => ({
    start,
    end,
    place: `zones.toml, [[zones]] ${at + 1}`,
    quantizer: at + 1,
  }));
}

function video(changes: Partial<ZonedVideo> = {}): ZonedVideo {
  const frameRate = { num: 24000, den: 1001 };
  return { options: defaultOptions, frameRate, skip: 0, frames: 100, inputFrames: 100, file: "zones.toml", ...changes };
}

function refusal(zones: readonly Zone[], changes: Partial<ZonedVideo> = {}): string {
  try {
    placeZones(zones, video(changes));
  } catch (error) {
    assert(error instanceof InputError, String(error));
    return error.message.replace("zones.toml, ", "");
  }
  assert.fail("They were placed");
}

/** Zones that tile so many frames, some with an end and some without; the last one's end as told. */
const tiles = fc.record({
  lengths: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 }),
  closed: fc.infiniteStream(fc.boolean()),
}).map(({ lengths, closed }) => {
  let at = 0;
  const starts = lengths.map((length) => (at += length) - length);
  const zones = zonesAt(
    ...starts.map((start, number): [ZonePosition, ZonePosition?] => {
      const end = starts[number + 1] ?? at;
      return closed.next().value ? [frame(start), frame(end)] : [frame(start)];
    }),
  );
  return { zones, starts, frames: at };
});

Deno.test("placeZones() gives every frame of a tiled video the zone that the file has it in", () => {
  fc.assert(fc.property(tiles, fc.nat(), fc.nat(), ({ zones, starts, frames: inputFrames }, from, length) => {
    const skip = from % inputFrames, frames = 1 + length % (inputFrames - skip);
    const placed = placeZones(zones, video({ skip, frames, inputFrames })).zones;
    assert.equal(placed[0]?.first, 0);
    for (let encoded = 0; encoded < frames; encoded++) {
      const zone = starts.findLastIndex((start) => start <= skip + encoded);
      assert.equal(placed.findLast(({ first }) => first <= encoded)?.quantizer, zone + 1);
    }
    assert(placed.every(({ first }, at) => first < frames && (at === 0 || first > placed[at - 1]!.first)));
  }));
});

Deno.test("placeZones() refuses a tiled video with one frame moved out of place", () => {
  fc.assert(fc.property(tiles, fc.nat(), fc.boolean(), ({ zones, frames }, which, up) => {
    const closed = zones.map((zone, at) => ({ ...zone, end: zones[at + 1]?.start ?? frame(frames) }));
    const at = which % closed.length, end = closed[at]!.end as { frame: number };
    closed[at] = { ...closed[at]!, end: frame(end.frame + (up ? 1 : -1)) };
    refusal(closed, { frames, inputFrames: frames });
  }));
});

Deno.test("placeZones() fills in what a zone leaves to the command line", () => {
  const zones: Zone[] = [
    { start: frame(0), end: undefined, place: "1", quantizer: 33 },
    { start: frame(50), end: undefined, place: "2", speed: 9, photonNoise: 0 },
  ];
  const options = { ...defaultOptions, speed: 3, quantizer: 70, photonNoise: 12 };
  assert.deepEqual(placeZones(zones, video({ options })).zones, [
    { first: 0, speed: 3, quantizer: 33, photonNoise: 12 },
    { first: 50, speed: 9, quantizer: 70, photonNoise: 0 },
  ]);
});

Deno.test("placeZones() finds the frame that a time means, as players show it", () => {
  const at = (seconds: number, frameRate: ZonedVideo["frameRate"]) =>
    placeZones(zonesAt([frame(0)], [time(seconds)]), video({ frameRate, inputFrames: null, frames: null })).zones[1]!
      .first;
  assert.equal(at(10, { num: 25, den: 1 }), 250);
  // Shown as 0:00:04.170 or 04.171.
  for (const seconds of [4.17, 4.170833, 4.171]) assert.equal(at(seconds, { num: 24000, den: 1001 }), 100);
  fc.assert(fc.property(fc.integer({ min: 1, max: 500_000 }), (number) => {
    const frameRate = { num: 60000, den: 1001 };
    assert.equal(at(Math.floor(number * 1001 / 60) / 1000, frameRate), number);
  }));
  assert.match(
    refusal(zonesAt([frame(0)], [time(1)]), { frameRate: undefined }),
    /^\[\[zones\]\] 2: times need a constant frame rate, which this video has not; give the zone's frames, first and last$/,
  );
});

Deno.test("placeZones() says which frames are in no zone or in two, and what to write", () => {
  const cases: [Zone[], Partial<ZonedVideo>, string][] = [
    [
      zonesAt([frame(0), frame(50)], [frame(70)]),
      {},
      "[[zones]] 1: frames 50 to 69 after it are in no zone; set last = 69, or add a zone there",
    ],
    [
      zonesAt([frame(0), frame(50)], [frame(49)]),
      {},
      "[[zones]] 2: it begins with frame 49, and [[zones]] 1 reaches to frame 49; set last = 48 there, or leave its end out",
    ],
    [
      zonesAt([frame(0)], [frame(50)], [frame(20)]),
      {},
      "[[zones]] 3: it begins with frame 20, and comes after [[zones]] 2, which begins with 50; put them in order",
    ],
    [
      zonesAt([frame(10)]),
      {},
      "[[zones]] 1: frames 0 to 9 before it are in no zone; add one with first = 0, which without further keys is encoded as " +
      "the command line says",
    ],
    [
      zonesAt([frame(0)], [frame(100)]),
      {},
      "[[zones]] 2: it begins with frame 100, and the input has 100 frames, 0 to 99",
    ],
    [
      zonesAt([frame(0)], [frame(9), frame(101)]),
      {},
      "[[zones]] 2: it reaches to frame 100, and the input has 100 frames, 0 to 99",
    ],
    [
      zonesAt([frame(0), frame(99)]),
      {},
      "[[zones]] 1: frame 99 after it is in no zone; leave its end out, or add a zone there",
    ],
    [
      zonesAt([time(1), time(1.001)]),
      {},
      "[[zones]] 1: it has no frame: it begins with frame 24 and ends before frame 24",
    ],
  ];
  for (const [zones, changes, message] of cases) assert.equal(refusal(zones, changes), message);
});

Deno.test("placeZones() asks for zones of what is encoded alone", () => {
  const part = { skip: 10, frames: 20 };
  assert.equal(placeZones(zonesAt([frame(10), frame(30)]), video(part)).zones.length, 1);
  assert.match(refusal(zonesAt([frame(11)]), part), /frame 10 before it is in no zone; add one with first = 10/);
  assert.match(refusal(zonesAt([frame(0), frame(29)]), part), /frame 29 after it is in no zone/);
  assert.match(refusal(zonesAt([frame(0)], [frame(500)]), part), /the input has 100 frames/);
});

Deno.test("placeZones() leaves what it cannot know to the input's end", () => {
  const unknown = { frames: null, inputFrames: null };
  const reach = (...zones: Parameters<typeof zonesAt>) => {
    const { file: _file, lastZone, ...numbers } = placeZones(zonesAt(...zones), video(unknown)).reach;
    return { lastZone: lastZone.replace("zones.toml, ", ""), ...numbers };
  };
  assert.deepEqual(reach([frame(0)], [frame(700)]), {
    lastZone: "[[zones]] 2",
    lastFirst: 700,
    least: 701,
    most: null,
  });
  assert.deepEqual(reach([frame(0), frame(900)]), { lastZone: "[[zones]] 1", lastFirst: 0, least: 900, most: 900 });
});

Deno.test("placeZones() refuses photon noise beside a film grain table", () => {
  const options = { ...defaultOptions, filmGrainTable: "filmgrn1\n" };
  const zones: Zone[] = [{ start: frame(0), end: undefined, place: "zones.toml, [[zones]] 1", photonNoise: 3 }];
  assert.equal(
    refusal(zones, { options }),
    "[[zones]] 1: photon-noise and --film-grain-table exclude each other; drop one",
  );
  assert.equal(placeZones([{ ...zones[0]!, photonNoise: 0 }], video({ options })).zones.length, 1);
});
