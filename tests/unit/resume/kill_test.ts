import assert from "node:assert/strict";
import { killRound } from "../../support/store_kills.ts";
import { WorkFolder } from "../../support/work_folder.ts";

// bench/store_kills.ts does this a thousand times.
Deno.test("what was committed survives SIGKILL at any moment, any number of times in a row", async () => {
  using folder = new WorkFolder();
  const path = folder.file("store");
  let before = 0;
  for (let round = 0; round < 6; round++) {
    const { kept } = await killRound(path, 400, Math.random);
    assert(kept >= before, `${kept} segments are left of ${before}`);
    before = kept;
  }
});
