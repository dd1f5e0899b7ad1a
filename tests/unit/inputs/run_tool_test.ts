// Programs that answer and end, and one that does not.

import assert from "node:assert/strict";
import { InputError } from "../../../lib/errors.ts";
import { runTool } from "../../../lib/inputs/run_tool.ts";

Deno.test("an answer, its exit code and its last errors", async () => {
  const answer = await runTool("sh", ["-c", "echo yes; echo no >&2; echo no >&2; exit 3"]);
  assert.deepEqual(answer, { code: 3, signal: null, stdout: "yes\n", stderr: "no\nno\n", errors: ["no"] });
  assert.equal(await runTool("there-is-no-such-program", []), undefined);
});

Deno.test("a program that crashes is known by the signal", async () => {
  const answer = await runTool("sh", ["-c", "echo half >&2; kill -SEGV $$"]);
  assert.deepEqual([answer?.signal, answer?.errors], ["SIGSEGV", ["half"]]);
});

Deno.test("what has to be stopped is named with the errors that it has written", async () => {
  const endless = runTool("sh", ["-c", "echo 'http is not on the list' >&2; exec yes"]);
  await assert.rejects(endless, (error: unknown) => {
    assert.ok(error instanceof InputError);
    assert.match(error.message, /^Cannot use what sh says: it said more than \d+ bytes; http is not on the list$/);
    return true;
  });
});

Deno.test("what its errors make useless is ended at once, with what it has said by then", async () => {
  const answer = await runTool(
    "sh",
    ["-c", "printf 'not on ' >&2; sleep 0.1; echo 'the list' >&2; exec sleep 1000"],
    (errors) => errors.includes("not on the list") ? "it wants more" : undefined,
  );
  assert.equal(answer?.refusal, "it wants more");
  assert.deepEqual(answer?.errors, ["not on the list"]);
});

Deno.test("what is said in pieces of a letter, and by who outlives the program, is heard", async () => {
  const answer = await runTool("sh", ["-c", "printf '\\303' >&2; (sleep 0.2; printf '\\274ber' >&2) & exit 4"]);
  assert.deepEqual([answer?.code, answer?.errors], [4, ["über"]]);
});
