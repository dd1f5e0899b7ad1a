import assert from "node:assert/strict";
import fc from "fast-check";
import { numbersIn, type Ranges, rangesOf, withNumber } from "../../../lib/resume/ranges.ts";

Deno.test("ranges hold the numbers that were put in, in any order, and are as few as can be", () => {
  fc.assert(fc.property(fc.array(fc.nat(60)), (numbers) => {
    const ranges = numbers.reduce<Ranges>((ranges, number) => withNumber(ranges, number), []);
    const expected = [...new Set(numbers)].toSorted((a, b) => a - b);
    assert.deepEqual(numbersIn(ranges), expected);
    assert.deepEqual(ranges, rangesOf(numbers));
    for (const [index, [from]] of ranges.entries()) if (index > 0) assert(from > ranges[index - 1]![1] + 1);
  }));
});
