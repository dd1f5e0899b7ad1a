import assert from "node:assert/strict";
import fc from "fast-check";
import { av1Configuration, readSequenceHeader, type SequenceHeader } from "../../../lib/containers/sequence_header.ts";
import { sequenceHeader } from "./made_packets.ts";

/** Writes bits, the highest first. */
class BitWriter {
  readonly #bits: number[] = [];

  put(bits: number, value: number): this {
    for (let at = bits - 1; at >= 0; at--) this.#bits.push(Math.floor(value / 2 ** at) % 2);
    return this;
  }

  bytes(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(Math.ceil(this.#bits.length / 8));
    for (const [at, bit] of this.#bits.entries()) bytes[at >> 3]! |= bit << (7 - (at & 7));
    return bytes;
  }
}

const bit = fc.constantFrom(0, 1);
const byte = fc.nat(255);
/** Everything that decides which fields a sequence header has. */
const shape = fc.record({
  profile: fc.constantFrom(0, 1, 2),
  isReduced: bit,
  hasTiming: bit,
  equalIntervalZeros: fc.option(fc.integer({ min: 0, max: 31 }), { nil: undefined }),
  hasDecoderModel: bit,
  delayBits: fc.integer({ min: 1, max: 32 }),
  hasDisplayDelay: bit,
  points: fc.array(fc.record({ level: fc.nat(31), tier: bit, model: bit, delay: bit }), { minLength: 1, maxLength: 4 }),
  sizeBits: fc.integer({ min: 1, max: 16 }),
  hasFrameIds: bit,
  hasOrderHint: bit,
  choosesScreenTools: bit,
  forcesScreenTools: bit,
  choosesIntegerMv: bit,
  high: bit,
  twelve: bit,
  mono: bit,
  colours: fc.option(fc.tuple(byte, byte, byte), { nil: undefined }),
  isSrgb: fc.boolean(),
  range: bit,
  subsampling: fc.constantFrom([0, 0], [1, 0], [1, 1]),
  position: fc.nat(2),
});

/** AV1 specification, section 5.5, written down a second time. */
function write(
  s: typeof shape extends fc.Arbitrary<infer T> ? T : never,
): { obu: Uint8Array<ArrayBuffer>; says: SequenceHeader } {
  const bits = new BitWriter();
  bits.put(3, s.profile).put(1, s.isReduced).put(1, s.isReduced);
  const first = s.points[0]!;
  let tier = 0;
  if (s.isReduced) bits.put(5, first.level);
  else {
    bits.put(1, s.hasTiming);
    const hasModel = s.hasTiming && s.hasDecoderModel;
    if (s.hasTiming) {
      bits.put(32, 1001).put(32, 24000).put(1, s.equalIntervalZeros === undefined ? 0 : 1);
      const zeros = s.equalIntervalZeros;
      if (zeros !== undefined) bits.put(zeros, 0).put(1, 1).put(zeros, 2 ** zeros - 1);
      bits.put(1, s.hasDecoderModel);
      if (s.hasDecoderModel) bits.put(5, s.delayBits - 1).put(32, 77).put(5, 9).put(5, 11);
    }
    bits.put(1, s.hasDisplayDelay).put(5, s.points.length - 1);
    for (const { level, tier, model, delay } of s.points) {
      bits.put(12, 0x101).put(5, level);
      if (level > 7) bits.put(1, tier);
      if (hasModel) {
        bits.put(1, model);
        if (model) bits.put(s.delayBits, 1).put(s.delayBits, 0).put(1, 1);
      }
      if (s.hasDisplayDelay) {
        bits.put(1, delay);
        if (delay) bits.put(4, 9);
      }
    }
    tier = first.level > 7 ? first.tier : 0;
  }
  bits.put(4, s.sizeBits - 1).put(4, s.sizeBits - 1).put(s.sizeBits, 1).put(s.sizeBits, 1);
  if (!s.isReduced) {
    bits.put(1, s.hasFrameIds);
    if (s.hasFrameIds) bits.put(4, 13).put(3, 5);
  }
  bits.put(3, 5);
  if (!s.isReduced) {
    bits.put(4, 9).put(1, s.hasOrderHint);
    if (s.hasOrderHint) bits.put(2, 1);
    bits.put(1, s.choosesScreenTools);
    if (!s.choosesScreenTools) bits.put(1, s.forcesScreenTools);
    if (s.choosesScreenTools || s.forcesScreenTools) {
      bits.put(1, s.choosesIntegerMv);
      if (!s.choosesIntegerMv) bits.put(1, 1);
    }
    if (s.hasOrderHint) bits.put(3, 6);
  }
  bits.put(3, 2);
  const isTwelve = s.profile === 2 && s.high === 1 && s.twelve === 1;
  bits.put(1, s.high);
  if (s.profile === 2 && s.high) bits.put(1, s.twelve);
  const isMonochrome = s.profile !== 1 && s.mono === 1;
  if (s.profile !== 1) bits.put(1, s.mono);
  const isSrgb = s.isSrgb && s.colours !== undefined && !isMonochrome && s.profile !== 0;
  const colours = isSrgb ? [1, 13, 0] : s.colours;
  bits.put(1, colours === undefined ? 0 : 1);
  for (const code of colours ?? []) bits.put(8, code);
  let [x, y] = [1, 1], position = 0, isFullRange = s.range === 1;
  const isNamedSrgb = !isMonochrome && colours?.join() === "1,13,0";
  if (isMonochrome) bits.put(1, s.range);
  else if (isNamedSrgb) [x, y, isFullRange] = [0, 0, true];
  else {
    bits.put(1, s.range);
    if (s.profile === 1) [x, y] = [0, 0];
    else if (isTwelve) {
      [x, y] = s.subsampling as [number, number];
      bits.put(1, x);
      if (x) bits.put(1, y);
    } else if (s.profile === 2) [x, y] = [1, 0];
    if (x && y) bits.put(2, position = s.position);
  }
  const payload = bits.put(2, 2).bytes();
  const [primaries = 2, transfer = 2, matrix = 2] = colours ?? [];
  return {
    obu: Uint8Array.from([0x0a, payload.length, ...payload]),
    says: {
      profile: s.profile,
      level: first.level,
      tier,
      bitDepth: isTwelve ? 12 : s.high ? 10 : 8,
      isMonochrome,
      subsamplingX: x as 0 | 1,
      subsamplingY: y as 0 | 1,
      chromaSamplePosition: position,
      primaries,
      transfer,
      matrix,
      isFullRange,
    },
  };
}

Deno.test("readSequenceHeader() reads every shape that the specification has", () => {
  fc.assert(
    fc.property(shape, (made) => {
      const { obu, says } = write(made);
      assert.deepEqual(readSequenceHeader(obu), says);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("readSequenceHeader() refuses one that ends too early, wherever that is, with RangeError", () => {
  for (let bytes = 2; bytes < sequenceHeader.length - 1; bytes++) {
    const cut = sequenceHeader.slice(0, bytes);
    cut[1] = bytes - 2;
    assert.throws(() => readSequenceHeader(cut), RangeError);
  }
  assert.throws(() => readSequenceHeader(new Uint8Array(0)), RangeError);
});

Deno.test("readSequenceHeader() reads what rav1e writes", () => {
  assert.deepEqual(readSequenceHeader(sequenceHeader), {
    profile: 0,
    level: 31,
    tier: 0,
    bitDepth: 8,
    isMonochrome: false,
    subsamplingX: 1,
    subsamplingY: 1,
    chromaSamplePosition: 0,
    primaries: 2,
    transfer: 2,
    matrix: 2,
    isFullRange: false,
  });
});

Deno.test("av1Configuration() is four bytes and the sequence header", () => {
  assert.equal(av1Configuration(sequenceHeader).toHex(), `811f0c00${sequenceHeader.toHex()}`);
});
