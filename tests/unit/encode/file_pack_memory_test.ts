import assert from "node:assert/strict";
import { filePackMemory, filePackSizes } from "../../../lib/encode/file_pack_memory.ts";

Deno.test("packs of a file take a sixteenth of the memory at most, unless two of them are more", () => {
  const frames = [1, 115_200, 3_110_400, 12_441_600, 99_532_800];
  for (const frameBytes of frames) {
    const { placeBytes, packBytes, packFrames } = filePackSizes(frameBytes);
    assert.ok(placeBytes >= packBytes && packBytes > packFrames * frameBytes);
    for (const memoryBytes of [1e9, 16e9, 512e9]) {
      const memory = filePackMemory(frameBytes, memoryBytes);
      assert.equal(memory.packBytes % placeBytes, 0);
      assert.ok(memory.packBytes <= Math.max(2 * placeBytes, memoryBytes / 16));
      assert.ok(memory.threadBytes > packFrames * frameBytes);
    }
  }
});

Deno.test("packs of 1080p of a file serve some dozen slots on a machine of 16 GB", () => {
  const { packBytes } = filePackMemory(3_110_400, 16e9);
  assert.ok(packBytes / filePackSizes(3_110_400).placeBytes >= 24);
});
