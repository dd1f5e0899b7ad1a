import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { Home, names } from "./unpacked.ts";

Deno.test("fifty first starts at once all go well and unpack once", async () => {
  using home = new Home();
  const results = await Promise.all(Array.from({ length: 50 }, () => home.start(["--help"])));
  for (const { code, stderr } of results) assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(names(home.cache), [basename(home.unpacked()), "lock"]);
});

Deno.test("a start killed while it unpacks leaves nothing that disturbs the next", async () => {
  using home = new Home();
  for (let killed = 0; killed < 5;) {
    const child = home.spawn(["--help"]);
    const ended = child.output();
    let over = false;
    void ended.then(() => over = true);
    while (!over && !isUnpacking(home.cache)) await new Promise((resolve) => setTimeout(resolve, 1));
    try {
      child.kill("SIGKILL");
    } catch { /* it was faster: once more */ }
    const { signal } = await ended;
    if (signal === "SIGKILL" && names(home.cache).some((name) => name.startsWith(".part-"))) killed++;
    else Deno.removeSync(home.cache, { recursive: true });
  }
  const folder = await home.unpack();
  assert.deepEqual(names(home.cache), [basename(folder), "lock"]);
});

Deno.test("a process that has the lock and stands still holds nobody up for good", async () => {
  using home = new Home();
  Deno.mkdirSync(home.cache, { recursive: true, mode: 0o700 });
  using lock = Deno.openSync(join(home.cache, "lock"), { read: true, write: true, create: true });
  lock.lockSync(true);
  await home.unpack();
});

Deno.test("unpacking sweeps older builds, but none that runs and none that is newer", async () => {
  using home = new Home();
  const own = await home.unpack();
  const older = await copyOf(own, "0000000001");
  // In use: every process that runs from a folder holds this lock.
  using used = Deno.openSync(older);
  used.lockSync(false);
  const unused = await copyOf(own, "0000000002");
  const newer = await copyOf(own, "9999999999");
  // Has it unpacked anew, which is when it sweeps.
  await Deno.remove(own, { recursive: true });
  const { code } = await home.start(["--help"]);
  assert.equal(code, 0);
  assert(names(home.cache).includes(basename(older)));
  assert(names(home.cache).includes(basename(newer)));
  assert(!names(home.cache).includes(basename(unused)));
});

/** As another build would have left it. */
async function copyOf(folder: string, built: string): Promise<string> {
  const copy = join(folder, "..", `${built}-${basename(folder).slice(11)}`);
  await Deno.mkdir(copy, { mode: 0o700 });
  await Deno.writeTextFile(join(copy, "main.js"), "");
  return copy;
}

function isUnpacking(cache: string): boolean {
  return names(cache).some((name) => name.startsWith(".part-") && names(join(cache, name)).includes("rav1e-by-gop"));
}
