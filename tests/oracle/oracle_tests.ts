// The real rav1e command beside this program, packet by packet, and dav1d over what we wrote.

import assert from "node:assert/strict";
import { clipLength } from "../support/clips.ts";
import { decodedFrameBytes, decodeIvf, hasDav1d } from "../support/dav1d.ts";
import type { OracleCase } from "./case.ts";
import { encodeCase, firstDifference } from "./compare.ts";
import { inputName, prepareCase } from "./golden.ts";
import { encodeWithStock, needStock } from "./stock.ts";

/** Declares one test for each case. One file a subject (tests/oracle/stock), so that they run side by side. */
export async function oracleTests(cases: readonly OracleCase[]): Promise<void> {
  const stock = await needStock();
  for (const one of cases) {
    Deno.test(`stock rav1e writes the same packets: ${one.name}`, async () => {
      const folder = Deno.makeTempDirSync({ prefix: "rav1e-by-gop-oracle-" });
      try {
        prepareCase(one, folder);
        const args = [...one.args ?? [], ...one.stockArgs ?? []];
        const theirs = await encodeWithStock(stock, inputName, "stock.ivf", args, folder);
        const ours = await encodeCase(one, folder);
        assert.equal(firstDifference(theirs.ivf, ours), undefined);
        if (hasDav1d) {
          decodedFrameBytes(await decodeIvf(`${folder}/own.ivf`), one.clip, one.frames ?? clipLength(one.clip));
        }
      } finally {
        Deno.removeSync(folder, { recursive: true });
      }
    });
  }
}
