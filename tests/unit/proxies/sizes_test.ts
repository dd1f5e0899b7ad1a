import assert from "node:assert/strict";
import fc from "fast-check";
import { InputError } from "../../../lib/errors.ts";
import { defaultPercents, proxySizes } from "../../../lib/proxies/sizes.ts";

Deno.test("proxies of a usual video have a quarter, a half, three quarters and all of its sides, largest first", () => {
  const sizes = proxySizes("'a'", { width: 1920, height: 1080 }, defaultPercents);
  assert.deepEqual(sizes.map(({ percent, width, height }) => [percent, width, height]), [
    [100, 1920, 1080],
    [75, 1440, 810],
    [50, 960, 540],
    [25, 480, 270],
  ]);
});

Deno.test("scaled sides are even and within a pixel of exact, the source's own stay", () => {
  const side = fc.integer({ min: 1600, max: 70_000 });
  fc.assert(fc.property(side, side, fc.integer({ min: 1, max: 100 }), (width, height, percent) => {
    const [size] = proxySizes("'a'", { width, height }, [percent]);
    for (const [scaled, whole] of [[size!.width, width], [size!.height, height]] as const) {
      if (percent === 100) assert.equal(scaled, whole);
      else {
        assert.equal(scaled % 2, 0);
        assert.ok(Math.abs(scaled - whole * percent / 100) <= 1);
      }
    }
  }));
});

Deno.test("a size that cannot be encoded is refused with its numbers", () => {
  assert.throws(
    () => proxySizes("'a'", { width: 64, height: 48 }, [25, 50]),
    new InputError(
      "Cannot make a 25 % proxy of 'a': 16x12 pixels of 64x48, and no side may be below 16; leave 25 out of --sizes",
    ),
  );
});
