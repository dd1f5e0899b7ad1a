import assert from "node:assert/strict";
import fc from "fast-check";
import { openLibrary } from "../../../../ffi/library.ts";
import { packetFault } from "../../../../lib/remote/client/temporal_unit.ts";
import { encode, libraryPath, settingsOf } from "../../../ffi/support.ts";
import { madePackets } from "../../../support/fake_daemon.ts";

Deno.test("packetFault() finds nothing wrong with what rav1e writes", () => {
  const library = openLibrary(libraryPath);
  const settings = [
    settingsOf(),
    settingsOf({
      speed: 6,
      photonNoise: 20,
      masteringDisplay: "G(0.2,0.7)B(0.1,0.1)R(0.7,0.3)WP(0.3,0.3)L(1000,0.01)",
    }),
    settingsOf({ lowLatency: true, tiles: 2 }),
    settingsOf({ lowLatency: true, switchFrameInterval: 3 }),
    settingsOf({ stillPicture: true }),
  ];
  for (const each of settings) {
    const packets = encode(library, each, each.stillPicture ? 1 : 12);
    assert.deepEqual(packets.map((packet, frame) => packetFault(packet, frame === 0)), packets.map(() => undefined));
  }
});

Deno.test("packetFault() names what a packet lacks", () => {
  const [first, second] = madePackets(2) as [Uint8Array, Uint8Array];
  assert.equal(packetFault(first, true), undefined);
  assert.equal(packetFault(second, false), undefined);
  assert.equal(packetFault(second, true), "holds no sequence header");
  assert.equal(packetFault(new Uint8Array(), false), "begins with no temporal delimiter");
  assert.equal(packetFault(second.subarray(2), false), "begins with no temporal delimiter");
  assert.equal(packetFault(second.subarray(0, 2), false), "holds no frame");
  assert.equal(
    packetFault(new Uint8Array([...second, ...second]), false),
    `holds a second temporal unit at byte ${second.length}`,
  );
  assert.equal(packetFault(new Uint8Array([0x12, 0x00, 0x80]), false), "has no OBU at byte 2");
  assert.equal(packetFault(new Uint8Array([0x12, 0x00, 0x30, 0x01]), false), "has no OBU at byte 2");
});

Deno.test("packetFault() takes no packet that is cut anywhere", () => {
  for (const begins of [true, false]) {
    const packet = madePackets(2)[begins ? 0 : 1]!;
    for (let length = 0; length < packet.length; length++) {
      assert.notEqual(
        packetFault(packet.subarray(0, length), begins),
        undefined,
        `${length} of ${packet.length} bytes`,
      );
    }
  }
});

Deno.test("packetFault() comes to an end with any bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.boolean(), (bytes, begins) => {
      packetFault(new Uint8Array([0x12, 0x00, ...bytes]), begins);
    }),
    { numRuns: 2000 },
  );
});
