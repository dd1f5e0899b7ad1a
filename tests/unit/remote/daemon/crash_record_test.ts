import assert from "node:assert/strict";
import { openLibrary } from "../../../../ffi/library.ts";
import { openCrashRecord } from "../../../../lib/remote/daemon/crash_record.ts";
import { WorkFolder } from "../../../support/work_folder.ts";
import { libraryPath } from "../../../ffi/support.ts";

const library = openLibrary(libraryPath);

function kept(folder: WorkFolder): string {
  return folder.file(folder.names()[0]!);
}

Deno.test("a mark becomes the newest of the list, once, and each port has a list of its own", () => {
  using folder = new WorkFolder();
  assert.deepEqual(openCrashRecord(library, folder.path, 1).crashed, []);
  Deno.writeTextFileSync(`${kept(folder)}/crash.1`, "segment 7 signal 6\n");
  assert.deepEqual(openCrashRecord(library, folder.path, 2).crashed, []);
  assert.deepEqual(openCrashRecord(library, folder.path, 1).crashed, [7]);
  Deno.writeTextFileSync(`${kept(folder)}/crash.1`, "segment 9 signal 11\n");
  assert.deepEqual(openCrashRecord(library, folder.path, 1).crashed, [7, 9]);
  assert.deepEqual(openCrashRecord(library, folder.path, 1).crashed, [7, 9]);
});

Deno.test("a mark that names no task, and lines that are no numbers, name nobody; old ones are forgotten", () => {
  using folder = new WorkFolder();
  openCrashRecord(library, folder.path, 1);
  Deno.writeTextFileSync(`${kept(folder)}/crash.1`, "segment - signal 6\n");
  const lines = ["x", "-1", "99999999999", ...Array.from({ length: 100 }, (_, at) => `${at}`)];
  Deno.writeTextFileSync(`${kept(folder)}/crashed.1`, lines.join("\n") + "\n");
  assert.deepEqual(openCrashRecord(library, folder.path, 1).crashed, Array.from({ length: 64 }, (_, at) => at + 36));
});

Deno.test("a folder that is not there, is a link, or that others can write to is refused in one line", () => {
  using folder = new WorkFolder();
  const refused = (path: string, message: RegExp) =>
    assert.throws(() => openCrashRecord(library, path, 1), { name: "InputError", message });
  refused(folder.file("none"), /^Cannot use '.*none' for temporary files: no such file or directory; /);
  openCrashRecord(library, folder.path, 1);
  const own = kept(folder);
  Deno.chmodSync(own, 0o777);
  refused(folder.path, /is not a folder that this user alone can write to/);
  Deno.removeSync(own, { recursive: true });
  Deno.symlinkSync("/", own);
  refused(folder.path, /is not a folder that this user alone can write to/);
});
