// Zones inside the library: a segment is encoded as its zone says, as a video without zones would be, wherever it begins.

import assert from "node:assert/strict";
import fc from "fast-check";
import { SceneDetector } from "../../ffi/detector.ts";
import { Encoder } from "../../ffi/encoder.ts";
import { LibraryError, openLibrary } from "../../ffi/library.ts";
import type { EncoderSettings, ZoneSettings } from "../../lib/encode/settings.ts";
import { splitObus } from "../support/av1_headers.ts";
import { frameOf, libraryPath, settingsOf } from "./support.ts";

const library = openLibrary(libraryPath);
const frames = 5;

/** The packets of a segment of a few frames that begins with frame `first`. */
function packetsAt(settings: EncoderSettings, first: number): Uint8Array[] {
  using encoder = new Encoder(library, settings, first);
  const packets: Uint8Array[] = [];
  for (let sent = 0;;) {
    const received = encoder.receive();
    if (received === "end") return packets;
    if (received === "again") continue;
    if (received !== "need-frame") packets.push(received.data);
    else if (sent < frames) encoder.send(frameOf(first % 50 + sent++));
    else encoder.flush();
  }
}

/** Zones that say the same in the sequence header: speeds of one kind, noise in all of them or in none. */
const alike = fc.record({ fast: fc.boolean(), noisy: fc.boolean() }).chain(({ fast, noisy }) =>
  fc.array(
    fc.record({
      length: fc.integer({ min: 1, max: 60 }),
      speed: fast ? fc.constantFrom(8, 9, 10) : fc.constantFrom(6, 7),
      quantizer: fc.integer({ min: 1, max: 255 }),
      photonNoise: noisy ? fc.integer({ min: 1, max: 64 }) : fc.constant(0),
    }),
    { minLength: 1, maxLength: 5 },
  )
).map((all) => {
  let end = 0;
  return all.map(({ length, ...values }): ZoneSettings => ({ first: (end += length) - length, ...values }));
});

Deno.test("a segment in a zone has the packets of a video with that zone's settings", () => {
  fc.assert(
    fc.property(alike, fc.nat(200), (zones, first) => {
      const { first: _first, ...values } = zones.findLast((zone) => zone.first <= first)!;
      assert.deepEqual(packetsAt(settingsOf({ zones }), first), packetsAt(settingsOf(values), first));
    }),
    { numRuns: 40 },
  );
});

const mixed: ZoneSettings[] = [
  { first: 0, speed: 10, quantizer: 100, photonNoise: 0 },
  { first: 10, speed: 6, quantizer: 60, photonNoise: 0 },
  { first: 20, speed: 9, quantizer: 180, photonNoise: 12 },
];

Deno.test("segments of unlike zones have one sequence header, whatever else they are", () => {
  const headers = mixed.map(({ first }) => {
    const obus = splitObus(packetsAt(settingsOf({ zones: mixed }), first)[0]!);
    return obus.find(({ type }) => type === 1)!.payload.toHex();
  });
  assert.equal(new Set(headers).size, 1);
  const alone = splitObus(packetsAt(settingsOf(), 0)[0]!).find(({ type }) => type === 1)!.payload.toHex();
  assert.notEqual(headers[0], alone);
});

Deno.test("resolving tells the lookahead of the slowest zone, and refuses what is no list of zones", () => {
  assert.equal(library.resolve(settingsOf({ zones: mixed })).rdoLookaheadFrames, 20);
  const refused: [unknown, RegExp][] = [
    [null, /zones|sequence/],
    [[{ first: 0, speed: 6, quantizer: 60 }], /photonNoise/],
    [[{ ...mixed[0], first: -1 }], /settings document/],
    [[{ ...mixed[0], first: 1e300 }], /settings document/],
    [[{ ...mixed[0], extra: 1 }], /extra/],
    [[mixed[1]], /begins with frame 10, not 0/],
    [[mixed[0], mixed[0]], /comes after/],
    [[{ ...mixed[0], speed: 11 }], /zone 1: speed 11 must be 0 to 10/],
    [Array.from({ length: 10_001 }, (_, first) => ({ ...mixed[0], first })), /10001 zones; 10000 is the most/],
  ];
  for (const [zones, message] of refused) {
    assert.throws(() => library.resolve(settingsOf({ zones: zones as ZoneSettings[] })), (error) => {
      assert(error instanceof LibraryError);
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("as many zones as there may be cost little", () => {
  const zones = Array.from(
    { length: 10_000 },
    (_, first) => ({ ...mixed[first % 3]!, first, quantizer: 1 + first % 255 }),
  );
  assert.equal(library.resolve(settingsOf({ zones })).rdoLookaheadFrames, 20);
  const { first: _first, ...values } = zones[9_998]!;
  const shared: ZoneSettings[] = [
    { first: 0, ...values },
    ...mixed.map((zone) => ({ ...zone, first: 1e6 + zone.first })),
  ];
  assert.deepEqual(packetsAt(settingsOf({ zones }), 9_998), packetsAt(settingsOf({ zones: shared }), 9_998));
});

Deno.test("the detector begins zones with keyframes, beside those that are forced", () => {
  using detector = new SceneDetector(library, settingsOf({ zones: mixed, minKeyint: 12 }), [13]);
  const flags: number[] = [];
  for (let frame = 0; frame < 30; frame++) flags.push(...detector.push(frameOf(frame)));
  flags.push(...detector.finish());
  assert.deepEqual(flags.flatMap((flag, frame) => flag === 1 ? [frame] : []), [0, 10, 13, 20]);
});
