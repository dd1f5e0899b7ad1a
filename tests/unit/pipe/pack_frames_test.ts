import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { openLibrary } from "../../../ffi/library.ts";
import { packBound, Packer } from "../../../ffi/packs.ts";
import { lostPack, type Pack, PackFeed } from "../../../lib/pipe/pack_feed.ts";
import { PackFrames } from "../../../lib/pipe/pack_frames.ts";
import { libraryPath } from "./pipe_run.ts";

const frameBytes = 100;
const arena = new SharedArrayBuffer(20_000);
const library = openLibrary(libraryPath);

/** Frame n has n in each byte. */
function frameOf(number: number): Uint8Array {
  return new Uint8Array(frameBytes).fill(number);
}

/** Puts the frames `first` to before `end` into the arena. */
function packAt(offset: number, first: number, end: number): Pack {
  const raw = new Uint8Array((end - first) * frameBytes);
  for (let frame = first; frame < end; frame++) raw.set(frameOf(frame), (frame - first) * frameBytes);
  using packer = new Packer(library);
  const into = new Uint8Array(arena, offset, packBound(frameBytes, end - first));
  return { offset, bytes: packer.pack(raw, frameBytes, into), frames: end - first };
}

function slot(digestsAreOwn = false): { feed: PackFeed; frames: PackFrames; taken: () => number } {
  const feed = new PackFeed();
  let taken = 0;
  const frames = new PackFrames({
    library,
    arena,
    frameBytes,
    digestsAreOwn,
    feed: feed.memory,
    onTaken: () => taken++,
  });
  return { feed, frames, taken: () => taken };
}

Deno.test("PackFrames gives the frames of one pack after the other, and gives each back when it is used up", () => {
  const { feed, frames, taken } = slot();
  using _ = frames;
  feed.reset();
  feed.publish(packAt(0, 7, 10));
  feed.publish(packAt(5000, 10, 11));
  const into = new Uint8Array(frameBytes);
  const seen = [];
  for (let frame = 7; frame < 11; frame++) {
    frames.readFrame(frame, into);
    assert.deepEqual(into, frameOf(frame));
    seen.push([taken(), feed.taken]);
  }
  assert.deepEqual(seen, [[0, 0], [0, 0], [1, 1], [2, 2]]);
  assert.throws(() => frames.readFrame(11, into), { name: "TypeError", message: /no pack was published/ });
});

Deno.test("PackFrames begins anew with each segment, wherever the one before was left", () => {
  const { feed, frames } = slot();
  using _ = frames;
  const into = new Uint8Array(frameBytes);
  feed.reset();
  feed.publish(packAt(0, 0, 5));
  frames.readFrame(0, into);
  frames.readFrame(1, into);
  assert.throws(() => frames.readFrame(3, into), { name: "RangeError", message: /frame 2 is next/ });
  feed.reset();
  feed.publish(packAt(5000, 30, 32));
  frames.readFrame(30, into);
  assert.deepEqual(into, frameOf(30));
});

Deno.test("PackFrames throws where a pack is lost or damaged", () => {
  const { feed, frames } = slot();
  using _ = frames;
  const into = new Uint8Array(frameBytes);
  feed.reset();
  feed.publish(lostPack);
  assert.throws(
    () => frames.readFrame(0, into),
    /frame 0 could not be read back from the temporary file \(--tmp-input\)/,
  );
  feed.reset();
  const pack = packAt(0, 0, 5);
  new Uint8Array(arena)[pack.bytes - 1]! ^= 1;
  feed.publish(pack);
  assert.throws(() => {
    for (let frame = 0; frame < 5; frame++) frames.readFrame(frame, into);
  }, { name: "LibraryError" });
  feed.reset();
  feed.publish({ ...packAt(0, 0, 5), frames: 4 });
  assert.throws(() => frames.readFrame(0, into), /a pack holds 5 frames instead of 4/);
});

Deno.test("PackFrames gives the digests of the frames with them where the packs are this machine's own", () => {
  const into = new Uint8Array(frameBytes);
  for (const isOwn of [true, false]) {
    const { feed, frames } = slot(isOwn);
    using _ = frames;
    feed.reset();
    feed.publish(packAt(0, 3, 6));
    feed.publish(packAt(5000, 6, 7));
    for (let frame = 3; frame < 7; frame++) {
      const digest = frames.readFrame(frame, into);
      const own = new Uint8Array(createHash("sha256").update(frameOf(frame)).digest());
      assert.deepEqual(digest, isOwn ? own : undefined);
    }
  }
});
