// The promise: the packets that rav1e 0.8.1 writes for the same options. Every case is encoded through the command
// line and compared with the sums the stock command made. Where a sum differs, `deno task test:oracle` runs the stock
// command beside ours and names the first packet that differs; if it finds none, this machine's arithmetic (libm) makes
// other packets than the machine where the sums were made, in stock rav1e too.

import assert from "node:assert/strict";
import { readIvfPackets } from "../support/ivf_packets.ts";
import type { OracleCase } from "./case.ts";
import { encodeCase } from "./compare.ts";
import { goldenOf, prepareCase, readGoldens } from "./golden.ts";

/** Declares one test for each case. One file a subject (tests/blackbox/golden), so that they run side by side. */
export function goldenTests(cases: readonly OracleCase[]): void {
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
}
