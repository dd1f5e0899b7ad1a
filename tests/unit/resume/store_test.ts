import assert from "node:assert/strict";
import { UsageError } from "../../../lib/errors.ts";
import { DamagedSegment, ResumeStore } from "../../../lib/resume/store.ts";
import { WorkFolder } from "../../support/work_folder.ts";
import { identity, opening, plan, runState, segment } from "./samples.ts";

Deno.test("a store that is opened again has what was committed", async () => {
  using folder = new WorkFolder();
  const path = folder.file("out.ivf.rav1e-by-gop");
  const { store, restored } = await ResumeStore.open(path, identity(), opening);
  assert.equal(restored, undefined);
  store.extendPlan(plan(5));
  await store.announce([0, 1, 2], runState);
  await Promise.all([0, 2, 1].map((index) => store.commit(segment(index))));
  await store.announce([3, 4], runState);
  await store.close(true);

  const again = await ResumeStore.open(path, identity(), opening);
  assert.deepEqual(
    again.restored?.segments.map(({ index, bytes }) => [index, bytes]),
    [[0, 1024], [1, 1031], [2, 1032]].map(([i]) => [i, segment(i!).data.length]),
  );
  assert.deepEqual(again.restored?.plan, plan(5));
  assert.deepEqual(again.restored?.damaged, []);
  assert.equal(again.restored?.runs, 1);
  for (const index of [2, 0, 1]) {
    const { inputDigest: _, first: __, ...packets } = segment(index);
    assert.deepEqual(await again.store.read(index), packets);
  }
  await assert.rejects(again.store.read(3), DamagedSegment);
  await again.store.remove();
  assert.deepEqual(folder.names(), []);
});

Deno.test("a store refuses another encode, and says what differs", async () => {
  using folder = new WorkFolder();
  const path = folder.file("store");
  const { store } = await ResumeStore.open(path, identity(), opening);
  await store.close(true);
  const other = identity({ rav1e: "0.9.0" });
  await assert.rejects(ResumeStore.open(path, other, opening), (error: Error) => {
    assert(error instanceof UsageError);
    assert.match(error.message, /rav1e is 0\.9\.0, was 0\.8\.1; .*--restart/);
    return true;
  });
});
