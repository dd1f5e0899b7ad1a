import assert from "node:assert/strict";
import { temporaryFolder } from "../../../lib/resume/temporary_folder.ts";
import { WorkFolder } from "../../support/work_folder.ts";
import { startScript } from "../cli/run_program.ts";

/** Holds a few megabytes of packets in a private store, then waits to be killed. */
const holder = `
  import { ResumeStore } from "lib/resume/store.ts";
  import { identity, opening, plan, segment } from "lib/../tests/unit/resume/samples.ts";
  const { store } = await ResumeStore.open("", identity(), opening);
  store.extendPlan(plan(40));
  for (let index = 0; index < 40; index++) await store.commit(segment(index, 50_000));
  console.log("full");
  await store.read(3);
  await new Promise(() => setInterval(() => {}, 1000));
`;

Deno.test({
  name: "a private store is on the disk, has no name, and is gone when its process is killed",
  ignore: Deno.build.os !== "linux",
  async fn() {
    using folder = new WorkFolder();
    await using child = await startScript(holder, ["env", `SQLITE_TMPDIR=${folder.path}`]);
    assert.equal(await child.line(), "full");
    assert.deepEqual(folder.names(), []);
    const open = Array.from(Deno.readDirSync(`/proc/${child.process.pid}/fd`), ({ name }) => {
      try {
        return Deno.readLinkSync(`/proc/${child.process.pid}/fd/${name}`);
      } catch {
        return "";
      }
    });
    assert(open.some((path) => path.startsWith(folder.path) && path.endsWith(" (deleted)")), open.join(" "));
    child.process.kill("SIGKILL");
    await child.process.status;
    assert.deepEqual(folder.names(), []);
  },
});

Deno.test("temporaryFolder() takes the first place that can be written to, and one in memory only for want of another", () => {
  using folder = new WorkFolder();
  const places = (values: Record<string, string>) => ({ get: (name: string) => values[name] });
  assert.equal(temporaryFolder(places({ SQLITE_TMPDIR: "/nowhere", TMPDIR: folder.path })), folder.path);
  const shared = temporaryFolder(places({ TMPDIR: "/dev/shm" }));
  assert.notEqual(shared, undefined);
  if (shared !== "/tmp") assert.notEqual(shared, "/dev/shm");
});
