import assert from "node:assert/strict";
import fc from "fast-check";
import { ConnectionLost } from "../../../lib/remote/wire/byte_stream.ts";
import { memoryPair } from "../../support/memory_pair.ts";
import { joined } from "../../support/wire.ts";

Deno.test("a memory pair gives the bytes that were written, whatever its capacity, and then the end", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array()), fc.integer({ min: 1, max: 20 }), async (chunks, capacity) => {
      const [near, far] = memoryPair(capacity);
      const writing = (async () => {
        for (const chunk of chunks) await near.write(chunk);
        near.close();
      })();
      const read: Uint8Array[] = [];
      for (let chunk; (chunk = await far.read()) !== null;) {
        assert.ok(chunk.length > 0 && chunk.length <= capacity);
        read.push(chunk);
      }
      await writing;
      assert.deepEqual(joined(read), joined(chunks));
      await assert.rejects(far.write(Uint8Array.of(1)), ConnectionLost);
    }),
  );
});

Deno.test("a memory pair's writer may write over its bytes once they are handed on, and waits while there is no room", async () => {
  const [near, far] = memoryPair(2);
  const bytes = Uint8Array.of(1, 2);
  await near.write(bytes);
  bytes.fill(9);
  let handedOn = false;
  const writing = near.write(bytes).then(() => handedOn = true);
  await Promise.resolve();
  assert.equal(handedOn, false);
  assert.deepEqual(await far.read(), Uint8Array.of(1, 2));
  await writing;
  assert.deepEqual(await far.read(), Uint8Array.of(9, 9));
});

Deno.test("closing one end of a memory pair fails what waits there, and cutting it what waits at either", async () => {
  for (const how of ["close", "cut"] as const) {
    const [near, far] = memoryPair(1);
    const [reading, writing] = [near.read(), near.write(new Uint8Array(3))];
    const outcomes = Promise.allSettled([reading, writing]);
    near[how]();
    for (const outcome of await outcomes) {
      assert.ok(outcome.status === "rejected" && outcome.reason instanceof ConnectionLost);
    }
    if (how === "cut") await assert.rejects(far.read(), ConnectionLost);
    else assert.deepEqual([await far.read(), await far.read()], [new Uint8Array(1), null]);
    await assert.rejects(far.write(Uint8Array.of(1)), ConnectionLost);
    near.close();
  }
});
