import assert from "node:assert/strict";
import { ResumeStore } from "../../lib/resume/store.ts";
import { runProgram } from "../support/program.ts";
import { WorkFolder } from "../support/work_folder.ts";
import { identity, opening, plan, runState, segment } from "../unit/resume/samples.ts";

/** A store of 8 segments of 10 frames, of which two are done, one is at work and one announced. */
async function begun(folder: WorkFolder, store = "out.ivf.rav1e-by-gop"): Promise<ResumeStore> {
  const frames = { range: { skip: 0, frames: 80, limit: 0 } };
  const opened = await ResumeStore.open(folder.file(store), identity(frames), opening);
  opened.store.extendPlan(plan(8));
  const now = Date.now();
  opened.store.atWork = () => [[0, now - 90_000], [1, now - 60_000], [2, now - 30_000]];
  await opened.store.announce([0, 1, 2, 3], runState);
  await opened.store.commit(segment(0));
  await opened.store.commit(segment(2));
  return opened.store;
}

async function status(folder: WorkFolder, ...words: string[]) {
  const { code, stdout, stderr } = await runProgram(["status", ...words], { cwd: folder.path });
  return { code, text: new TextDecoder().decode(stdout), stderr };
}

Deno.test("status shows an encode while it runs, and does not stop it", async () => {
  using folder = new WorkFolder();
  const store = await begun(folder);
  using part = Deno.openSync(folder.file("out.ivf.part"), { write: true, create: true });
  part.lockSync(true);
  const { code, text } = await status(folder, "out.ivf", "--json");
  assert.equal(code, 0);
  const facts = JSON.parse(text);
  assert.deepEqual([facts.state, facts.frames.done, facts.frames.all, facts.fraction], ["running", 20, 80, 0.25]);
  assert.deepEqual(facts.running.map(({ segment }: { segment: number }) => segment), [1]);
  assert.ok(Math.abs(facts.stopCostSlotMinutes - 1) < 0.2, "what is only announced costs nothing");
  await store.commit(segment(1));
  await store.close(true);
});

Deno.test("status shows an encode that was interrupted, here or in --state-dir", async () => {
  using folder = new WorkFolder();
  await (await begun(folder)).close(true);
  const beside = await status(folder, "out.ivf");
  assert.equal(beside.code, 0);
  assert.match(beside.text, /: interrupted; the same command goes on\n +frames +20 of 80 done, 25\.0 %\n/);
  Deno.mkdirSync(folder.file("state"));
  Deno.renameSync(folder.file("out.ivf.rav1e-by-gop"), folder.file("state/out.ivf.rav1e-by-gop"));
  assert.deepEqual(await status(folder, "out.ivf", "--state-dir", "state"), beside);
});

Deno.test("status of what was never begun, or is complete, is one line and exit 1", async () => {
  using folder = new WorkFolder();
  const none = await status(folder, "out.ivf");
  assert.deepEqual([none.code, none.text], [1, ""]);
  assert.match(none.stderr, /^rav1e-by-gop: There is no resume file '.*out\.ivf\.rav1e-by-gop': nothing was begun\n$/);
  folder.write("out.ivf", "DKIF");
  const complete = await status(folder, "out.ivf");
  assert.equal(complete.code, 1);
  assert.match(complete.stderr, /is there, so it may be complete\n$/);
  folder.write("out.ivf.rav1e-by-gop", "notes");
  assert.match((await status(folder, "out.ivf")).stderr, /it is no resume file, or it is damaged/);
});
