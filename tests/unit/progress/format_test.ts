import assert from "node:assert/strict";
import fc from "fast-check";
import {
  formatBar,
  formatBytes,
  formatDuration,
  formatFigure,
  formatPercent,
} from "../../../lib/cli/progress/format.ts";

Deno.test("formatDuration() writes hours, minutes and seconds", () => {
  assert.equal(formatDuration(0), "0:00:00");
  assert.equal(formatDuration(59.999), "0:00:59");
  assert.equal(formatDuration(3723), "1:02:03");
  assert.equal(formatDuration(360000), "100:00:00");
  assert.equal(formatDuration(-1), "0:00:00");
  assert.equal(formatDuration(null), "-:--:--");
  assert.equal(formatDuration(Infinity), "-:--:--");
});

Deno.test("formatFigure() keeps three digits and never gains one by rounding", () => {
  assert.equal(formatFigure(0), "0.00");
  assert.equal(formatFigure(9.994), "9.99");
  assert.equal(formatFigure(9.996), "10.0");
  assert.equal(formatFigure(99.94), "99.9");
  assert.equal(formatFigure(99.96), "100");
  assert.equal(formatFigure(1234.4), "1234");
  assert.equal(formatFigure(null), "-");
  assert.equal(formatFigure(NaN), "-");
  fc.assert(fc.property(fc.double({ min: 0, max: 999.4, noNaN: true }), (value) => {
    assert.ok([3, 4].includes(formatFigure(value).length), formatFigure(value));
  }));
});

Deno.test("formatBytes() changes the unit before a fifth digit", () => {
  assert.equal(formatBytes(0), "0 B");
  assert.equal(formatBytes(1023), "1023 B");
  assert.equal(formatBytes(1024), "1.00 KiB");
  assert.equal(formatBytes(1023.4 * 1024), "1023 KiB");
  assert.equal(formatBytes(1023.6 * 1024), "1.00 MiB");
  assert.equal(formatBytes(12.34 * 1024 ** 3), "12.3 GiB");
  assert.equal(formatBytes(5000 * 1024 ** 4), "5000 TiB");
  assert.equal(formatBytes(null), "- MiB");
  fc.assert(fc.property(fc.double({ min: 0, max: 1e15, noNaN: true }), (value) => {
    assert.ok(formatBytes(value).length <= 8, formatBytes(value));
  }));
});

Deno.test("formatPercent() says 100.0 % of the whole only", () => {
  assert.equal(formatPercent(0), "0.0 %");
  assert.equal(formatPercent(0.29), "29.0 %");
  assert.equal(formatPercent(999_999 / 1_000_000), "99.9 %");
  assert.equal(formatPercent(1), "100.0 %");
  assert.equal(formatPercent(1.5), "100.0 %");
});

Deno.test("formatBar() is exactly as wide as asked and full at the whole only", () => {
  assert.equal(formatBar(0, 12), "[          ]");
  assert.equal(formatBar(0.5, 12), "[====>     ]");
  assert.equal(formatBar(1, 12), "[==========]");
  fc.assert(fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 3, max: 60 }), (part, width) => {
    const bar = formatBar(part, width);
    assert.equal(bar.length, width);
    if (part < 0.999) assert.ok(!/^\[=+\]$/.test(bar), bar);
  }));
});
