// Deno's slim runtime is on no package registry. What can be seen without it: any program will do as the one that DENORT_BIN
// names, since `deno compile` only appends to it; what it appends is what the runtime would be told and given.

import assert from "node:assert/strict";
import { run } from "../../../ship/command.ts";
import { compileWithDeno } from "../../../ship/deno_compile.ts";
import { WorkFolder } from "../../support/work_folder.ts";

const files = {
  "main.js": 'new Worker(new URL("./worker.js", import.meta.url), { type: "module" });\n',
  "worker.js": 'console.log("the encoder thread");\n',
  "librav1e_by_gop.so": "the encoder library\n",
  "licenses.txt": "the notices\n",
};

interface Compiled {
  readonly made: boolean;
  readonly said: string[];
  readonly bytes: string;
}

async function compiled(folder: WorkFolder, runtime: string, required = false): Promise<Compiled> {
  Deno.mkdirSync(folder.file("program"));
  for (const [name, text] of Object.entries(files)) folder.write(`program/${name}`, text);
  const said: string[] = [], output = folder.file("out");
  const withRuntime: typeof run = (program, args) => run(program, args, { env: { DENORT_BIN: runtime } });
  const options = { program: folder.file("program"), output, required };
  const made = await compileWithDeno(options, withRuntime, (line) => said.push(line));
  return { made, said, bytes: made ? new TextDecoder("latin1").decode(Deno.readFileSync(output)) : "" };
}

Deno.test({
  name: "deno compile is given the program, its threads, libraries and notices, and the permissions it needs",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    using folder = new WorkFolder();
    const { made, said, bytes } = await compiled(folder, Deno.realPathSync("/bin/true"));
    assert.deepEqual([made, said], [true, []]);
    for (const [name, text] of Object.entries(files)) {
      assert(bytes.includes(`"${name}"`), name);
      assert(bytes.includes(text.trim()), name);
    }
    // An empty list is "all".
    for (const kind of ["read", "write", "ffi", "env", "sys", "run", "net"]) {
      assert(bytes.includes(`"allow_${kind}":[]`), kind);
      assert(bytes.includes(`"deny_${kind}":null`), kind);
    }
    assert.match(bytes, /"entrypoint_key":"main\.js"/);
    assert.match(bytes, /"features":\["net"\]/);
    assert.equal(Deno.statSync(folder.file("out")).mode! & 0o111, 0o111);
  },
});

Deno.test("without the runtime another kind is made, which is said, unless this one was asked for", async () => {
  using folder = new WorkFolder();
  const { made, said } = await compiled(folder, "/nonexistent/denort");
  assert.equal(made, false);
  assert.match(said.join("\n"), /^No denort here \(.*; DENORT_BIN names one\): making a self-extracting executable$/);
  using other = new WorkFolder();
  await assert.rejects(compiled(other, "/nonexistent/denort", true), /denort/);
});
