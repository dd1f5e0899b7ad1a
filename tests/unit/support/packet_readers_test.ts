// The tests' own readers: an oracle that reads wrongly proves anything.

import assert from "node:assert/strict";
import { keyframePositions, shownFrames, splitObus } from "../../support/av1_headers.ts";
import { packetsDigest, readIvfPackets } from "../../support/ivf_packets.ts";
import { madeIvf } from "../../support/made_ivf.ts";

const delimiter = [0x12, 0x00];
const sequenceHeader = (first: number) => [0x0a, 1, first];
const frame = (first: number) => [0x32, 1, first];
const packet = (...parts: number[][]) => ({ data: new Uint8Array(parts.flat()) });

Deno.test("readIvfPackets() gives header and packets", () => {
  const file = madeIvf(2, [{ timestamp: 0, data: [1, 2, 3] }, { timestamp: 7, data: [] }]);
  const { packets, ...header } = readIvfPackets(file);
  assert.deepEqual(header, { width: 160, height: 96, frameRate: "25/1", announcedFrames: 2 });
  assert.deepEqual(packets.map(({ timestamp, data }) => [timestamp, ...data]), [[0, 1, 2, 3], [7]]);
});

Deno.test("readIvfPackets() refuses a file cut anywhere but between packets", () => {
  const file = madeIvf(2, [{ timestamp: 0, data: [1, 2, 3] }, { timestamp: 1, data: [4] }]);
  const whole = new Set([32, 47, file.length]);
  for (let length = 0; length <= file.length; length++) {
    if (whole.has(length)) readIvfPackets(file.subarray(0, length));
    else assert.throws(() => readIvfPackets(file.subarray(0, length)), /Cannot read IVF/, `cut at ${length}`);
  }
});

Deno.test("packetsDigest() sees timestamps and bytes, not the header", () => {
  const one = (timestamp: number, byte: number) => madeIvf(1, [{ timestamp, data: [byte] }]);
  const a = one(0, 1), b = one(0, 1);
  b[24] = 9;
  assert.equal(packetsDigest(a), packetsDigest(b));
  assert.notEqual(packetsDigest(a), packetsDigest(one(1, 1)));
  assert.notEqual(packetsDigest(a), packetsDigest(one(0, 2)));
});

Deno.test("shownFrames() tells keyframes, hidden frames and frames shown again apart", () => {
  const key = 0b0_00_1_0000, hidden = 0b0_01_0_0000, shown = 0b0_01_1_0000, again = 0b1_000_0000;
  const packets = [
    packet(delimiter, sequenceHeader(0), frame(key)),
    packet(delimiter, frame(hidden), frame(hidden), frame(shown)),
    packet(delimiter, [0x1a, 1, again]),
    packet(delimiter, sequenceHeader(0), frame(key)),
    packet(delimiter, frame(0b0_11_1_0000)),
  ];
  assert.deepEqual(shownFrames(packets), ["key", "inter", "show-existing", "key", "switch"]);
  assert.deepEqual(keyframePositions(packets), [0, 3]);
});

Deno.test("shownFrames() takes a reduced still picture for a keyframe", () => {
  assert.deepEqual(shownFrames([packet(delimiter, sequenceHeader(0b000_1_1_000), frame(0xff))]), ["key"]);
});

Deno.test("splitObus() refuses sizes past the end", () => {
  assert.throws(() => splitObus(new Uint8Array([0x32, 5, 0])), /Cannot split OBUs/);
  assert.throws(() => splitObus(new Uint8Array([0x32, 0x80])), /Cannot split OBUs/);
});
