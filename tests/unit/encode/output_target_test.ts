// What the system says when it refuses to write, in the words of messages.

import assert from "node:assert/strict";
import { writeFault } from "../../../lib/encode/output_target.ts";

Deno.test("writeFault() says why in words, without the system's numbers, calls and paths", () => {
  const refusals: [string, string, string][] = [
    ["EROFS", "Read-only file system (os error 30): open 'out.ivf.part'", "the file system is read-only"],
    ["ENOSPC", "No space left on device (os error 28)", "no space is left on the disk"],
    ["EIO", "Input/output error (os error 5): write 'out.ivf.part'", "Input/output error"],
  ];
  for (const [code, message, said] of refusals) {
    assert.equal(writeFault(Object.assign(new Error(message), { code })), said);
  }
  assert.equal(writeFault(new Deno.errors.BrokenPipe("Broken pipe (os error 32)")), "its reader has gone");
});
