import assert from "node:assert/strict";
import { Backoff } from "../../../../lib/remote/client/backoff.ts";

Deno.test("Backoff doubles its waits from half a second to half a minute, and starts anew when told to", () => {
  const backoff = new Backoff(() => 1);
  assert.deepEqual(Array.from({ length: 9 }, () => backoff.next()), [
    ...[500, 1_000, 2_000, 4_000, 8_000, 16_000],
    ...[30_000, 30_000, 30_000],
  ]);
  backoff.reset();
  assert.equal(backoff.next(), 500);
});

Deno.test("Backoff leaves half of each wait to chance", () => {
  assert.deepEqual([0, 0.5, 1].map((chance) => new Backoff(() => chance).next()), [250, 375, 500]);
});
