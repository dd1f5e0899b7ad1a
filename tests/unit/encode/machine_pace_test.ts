import assert from "node:assert/strict";
import { MachinePaces } from "../../../lib/encode/machine_pace.ts";

Deno.test("MachinePaces takes unknown machines for average ones, and compares nothing while all are unknown", () => {
  const paces = new MachinePaces();
  assert.equal(paces.of(3), paces.of(0));
  paces.learn(0, 100, 10);
  paces.learn(1, 100, 5);
  assert.deepEqual([paces.of(0), paces.of(1), paces.of(2)], [10, 20, 15]);
});

Deno.test("MachinePaces follows a machine that becomes slower within a few segments", () => {
  const paces = new MachinePaces();
  for (let segment = 0; segment < 100; segment++) paces.learn(1, 100, 10);
  for (let segment = 0; segment < 10; segment++) paces.learn(1, 100, 50);
  assert.ok(paces.of(1) < 3, `${paces.of(1)}`);
});

Deno.test("MachinePaces learns nothing from segments of no time or no frames", () => {
  const paces = new MachinePaces();
  for (const [frames, seconds] of [[0, 1], [1, 0], [1, NaN], [1, -1]] as const) paces.learn(1, frames, seconds);
  assert.equal(paces.of(1), paces.of(2));
  paces.learn(1, 10, 1);
  assert.equal(paces.of(1), 10);
});
