import assert from "node:assert/strict";
import { defaultSpillFolder, namedSpillFolder } from "../../../lib/pipe/spill_folder.ts";

/** A line of /proc/self/mountinfo. */
function mount(path: string, type: string): string {
  return `36 35 98:0 / ${path} rw,noatime shared:1 - ${type} /dev/x rw`;
}

const folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "spill-folder-" }));
globalThis.addEventListener("unload", () => Deno.removeSync(folder));
const disk = mount("/", "ext4");

Deno.test("temporary input goes beside the output, or to /var/tmp where that is a RAM disk", () => {
  assert.deepEqual(defaultSpillFolder(folder, disk), { folder, warning: undefined });
  assert.equal(defaultSpillFolder(folder, "").folder, folder);
  assert.equal(defaultSpillFolder(folder, [disk, mount(folder, "tmpfs")].join("\n")).folder, "/var/tmp");
});

Deno.test("temporary input never goes to a RAM disk by itself", () => {
  const mounts = [disk, mount("/", "ramfs"), mount("/var", "tmpfs")].join("\n");
  assert.throws(() => defaultSpillFolder(folder, mounts), {
    name: "UsageError",
    message: /are RAM disks; name a direct/,
  });
});

Deno.test("a named RAM disk is warned of, a folder that is none is refused", () => {
  assert.match(namedSpillFolder(folder, mount(folder, "tmpfs")).warning!, /is a RAM disk/);
  assert.equal(namedSpillFolder(folder, disk).warning, undefined);
  assert.throws(() => namedSpillFolder(`${folder}/x`, disk), { name: "UsageError", message: /no such directory/ });
});

Deno.test("the innermost and latest mount decides", () => {
  const inner = (type: string) => mount(folder, type);
  const isWarnedOf = (...mounts: string[]) => namedSpillFolder(folder, mounts.join("\n")).warning !== undefined;
  assert.ok(!isWarnedOf(inner("ext4"), mount("/", "tmpfs")));
  assert.ok(isWarnedOf(inner("ext4"), inner("tmpfs")));
  assert.ok(!isWarnedOf(inner("tmpfs"), inner("ext4")));
  assert.ok(!isWarnedOf(disk, mount(folder.slice(0, -1), "tmpfs")), "a name that only begins alike");
});
