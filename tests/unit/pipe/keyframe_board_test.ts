import assert from "node:assert/strict";
import fc from "fast-check";
import { KeyframeBoard } from "../../../lib/pipe/keyframe_board.ts";

Deno.test("a board has every decision that was made, seen from another thread's side too", () => {
  fc.assert(fc.property(fc.array(fc.boolean(), { maxLength: 300 }), (decisions) => {
    const led = new KeyframeBoard(), followed = new KeyframeBoard(led.buffer);
    for (const [frame, decision] of decisions.entries()) {
      led.decide(decision);
      assert.equal(followed.decided, frame + 1);
    }
    assert.deepEqual(decisions.map((_, frame) => followed.isKeyframe(frame)), decisions);
  }));
});

Deno.test("a board grows with the video", () => {
  const board = new KeyframeBoard(), frames = 8 * board.buffer.byteLength + 9;
  for (let frame = 0; frame < frames; frame++) board.decide(frame % 1000 === 7);
  assert.equal(board.decided, frames);
  assert.ok(
    board.isKeyframe(7) && !board.isKeyframe(8) && board.isKeyframe(Math.floor(frames / 1000) * 1000 - 1000 + 7),
  );
});

Deno.test("whoever follows a board sees all decisions and the end, whenever they come", async () => {
  // Waiting alone keeps no program alive.
  const alive = setInterval(() => {}, 1000);
  using _alive = { [Symbol.dispose]: () => clearInterval(alive) };
  const board = new KeyframeBoard(), seen: [number, string][] = [];
  board.decide(true);
  const followed = new KeyframeBoard(board.buffer);
  const ended = followed.follow(() => {
    seen.push([followed.decided, followed.end]);
    // A change that comes while it looks.
    if (followed.decided === 2) board.decide(false);
  });
  board.decide(false);
  while (followed.decided < 3) await new Promise((resolve) => setTimeout(resolve, 1));
  board.decide(true);
  board.finish("whole");
  await ended;
  assert.deepEqual(seen[0], [1, "open"]);
  assert.deepEqual(seen.at(-1), [4, "whole"]);
});

Deno.test("the first end of a board is its end", () => {
  const board = new KeyframeBoard();
  assert.equal(board.end, "open");
  board.finish("whole");
  board.finish("broken");
  assert.equal(board.end, "whole");
});
