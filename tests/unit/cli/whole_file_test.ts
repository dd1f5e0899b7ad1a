import assert from "node:assert/strict";
import { checkWholeFile, writeWholeFile } from "../../../lib/cli/whole_file.ts";
import { IncompleteError, UsageError } from "../../../lib/errors.ts";

function withFolder(action: (folder: string, input: Deno.FileInfo) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.writeTextFileSync(`${folder}/in`, "input");
    action(folder, Deno.statSync(`${folder}/in`));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function refusal(...args: Parameters<typeof checkWholeFile>): string {
  try {
    checkWholeFile(...args);
  } catch (error) {
    assert(error instanceof UsageError, String(error));
    return error.message;
  }
  assert.fail("nothing was thrown");
}

const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("checkWholeFile() refuses places that cannot be written, and creates nothing", () =>
  withFolder((folder, input) => {
    checkWholeFile(`${folder}/out`, input, false);
    Deno.writeTextFileSync(`${folder}/there`, "old");
    Deno.linkSync(`${folder}/in`, `${folder}/same`);
    assert.match(refusal(`${folder}/there`, input, false), /: it exists; add -y to replace it$/);
    checkWholeFile(`${folder}/there`, input, true);
    for (const name of ["in", "same"]) assert.match(refusal(`${folder}/${name}`, input, true), /: it is the input/);
    assert.match(refusal(folder, input, true), /: it is a directory/);
    assert.match(refusal(`${folder}/new/`, input, true), /: it is a directory/);
    assert.match(refusal(`${folder}/no/out`, input, true), /: there is no directory '.*\/no'$/);
    assert.match(refusal(`${folder}/in/out`, input, true), /^Cannot write /);
    assert.match(refusal(`${folder}/${"x".repeat(250)}`, input, true), /^Cannot write /);
    checkWholeFile("/dev/null", input, false);
    assert.deepEqual(names(folder), ["in", "same", "there"]);
  }));

Deno.test("writeWholeFile() replaces a file, keeps a link to it, and leaves nothing beside it", () =>
  withFolder((folder) => {
    writeWholeFile(`${folder}/out`, "one\n");
    Deno.symlinkSync("out", `${folder}/link`);
    writeWholeFile(`${folder}/link`, "zwei ä\n");
    assert.equal(Deno.readTextFileSync(`${folder}/out`), "zwei ä\n");
    assert(Deno.lstatSync(`${folder}/link`).isSymlink);
    writeWholeFile("/dev/null", "three\n");
    assert.deepEqual(names(folder), ["in", "link", "out"]);
  }));

Deno.test("writeWholeFile() that fails leaves nothing", () =>
  withFolder((folder) => {
    assert.throws(() => writeWholeFile(`${folder}/no/out`, "text"), IncompleteError);
    Deno.mkdirSync(`${folder}/out`);
    assert.throws(() => writeWholeFile(`${folder}/out`, "text"), IncompleteError);
    assert.deepEqual(names(folder), ["in", "out"]);
  }));
