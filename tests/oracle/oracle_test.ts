// The real rav1e command beside this program, packet by packet, and dav1d over what we wrote. `deno task test:oracle`.
// RAV1E_BY_GOP_CLIPS=FOLDER adds every y4m file of a folder; RAV1E_BY_GOP_CLIP_ARGS replaces what they are encoded
// with ("--speed 8" where absent).

import assert from "node:assert/strict";
import { decodedFrameBytes, decodeIvf, hasDav1d } from "../support/dav1d.ts";
import { keyframePositions } from "../support/av1_headers.ts";
import { readIvfPackets } from "../support/ivf_packets.ts";
import { cases } from "./cases.ts";
import { encodeCase, firstDifference } from "./compare.ts";
import { inputName, prepareCase } from "./golden.ts";
import { encodeWithStock, findOrBuildStock } from "./stock.ts";

const stock = await findOrBuildStock(console.error);

for (const one of cases) {
  Deno.test(`stock rav1e writes the same packets: ${one.name}`, async () => {
    const folder = Deno.makeTempDirSync({ prefix: "rav1e-by-gop-oracle-" });
    try {
      prepareCase(one, folder);
      const args = [...one.args ?? [], ...one.stockArgs ?? []];
      const theirs = await encodeWithStock(stock, inputName, "stock.ivf", args, folder);
      const ours = await encodeCase(one, folder);
      assert.equal(firstDifference(theirs.ivf, ours), undefined);
      if (!hasDav1d) return;
      decodedFrameBytes(await decodeIvf(`${folder}/own.ivf`), one.clip, readIvfPackets(ours).packets.length);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  });
}

const clipFolder = Deno.env.get("RAV1E_BY_GOP_CLIPS");
const clipArgs = (Deno.env.get("RAV1E_BY_GOP_CLIP_ARGS") ?? "--speed 8").split(" ");
const clips = clipFolder === undefined ? [] : [...Deno.readDirSync(clipFolder)].map((entry) => entry.name);
for (const name of clips.filter((name) => name.endsWith(".y4m")).sort()) {
  Deno.test(`stock rav1e writes the same packets: ${name} ${clipArgs.join(" ")}`, async () => {
    const folder = Deno.makeTempDirSync({ prefix: "rav1e-by-gop-oracle-" });
    try {
      Deno.symlinkSync(Deno.realPathSync(`${clipFolder}/${name}`), `${folder}/${inputName}`);
      const theirs = await encodeWithStock(stock, inputName, "stock.ivf", clipArgs, folder);
      const ours = await encodeCase({ args: clipArgs }, folder);
      assert.equal(firstDifference(theirs.ivf, ours), undefined);
      const { packets } = readIvfPackets(ours);
      assert.equal(keyframePositions(packets)[0], 0);
      if (hasDav1d) assert.ok((await decodeIvf(`${folder}/own.ivf`)).length > 0);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  });
}
