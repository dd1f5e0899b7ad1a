import assert from "node:assert/strict";
import { PackFeed } from "../../../lib/pipe/pack_feed.ts";

const pack = (number: number) => ({ offset: 2 ** 40 + number, bytes: 2 ** 33 + number, frames: number });

Deno.test("PackFeed gives what was published, in order, through the memory alone", () => {
  const main = new PackFeed(), slot = new PackFeed(main.memory);
  main.reset();
  assert.equal(slot.peek(), undefined);
  for (let number = 1; number <= 200; number++) {
    assert.ok(main.publish(pack(number)));
    assert.deepEqual([slot.peek(), main.taken], [pack(number), number - 1]);
    slot.release();
  }
  assert.deepEqual([slot.peek(), main.taken], [undefined, 200]);
});

Deno.test("PackFeed takes no more than its slot has room for", () => {
  const feed = new PackFeed();
  feed.reset();
  let count = 0;
  while (feed.publish(pack(count + 1))) count++;
  assert.ok(count >= 16);
  feed.release();
  assert.deepEqual([feed.publish(pack(count + 1)), feed.publish(pack(count + 2))], [true, false]);
  for (let number = 2; number <= count + 1; number++) {
    assert.deepEqual(feed.peek(), pack(number));
    feed.release();
  }
});

Deno.test("PackFeed starts anew with each segment, and shows that it did", () => {
  const feed = new PackFeed();
  feed.reset();
  feed.publish(pack(1));
  const before = feed.segment;
  feed.reset();
  assert.deepEqual([feed.peek(), feed.taken], [undefined, 0]);
  assert.notEqual(feed.segment, before);
});

Deno.test("a PackFeed knows the bytes that wait in it, all along its ring", () => {
  const feed = new PackFeed();
  let published = 0;
  for (let round = 0; round < 50; round++) {
    for (let count = round % 5; count >= 0; count--) feed.publish({ offset: 0, bytes: ++published, frames: 1 });
    const before = feed.waitingBytes;
    const { bytes } = feed.peek()!;
    feed.release();
    assert.equal(feed.waitingBytes, before - bytes);
    const waiting = Array.from({ length: published - feed.taken }, (_, n) => published - n);
    assert.equal(feed.waitingBytes, waiting.reduce((sum, bytes) => sum + bytes, 0));
    while (feed.waitingBytes > 0 && round % 3 === 0) feed.release();
  }
  feed.reset();
  assert.equal(feed.waitingBytes, 0);
});
