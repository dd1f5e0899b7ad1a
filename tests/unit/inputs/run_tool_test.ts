// Programs that answer and end, and one that does not.

import assert from "node:assert/strict";
import { InputError } from "../../../lib/errors.ts";
import { runTool } from "../../../lib/inputs/run_tool.ts";

Deno.test("an answer, its exit code and its last errors", async () => {
  const answer = await runTool("sh", ["-c", "echo yes; echo no >&2; echo no >&2; exit 3"]);
  assert.deepEqual(answer, { code: 3, stdout: "yes\n", errors: ["no"] });
  assert.equal(await runTool("there-is-no-such-program", []), undefined);
});

Deno.test("what has to be stopped is named with the errors that it has written", async () => {
  const endless = runTool("sh", ["-c", "echo 'http is not on the list' >&2; exec yes"]);
  await assert.rejects(endless, (error: unknown) => {
    assert.ok(error instanceof InputError);
    assert.match(error.message, /^Cannot use what sh says: it said more than \d+ bytes; http is not on the list$/);
    return true;
  });
});
