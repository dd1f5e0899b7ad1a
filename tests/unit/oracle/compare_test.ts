// The comparison must see what it is there to see, and the goldens must be those of the cases.

import assert from "node:assert/strict";
import { cases } from "../../oracle/cases.ts";
import { firstDifference } from "../../oracle/compare.ts";
import { readGoldens } from "../../oracle/golden.ts";
import { madeIvf } from "../../support/made_ivf.ts";

const packets = [{ timestamp: 0, data: [1, 2, 3] }, { timestamp: 1, data: [4] }];

Deno.test("firstDifference() forgives the frame count rav1e leaves 0, and nothing else", () => {
  const stock = madeIvf(0, packets);
  assert.equal(firstDifference(stock, madeIvf(2, packets)), undefined);
  assert.match(firstDifference(stock, madeIvf(1, packets))!, /header says 1 frames of 2/);
  assert.match(firstDifference(stock, madeIvf(1, packets.slice(0, 1)))!, /1 packets, stock 2/);
  assert.match(
    firstDifference(stock, madeIvf(2, [{ timestamp: 0, data: [1, 9, 3] }, packets[1]!]))!,
    /packet 0: byte 1/,
  );
  assert.match(firstDifference(stock, madeIvf(2, [packets[0]!, { timestamp: 1, data: [4, 5] }]))!, /packet 1: longer/);
  assert.match(firstDifference(stock, madeIvf(2, [packets[0]!, { timestamp: 1, data: [] }]))!, /packet 1: byte 0/);
  assert.match(
    firstDifference(stock, madeIvf(2, [packets[0]!, { timestamp: 2, data: [4] }]))!,
    /packet 1: timestamp 2/,
  );
  const faster = madeIvf(2, packets);
  faster[16] = 30;
  assert.match(firstDifference(stock, faster)!, /frame rate 30\/1, not 25\/1/);
  const wider = madeIvf(2, packets);
  wider[12] = 161;
  assert.match(firstDifference(stock, wider)!, /size 161x96, not 160x96/);
});

Deno.test("golden.json has the sums of all cases and of no others", () => {
  assert.deepEqual(Object.keys(readGoldens()), cases.map((one) => one.name));
});
