import assert from "node:assert/strict";
import { killRound } from "../../support/store_kills.ts";
import { WorkFolder } from "../../support/work_folder.ts";
import { startScript } from "../cli/run_program.ts";
import { checkOutcome, finished, soundStore } from "./damage.ts";

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

const bytesOfAPacket = 9000;

/** Opens a damaged store as a run would. */
const mender = `
  import { openStore } from "lib/resume/opening.ts";
  import { request } from "lib/../tests/unit/resume/damage.ts";
  console.log("started");
  openStore(request(PATH));
  console.log("opened");
`;

Deno.test("a store that is being mended survives SIGKILL at any moment", async () => {
  using folder = new WorkFolder();
  const path = folder.file("store");
  const damaged = soundStore(path, bytesOfAPacket);
  damaged[damaged.length - 30_000]! ^= 4;
  for (let round = 0; round < 5; round++) {
    for (const name of folder.names()) Deno.removeSync(folder.file(name));
    Deno.writeFileSync(path, damaged);
    {
      await using child = await startScript(mender.replace("PATH", JSON.stringify(path)));
      assert.equal(await child.line(), "started");
      // Killed at the end of the block; any moment will do.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 80));
    }
    const { kind, sound } = checkOutcome(path, bytesOfAPacket);
    assert.deepEqual([kind, sound], ["restored", finished.length - 1]);
  }
});
