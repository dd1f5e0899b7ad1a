import assert from "node:assert/strict";
import { FrameRing } from "../../../lib/pipe/frame_ring.ts";

Deno.test("FrameRing has room again only behind the oldest pack that is out", () => {
  const ring = new FrameRing(6);
  for (let frame = 0; frame < 6; frame++) {
    assert.ok(ring.hasRoom(0));
    ring.advance();
  }
  assert.deepEqual([ring.hasRoom(0), ring.place], [false, 0]);
  for (const first of [0, 2]) ring.lend({ segment: 0, first, frames: 2 });
  assert.equal(ring.hasRoom(4), false);
  ring.release(2);
  assert.equal(ring.hasRoom(4), false, "the one before is still out");
  ring.release(0);
  for (let frame = 0; frame < 4; frame++) {
    assert.ok(ring.hasRoom(4));
    ring.advance();
  }
  assert.deepEqual([ring.hasRoom(4), ring.hasRoom(5), ring.place, ring.read], [false, true, 4, 10]);
  assert.throws(() => ring.release(0), TypeError);
});
