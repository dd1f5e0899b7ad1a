import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { FrameDigest, SegmentDigest } from "../../ffi/digest.ts";
import { openLibrary } from "../../ffi/library.ts";
import { libraryPath } from "./support.ts";

const library = openLibrary(libraryPath);

Deno.test("FrameDigest is SHA-256 of all that came since the last one, however it was divided", () => {
  using digest = new FrameDigest(library);
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (parts) => {
    const expected = createHash("sha256");
    for (const part of parts) {
      digest.update(part);
      expected.update(part);
    }
    assert.deepEqual(digest.finish(), new Uint8Array(expected.digest()));
  }));
});

Deno.test("FrameDigest reads shared memory", () => {
  const shared = new Uint8Array(new SharedArrayBuffer(10_000), 3, 5000).fill(9);
  using digest = new FrameDigest(library);
  digest.update(shared);
  assert.deepEqual(digest.finish(), new Uint8Array(createHash("sha256").update(shared).digest()));
});

Deno.test("FrameDigests do not disturb each other, and one that was closed throws", () => {
  using first = new FrameDigest(library);
  const second = new FrameDigest(library);
  first.update(new Uint8Array([1]));
  second.update(new Uint8Array([2]));
  first.update(new Uint8Array([3]));
  assert.deepEqual(first.finish(), new Uint8Array(createHash("sha256").update(new Uint8Array([1, 3])).digest()));
  second.close();
  second.close();
  assert.throws(() => second.update(new Uint8Array(1)), { message: "Cannot use a digest that was closed" });
});

Deno.test("SegmentDigest is SHA-256 over the SHA-256 of each frame, whether it gets frames or their digests", () => {
  using digest = new SegmentDigest(library);
  const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash("sha256").update(bytes).digest());
  fc.assert(fc.property(fc.array(fc.tuple(fc.uint8Array({ maxLength: 300 }), fc.boolean())), (frames) => {
    for (const [frame, isKnown] of frames) {
      if (isKnown) digest.addDigests(sha256(frame));
      else digest.addFrame(frame);
    }
    assert.deepEqual(digest.finish(), sha256(Uint8Array.from(frames.flatMap(([frame]) => [...sha256(frame)]))));
  }));
});
