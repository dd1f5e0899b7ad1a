// Real films against the stock command: every y4m file of the folder RAV1E_BY_GOP_CLIPS, encoded with the options
// RAV1E_BY_GOP_CLIP_ARGS ("--speed 8" where absent). Nothing is tested where no folder is named.

import assert from "node:assert/strict";
import { keyframePositions } from "../../support/av1_headers.ts";
import { decodeIvf, hasDav1d } from "../../support/dav1d.ts";
import { readIvfPackets } from "../../support/ivf_packets.ts";
import { encodeCase, firstDifference } from "../compare.ts";
import { inputName } from "../golden.ts";
import { encodeWithStock, needStock } from "../stock.ts";

const clipFolder = Deno.env.get("RAV1E_BY_GOP_CLIPS");
const args = (Deno.env.get("RAV1E_BY_GOP_CLIP_ARGS") ?? "--speed 8").split(" ");
const files = clipFolder ? [...Deno.readDirSync(clipFolder)].map((entry) => entry.name) : [];

for (const name of files.filter((name) => name.endsWith(".y4m")).sort()) {
  Deno.test(`stock rav1e writes the same packets: ${name} ${args.join(" ")}`, async () => {
    const stock = await needStock();
    const folder = Deno.makeTempDirSync({ prefix: "rav1e-by-gop-oracle-" });
    try {
      Deno.symlinkSync(Deno.realPathSync(`${clipFolder}/${name}`), `${folder}/${inputName}`);
      const theirs = await encodeWithStock(stock, inputName, "stock.ivf", args, folder);
      const ours = await encodeCase({ args }, folder);
      assert.equal(firstDifference(theirs.ivf, ours), undefined);
      const { packets } = readIvfPackets(ours);
      console.log(`${name}: ${packets.length} packets, keyframes ${keyframePositions(packets).join(" ")}`);
      // Throws on what it cannot decode.
      if (hasDav1d) await decodeIvf(`${folder}/own.ivf`);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  });
}
