// The clips are made by whole-number arithmetic: these sums hold on every machine, or the golden sums hold nowhere.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { frameBytes } from "../../../lib/media/video_format.ts";
import { clip, clipFrames, clipLength, scenes, writeClip, y4mHeader } from "../../support/clips.ts";

const formats = (["4:0:0", "4:2:0", "4:2:2", "4:4:4"] as const).flatMap((chromaSampling) =>
  ([8, 10, 12] as const).map((bitDepth) => ({ chromaSampling, bitDepth }))
);

Deno.test("clipFrames() makes the same pictures on every machine", () => {
  const [first, second] = scenes(4, 5);
  const film = clip([{ ...first!, fade: [0, 256], flashes: [2] }, { ...second!, noise: 9, discs: 5 }]);
  const hash = createHash("sha256");
  for (const frame of clipFrames(film)) hash.update(frame);
  assert.equal(hash.digest("hex"), "0a34f9faabda9a860f2c542c14686df309623d6a22998d51fedefd55eff06e5b");
});

Deno.test("clipFrames() fills frames of the format's size, within its depth", () => {
  for (const format of formats) {
    const film = clip(scenes(2, 1), { width: 17, height: 33, ...format });
    let frames = 0;
    for (const frame of clipFrames(film)) {
      const square = { num: 1, den: 1 };
      assert.equal(
        frame.length,
        frameBytes({
          ...film,
          chromaSamplePosition: "unknown",
          sampleAspectRatio: square,
          frameRate: square,
          fullRange: undefined,
        }),
      );
      if (format.bitDepth > 8) {
        const limit = 2 ** (format.bitDepth - 8);
        for (let i = 1; i < frame.length; i += 2) assert.ok(frame[i]! < limit);
      }
      frames++;
    }
    assert.equal(frames, clipLength(film));
  }
});

Deno.test("clipFrames() cuts where scenes meet and moves between cuts", () => {
  const film = clip(scenes(6, 6));
  const lumas: Uint8Array[] = [];
  for (const frame of clipFrames(film)) lumas.push(frame.slice(0, film.width * film.height));
  const changes = lumas.slice(1).map((luma, i) => {
    let sum = 0;
    for (let at = 0; at < luma.length; at++) sum += Math.abs(luma[at]! - lumas[i]![at]!);
    return sum / luma.length;
  });
  assert.ok(changes.every((change) => change > 1), `a still picture: ${changes}`);
  assert.equal(changes.indexOf(Math.max(...changes)), 5, `no cut at frame 6: ${changes}`);
});

Deno.test("y4mHeader() names the format and keeps to what it is told", () => {
  const odd = clip(scenes(1), { width: 17, height: 33, bitDepth: 10, chromaSampling: "4:2:2" });
  assert.equal(y4mHeader(odd), "YUV4MPEG2 W17 H33 F25:1 C422p10\n");
  assert.equal(
    y4mHeader(odd, { colour: null, frameRate: null, others: ["It", "XA=b"] }),
    "YUV4MPEG2 W17 H33 It XA=b\n",
  );
});

Deno.test("writeClip() puts a FRAME line before each frame", () => {
  const path = Deno.makeTempFileSync();
  try {
    const film = clip(scenes(2), { width: 16, height: 16 });
    writeClip(path, film, { frameParameters: (n) => n === 1 ? " Ip" : "" });
    const bytes = Deno.readFileSync(path);
    const header = y4mHeader(film).length, frame = 16 * 16 * 3 / 2;
    const text = (at: number, length: number) => new TextDecoder().decode(bytes.subarray(at, at + length));
    assert.equal(text(header, 6), "FRAME\n");
    assert.equal(text(header + 6 + frame, 9), "FRAME Ip\n");
    assert.equal(bytes.length, header + 6 + 9 + 2 * frame);
  } finally {
    Deno.removeSync(path);
  }
});
