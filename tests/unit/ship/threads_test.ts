import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { withThreadsBeside } from "../../../ship/bundle.ts";
import { root, run } from "../../../ship/command.ts";
import { threadModules, threadsIn } from "../../../ship/threads.ts";

Deno.test("threadsIn() reads a start however it is broken into lines", () => {
  const text = `
    const a = new Worker(new URL("../../worker.ts", import.meta.url), { type: "module" });
    new Worker(
      new URL("./b.ts", import.meta.url),
      { type: "module" },
    );`;
  assert.deepEqual(threadsIn(text, "x.ts"), ["../../worker.ts", "./b.ts"]);
});

Deno.test("threadsIn() reads a start from a constant", () => {
  const text = 'const url = new URL("./a.ts", import.meta.url);\nconst worker = new Worker(url, { type: "module" });';
  assert.deepEqual(threadsIn(text, "x.ts"), ["./a.ts"]);
});

Deno.test("threadsIn() refuses a start it cannot read", () => {
  for (const start of ["new Worker(url)", "new Worker(import.meta.resolve('./a.ts'))", "new Worker(`data:,`)"]) {
    assert.throws(() => threadsIn(start, "x.ts"), /^Error: Cannot bundle x\.ts: 1 of 1 threads/);
  }
});

Deno.test("threadModules() finds every thread that the program's sources start", async () => {
  const found = (await threadModules(join(root, "main.ts"), run)).map((path) => basename(path));
  const started = sources(join(root, "lib")).flatMap((path) => threadsIn(Deno.readTextFileSync(path), path));
  assert(started.length > 0);
  assert.deepEqual(new Set(found), new Set(started.map((path) => basename(path))));
});

Deno.test("withThreadsBeside() has threads started from the bundle's folder", () => {
  const text = 'new Worker(new URL("../../worker.ts", import.meta.url), {}); new URL("../../", import.meta.url)';
  const expected = 'new Worker(new URL("./worker.js", import.meta.url), {}); new URL("../../", import.meta.url)';
  assert.equal(withThreadsBeside(text, new Set(["main.js", "worker.js"])), expected);
  assert.throws(() => withThreadsBeside(text, new Set(["main.js"])), /there is no worker\.js/);
});

function sources(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? sources(join(folder, name)) : name.endsWith(".ts") ? [join(folder, name)] : []
  );
}
