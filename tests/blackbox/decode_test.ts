// What dav1d makes of our output, where no stock output can be compared: rav1e's command refuses 10-bit 4:0:0. The
// decoded pictures must be the ones that were encoded, but for the quantizer's loss.

import assert from "node:assert/strict";
import { clip, clipFrames, clipLength, scenes } from "../support/clips.ts";
import { decodedFrameBytes, decodeIvf, hasDav1d } from "../support/dav1d.ts";
import { prepareCase } from "../oracle/golden.ts";
import { encodeCase } from "../oracle/compare.ts";

for (const args of [["--speed", "9"], ["--speed", "10", "--low-latency"], ["--photon-noise", "10"]]) {
  Deno.test({
    name: `10-bit 4:0:0 decodes to the pictures that went in: ${args.join(" ")}`,
    ignore: !hasDav1d,
    fn: async () => {
      const gray = clip(scenes(17, 15), { chromaSampling: "4:0:0", bitDepth: 10 });
      const folder = Deno.makeTempDirSync({ prefix: "rav1e-by-gop-decode-" });
      try {
        prepareCase({ name: "10-bit 4:0:0", clip: gray, keyframes: [] }, folder);
        await encodeCase({ args: ["--quantizer", "60", ...args] }, folder);
        const decoded = await decodeIvf(`${folder}/own.ivf`, { filmGrain: false });
        const size = decodedFrameBytes(decoded, gray, clipLength(gray));
        let n = 0;
        for (const frame of clipFrames(gray)) {
          const loss = meanDifference(frame, decoded.subarray(n * size, (n + 1) * size));
          // A wrong frame, order or depth gives hundreds.
          assert.ok(loss < 24, `frame ${n} is off by ${loss} of 1023 on average`);
          n++;
        }
      } finally {
        Deno.removeSync(folder, { recursive: true });
      }
    },
  });
}

/** Mean absolute difference of two frames of 16-bit little-endian samples. */
function meanDifference(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 2) sum += Math.abs(a[i]! + a[i + 1]! * 256 - b[i]! - b[i + 1]! * 256);
  return sum / (a.length / 2);
}
