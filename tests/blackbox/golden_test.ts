// The promise: the packets that rav1e 0.8.1 writes for the same options. Every case of tests/oracle is encoded through
// the command line and compared with the sums the stock command made. Where a sum differs, `deno task test:oracle`
// runs the stock command beside ours and names the first packet that differs; if it finds none, this machine's
// arithmetic (libm) makes other packets than the one where the sums were made, and stock rav1e's too.

import assert from "node:assert/strict";
import { readIvfPackets } from "../support/ivf_packets.ts";
import { cases } from "../oracle/cases.ts";
import { encodeCase } from "../oracle/compare.ts";
import { goldenOf, prepareCase, readGoldens } from "../oracle/golden.ts";

const goldens = readGoldens();

for (const one of cases) {
  Deno.test(`packets equal rav1e's: ${one.name}`, async () => {
    const golden = goldens[one.name];
    assert.ok(golden, "no golden sum: run tests/oracle/make_golden.ts");
    const folder = Deno.makeTempDirSync({ prefix: "rav1e-by-gop-golden-" });
    try {
      const clip = prepareCase(one, folder);
      assert.equal(clip, golden.clip, "the clip itself came out differently, before any encoding");
      const ivf = await encodeCase(one, folder);
      assert.deepEqual(goldenOf(clip, ivf), golden);
      assert.equal(readIvfPackets(ivf).announcedFrames, golden.frames, "frame count in the IVF header");
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  });
}

Deno.test("every golden sum belongs to a case", () => {
  assert.deepEqual(Object.keys(goldens), cases.map((one) => one.name));
});
