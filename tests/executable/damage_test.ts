import assert from "node:assert/strict";
import { join } from "node:path";
import { writeClip } from "../support/clips.ts";
import { smallClip } from "../support/work_folder.ts";
import { damageUnseen, Home, names } from "./unpacked.ts";

/** What may happen to unpacked files so that a look at them tells. */
const seen: readonly [what: string, damage: (folder: string) => void][] = [
  ["a file is gone", (folder) => Deno.removeSync(join(folder, "main.js"))],
  ["a file is empty", (folder) => rewrite(join(folder, "main.js"), "")],
  ["a file is longer", (folder) => rewrite(join(folder, "rav1e-by-gop"), "x", true)],
  [
    "a file was written again",
    (folder) => rewrite(join(folder, "worker.js"), Deno.readTextFileSync(join(folder, "worker.js"))),
  ],
  ["others may write a file", (folder) => Deno.chmodSync(join(folder, "main.js"), 0o666)],
  ["others may write the folder", (folder) => Deno.chmodSync(folder, 0o777)],
  ["a link is in a file's place", (folder) => {
    Deno.renameSync(join(folder, "main.js"), join(folder, "real.js"));
    Deno.symlinkSync("real.js", join(folder, "main.js"));
  }],
  ["a file is in the folder's place", (folder) => {
    Deno.removeSync(folder, { recursive: true });
    Deno.writeTextFileSync(folder, "");
  }],
  ["a link is in the folder's place", (folder) => {
    Deno.renameSync(folder, `${folder}-moved`);
    Deno.symlinkSync(`${folder}-moved`, folder);
  }],
];

for (const [what, damage] of seen) {
  Deno.test(`unpacked anew: ${what}`, async () => {
    using home = new Home();
    const folder = await home.unpack();
    const before = names(folder).filter((name) => name !== "runtime");
    damage(folder);
    const { code, stderr } = await home.start(["--help"]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert(Deno.lstatSync(folder).isDirectory);
    assert.deepEqual(names(folder).filter((name) => name !== "runtime"), before);
    assert.deepEqual(names(home.cache).filter((name) => name.startsWith(".part-")), []);
  });
}

Deno.test("a program whose contents do not run is unpacked anew at once", async () => {
  using home = new Home();
  const folder = await home.unpack();
  damageUnseen(join(folder, "rav1e-by-gop"), 0, new Uint8Array(64));
  const { code, stderr } = await home.start(["--help"]);
  assert.deepEqual([code, stderr], [0, ""]);
});

Deno.test("after a start that failed contents are compared, and unpacked anew", async () => {
  using home = new Home();
  const folder = await home.unpack();
  damageUnseen(join(folder, "main.js"), 0, new TextEncoder().encode("}}}}"));
  const failed = await home.start(["--help"]);
  assert.notEqual(failed.code, 0);
  const { code, stderr } = await home.start(["--help"]);
  assert.deepEqual([code, stderr], [0, ""]);
});

Deno.test("a library that cannot be opened is unpacked anew at the next start", async () => {
  using home = new Home();
  const folder = await home.unpack();
  writeClip(join(home.path, "in.y4m"), smallClip);
  for (const name of names(folder).filter((name) => name.startsWith("librav1e"))) {
    damageUnseen(join(folder, name), 0, new Uint8Array(4096));
  }
  const failed = await home.start(["in.y4m", "-o", "out.ivf", "-s", "10"]);
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /Cannot open the encoder library .*the next start checks what was unpacked/);
  const { code, stderr } = await home.start(["in.y4m", "-o", "out.ivf", "-s", "10", "--quiet"]);
  assert.deepEqual([code, stderr], [0, ""]);
});

Deno.test("a start that was killed early costs the next one a look, and no new unpacking", async () => {
  using home = new Home();
  const folder = await home.unpack();
  // The mark of a process that cannot be there: numbers end at 2^22.
  Deno.writeTextFileSync(join(folder, "starting.4194305"), "");
  const before = Deno.statSync(join(folder, "rav1e-by-gop")).ino;
  await home.unpack();
  assert.equal(Deno.statSync(join(folder, "rav1e-by-gop")).ino, before);
  assert(!names(folder).includes("starting.4194305"));
});

function rewrite(path: string, text: string, append = false): void {
  Deno.chmodSync(path, 0o700);
  Deno.writeTextFileSync(path, text, { append });
  Deno.chmodSync(path, 0o400);
}
