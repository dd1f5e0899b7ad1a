import assert from "node:assert/strict";
import { readSceneList } from "../../../lib/cli/scene_list_file.ts";
import { InputError } from "../../../lib/errors.ts";

function refusal(path: string): string {
  try {
    readSceneList(path);
  } catch (error) {
    assert(error instanceof InputError, String(error));
    return error.message;
  }
  assert.fail("nothing was thrown");
}

Deno.test("readSceneList() says in one line what it cannot read", () => {
  const folder = Deno.makeTempDirSync();
  try {
    const path = `${folder}/list`;
    assert.equal(refusal(path), `Cannot read the scene list '${path}': no such file or directory`);
    assert.match(refusal(folder), /^Cannot read the scene list .*: it is a directory/);
    Deno.writeFileSync(path, new Uint8Array([0x7b, 0xff]));
    assert.equal(refusal(path), `Cannot use '${path}' as a scene list: it is not text`);
    Deno.writeTextFileSync(path, "YUV4MPEG2 W64");
    assert.match(refusal(path), /as a scene list: it is not JSON/);
    Deno.truncateSync(path, 64 * 1024 * 1024 + 1);
    assert.equal(refusal(path), `Cannot use '${path}' as a scene list: it is larger than 64 MiB`);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
