import assert from "node:assert/strict";
import fc from "fast-check";
import { isKeyPacket, sequenceHeaderOf, withoutDelimiter } from "../../../lib/media/obus.ts";

const sequenceHeader = [0x0a, 0x0b, 0, 0, 0, 0xfa, 0x1e, 0x7f, 0x66, 0x21, 0x0a, 0x80, 0xa0];
const packet = (...obus: number[][]) => Uint8Array.from([0x12, 0x00, ...obus.flat()]);
const key = [0x32, 2, 0x10, 7], inter = [0x32, 2, 0x30, 7], hidden = [0x32, 2, 0x00, 7], again = [0x1a, 1, 0x90];
const metadata = [0x2a, 1, 3];

Deno.test("a key packet has a sequence header, and its first frame is a keyframe that is shown", () => {
  assert.equal(isKeyPacket(packet(sequenceHeader, key)), true);
  assert.equal(isKeyPacket(packet(sequenceHeader, metadata, key)), true);
  assert.equal(isKeyPacket(packet(key)), false);
  assert.equal(isKeyPacket(packet(inter)), false);
  assert.equal(isKeyPacket(packet(sequenceHeader, inter)), false);
  assert.equal(isKeyPacket(packet(sequenceHeader, hidden, again)), false);
  assert.equal(isKeyPacket(packet(again)), false);
  assert.equal(isKeyPacket(packet(sequenceHeader)), false);
});

Deno.test("a still picture with a reduced header is a key packet", () => {
  assert.equal(isKeyPacket(packet([0x0a, 1, 0x18], [0x32, 1, 0x80])), true);
});

Deno.test("sequenceHeaderOf() is the whole OBU, wherever it stands", () => {
  assert.deepEqual([...sequenceHeaderOf(packet(metadata, sequenceHeader, key))!], sequenceHeader);
  assert.equal(sequenceHeaderOf(packet(inter)), undefined);
});

Deno.test("withoutDelimiter() takes the delimiter alone", () => {
  assert.deepEqual([...withoutDelimiter(packet(inter))], inter);
  assert.deepEqual([...withoutDelimiter(Uint8Array.from(inter))], inter);
});

Deno.test("bytes of any kind are no fault", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
    isKeyPacket(bytes);
    sequenceHeaderOf(Uint8Array.from(bytes));
  }));
});
