import assert from "node:assert/strict";
import { caseSettings, describeCase, type MeasuredCase } from "../../../bench/memory_case.ts";
import { bytesPerSlot, detectorBytes } from "../../../lib/machine/memory_model.ts";
import measured from "./measured_memory.json" with { type: "json" };

const rows = measured as MeasuredCase[];

Deno.test("the memory model is within 20 % of what bench/memory.ts measured", () => {
  assert.ok(rows.length > 40);
  for (const row of rows) {
    const settings = caseSettings(row);
    const model = row.part === "slot"
      ? bytesPerSlot(settings, { rdoLookaheadFrames: row.lookahead, keyint: row.keyint })
      : detectorBytes(settings, row);
    const error = model / row.bytes - 1;
    assert.ok(Math.abs(error) <= 0.2, `${describeCase(row)}: ${(error * 100).toFixed(1)} %`);
  }
});

Deno.test("the measurements reach from 360p to 2160p, at each look-ahead, depth and chroma sampling", () => {
  const slots = rows.filter(({ part }) => part === "slot");
  const seen = (values: readonly (number | string)[]) => [...new Set(values)].sort();
  assert.deepEqual(seen(slots.map(({ height }) => height)), seen([360, 540, 720, 1080, 1440, 2160]));
  assert.deepEqual(seen(slots.map(({ bitDepth }) => bitDepth)), seen([8, 10, 12]));
  assert.deepEqual(seen(slots.map(({ chroma }) => chroma)), ["4:0:0", "4:2:0", "4:2:2", "4:4:4"]);
  for (const lookahead of [10, 20, 30, 40]) assert.ok(slots.some((row) => row.lookahead === lookahead));
});

Deno.test("bytesPerSlot() grows with size, depth, chroma and look-ahead, and not beyond the longest segment", () => {
  const row = rows.find(({ part, bitDepth, chroma }) => part === "slot" && bitDepth === 8 && chroma === "4:2:0")!;
  const bytes = (changes: Partial<MeasuredCase>, lookahead = 20, keyint = 240) =>
    bytesPerSlot(caseSettings({ ...row, ...changes }), { rdoLookaheadFrames: lookahead, keyint });
  const usual = bytes({});
  assert.ok(bytes({ width: row.width + 2 }) > usual);
  assert.ok(bytes({ bitDepth: 10 }) > usual);
  assert.equal(bytes({ bitDepth: 10 }), bytes({ bitDepth: 12 }));
  assert.ok(bytes({ chroma: "4:4:4" }) > usual && bytes({ chroma: "4:0:0" }) < usual);
  assert.ok(bytes({}, 30) > usual);
  assert.equal(bytes({}, 30, 20), bytes({}, 20, 20));
  assert.ok(bytes({ options: { lowLatency: true } }) < usual);
});
