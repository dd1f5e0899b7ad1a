import assert from "node:assert/strict";
import { withCommandOfName } from "../../../lib/cli/called_name.ts";

Deno.test("called rav1e-worker the program is the worker", () => {
  for (const name of ["rav1e-worker", "./rav1e-worker", "/usr/local/bin/rav1e-worker"]) {
    assert.deepEqual(withCommandOfName(["--threads", "2"], name), ["worker", "--threads", "2"]);
  }
});

Deno.test("by any other name it takes the command line as it is", () => {
  for (const name of ["rav1e-by-gop", "deno", "", "/rav1e-worker/rav1e-by-gop"]) {
    assert.deepEqual(withCommandOfName(["in.y4m"], name), ["in.y4m"]);
  }
});
