import assert from "node:assert/strict";
import fc from "fast-check";
import { InputError } from "../../../lib/errors.ts";
import { ivfFrameCountOffset, ivfHeader, ivfPacketHeader, readIvf } from "../../../lib/media/ivf.ts";

const fromHex = (hex: string) => Uint8Array.from(hex.match(/[0-9a-f]{2}/g)!, (byte) => parseInt(byte, 16));

// Written by rav1e 0.8.1 for 34x18 pixels, 30000:1001 frames a second; and the header of its first packet.
const rav1eHeader = fromHex("444b4946 00002000 41563031 2200 1200 30750000 e9030000 00000000 00000000");
const rav1ePacketHeader = fromHex("3f020000 0000000000000000");

function ivfBytes(packets: readonly { timestamp: number; data: Uint8Array }[]): Uint8Array {
  const parts = [ivfHeader(34, 18, { num: 30000, den: 1001 }, packets.length)];
  for (const { timestamp, data } of packets) parts.push(ivfPacketHeader(data.length, timestamp), data.slice());
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

Deno.test("ivfHeader() writes what rav1e writes, and the frame count", () => {
  const frameRate = { num: 30000, den: 1001 };
  assert.deepEqual(ivfHeader(34, 18, frameRate, 0), rav1eHeader);
  const counted = ivfHeader(34, 18, frameRate, 0x01020304);
  assert.deepEqual([...counted.subarray(ivfFrameCountOffset, ivfFrameCountOffset + 4)], [4, 3, 2, 1]);
  counted.fill(0, ivfFrameCountOffset, ivfFrameCountOffset + 4);
  assert.deepEqual(counted, rav1eHeader);
});

Deno.test("ivfPacketHeader() writes what rav1e writes", () => {
  assert.deepEqual(ivfPacketHeader(0x23f, 0), rav1ePacketHeader);
  assert.deepEqual(ivfPacketHeader(1, 2 ** 32 + 5), fromHex("01000000 0500000001000000"));
});

Deno.test("ivfHeader() and ivfPacketHeader() refuse what their fields cannot hold", () => {
  const rate = { num: 25, den: 1 };
  assert.throws(() => ivfHeader(65536, 16, rate, 0), { name: "RangeError", message: /width 65536/ });
  assert.throws(() => ivfHeader(16, -1, rate, 0), { name: "RangeError", message: /height -1/ });
  assert.throws(() => ivfHeader(16, 16, { num: 2 ** 32, den: 1 }, 0), RangeError);
  assert.throws(() => ivfHeader(16, 16, { num: 1, den: 0.5 }, 0), RangeError);
  assert.throws(() => ivfHeader(16, 16, rate, 2 ** 32), RangeError);
  assert.throws(() => ivfPacketHeader(2 ** 32, 0), RangeError);
  assert.throws(() => ivfPacketHeader(1, 2 ** 53), RangeError);
  assert.throws(() => ivfPacketHeader(1, NaN), RangeError);
});

const packets = fc.array(
  fc.record({
    timestamp: fc.maxSafeNat(),
    data: fc.uint8Array({ maxLength: 40 }),
  }),
  { maxLength: 8 },
);

Deno.test("readIvf() reads back what was written, from any place in a buffer", () => {
  fc.assert(fc.property(packets, fc.nat(9), (written, before) => {
    const bytes = ivfBytes(written);
    const buffer = new Uint8Array(before + bytes.length);
    buffer.set(bytes, before);
    const read = readIvf(buffer.subarray(before));
    assert.deepEqual(read.header, {
      width: 34,
      height: 18,
      frameRate: { num: 30000, den: 1001 },
      frames: written.length,
    });
    assert.deepEqual(
      read.packets.map(({ timestamp, data }) => ({ timestamp, data: [...data] })),
      written.map(
        ({ timestamp, data }) => ({ timestamp, data: [...data] }),
      ),
    );
  }));
});

Deno.test("readIvf() refuses a file cut anywhere but between packets", () => {
  const data = new Uint8Array(5);
  const bytes = ivfBytes([{ timestamp: 0, data }, { timestamp: 1, data }]);
  const whole = new Map([[32, 0], [49, 1], [66, 2]]);
  for (let length = 0; length <= bytes.length; length++) {
    const cut = bytes.subarray(0, length);
    const count = whole.get(length);
    if (count !== undefined) assert.equal(readIvf(cut).packets.length, count);
    else assert.throws(() => readIvf(cut, "'out.ivf'"), { name: "InputError", message: /^Cannot read 'out.ivf': / });
  }
  assert.throws(() => readIvf(bytes.subarray(0, 60)), /packet 1 \(at byte 49\)/);
});

Deno.test("readIvf() refuses what is not AV1 in IVF, and claims beyond the file", () => {
  assert.throws(() => readIvf(new TextEncoder().encode("RIFF")), /not IVF/);
  const vp9 = ivfBytes([]);
  vp9.set(new TextEncoder().encode("VP90"), 8);
  assert.throws(() => readIvf(vp9), /something other than AV1/);
  const shortHeader = ivfBytes([]);
  shortHeader[6] = 31;
  assert.throws(() => readIvf(shortHeader), /gives its header 31 bytes/);
  const huge = ivfBytes([{ timestamp: 0, data: new Uint8Array(3) }]);
  huge.fill(0xff, 32, 36);
  assert.throws(() => readIvf(huge), /has 4294967295 bytes, but only 3 follow/);
  const late = ivfBytes([{ timestamp: 0, data: new Uint8Array(3) }]);
  late.fill(0xff, 36, 44);
  assert.throws(() => readIvf(late), /timestamp beyond/);
});

Deno.test("readIvf() throws nothing but InputErrors, whatever it is given", () => {
  const check = (bytes: Uint8Array) => {
    try {
      readIvf(bytes);
    } catch (error) {
      assert.ok(error instanceof InputError, String(error));
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), check));
  fc.assert(fc.property(packets, fc.nat(), fc.nat(255), (written, place, byte) => {
    const bytes = ivfBytes(written);
    bytes[place % bytes.length] = byte;
    check(bytes);
  }));
});
