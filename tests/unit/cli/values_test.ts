import assert from "node:assert/strict";
import fc from "fast-check";
import { UsageError } from "../../../lib/errors.ts";
import {
  contentLight,
  levels,
  masteringDisplay,
  oneOf,
  powerOfTwo,
  shown,
  wholeNumber,
} from "../../../lib/cli/values.ts";

function message(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    assert(error instanceof UsageError);
    assert.equal(error.exitCode, 2);
    assert(!/[\n\r]/.test(error.message), error.message);
    return error.message;
  }
  assert.fail("nothing was thrown");
}

Deno.test("wholeNumber() returns every number of its range", () => {
  fc.assert(fc.property(fc.nat(1000), (value) => wholeNumber("--n", String(value), 0, 1000) === value));
  assert.equal(wholeNumber("--n", "9007199254740991", 0, Number.MAX_SAFE_INTEGER), 9007199254740991);
  assert.equal(wholeNumber("--n", "007", 0, 10), 7);
});

Deno.test("wholeNumber() names the option, the text and the range", () => {
  assert.equal(message(() => wholeNumber("--speed", "11", 0, 10)), "--speed 11: must be 0 to 10");
  assert.equal(message(() => wholeNumber("--q", "0", 1, 255)), "--q 0: must be 1 to 255");
  assert.equal(message(() => wholeNumber("--n", "0", 1, Number.MAX_SAFE_INTEGER)), "--n 0: must be 1 or more");
});

Deno.test("wholeNumber() refuses what is not decimal digits alone", () => {
  for (
    const text of ["", " ", "1 ", " 1", "+1", "-1", "1.0", "1e3", "0x10", "1_0", "NaN", "Infinity", "١", "1\n", "2n"]
  ) {
    assert.match(message(() => wholeNumber("--n", text, 0, 1000)), /must be a whole number, 0 to 1000$/);
  }
});

Deno.test("wholeNumber() refuses numbers that would be rounded", () => {
  for (const text of ["9007199254740992", "9007199254740993", "18446744073709551616", "9".repeat(400)]) {
    assert.match(message(() => wholeNumber("--n", text, 0, Number.MAX_SAFE_INTEGER)), /too large a number$/);
  }
});

Deno.test("powerOfTwo() takes 0 and the powers, nothing between", () => {
  const taken = Array.from({ length: 65 }, (_, value) => value).filter((value) => {
    try {
      return powerOfTwo("--tile-rows", String(value), 64) === value;
    } catch {
      return false;
    }
  });
  assert.deepEqual(taken, [0, 1, 2, 4, 8, 16, 32, 64]);
  assert.match(message(() => powerOfTwo("--tile-rows", "128", 64)), /0 to 64/);
});

Deno.test("oneOf() takes any case and returns its own spelling", () => {
  assert.equal(oneOf("--tune", "pSNR", ["Psychovisual", "Psnr"]), "Psnr");
  assert.equal(message(() => oneOf("--tune", "psn", ["A", "B"])), "--tune psn: must be one of A, B");
});

Deno.test("a level is one that AV1 defines", () => {
  const level = (text: string) => oneOf("--level", text, levels);
  for (const text of ["2.0", "5.3", "6.3", "auto", "unconstrained"]) assert.equal(level(text), text);
  for (const text of ["2.2", "7.0", "1.0", "5", "5.1x", "", "5.10"]) message(() => level(text));
});

Deno.test("contentLight() takes two numbers of 16 bits", () => {
  assert.equal(contentLight("--content-light", "1000, 400"), "1000,400");
  for (const text of ["1000", "1000,", "65536,0", "0,65536", "1,2,3", "-1,0", "a,b"]) {
    message(() => contentLight("--content-light", text));
  }
});

Deno.test("masteringDisplay() takes chromaticities and luminances, and refuses other units", () => {
  const good = "G(0.265,0.69)B(0.15,0.06)R(0.68,0.32)WP(0.3127,0.329)L(1000,0.0001)";
  assert.equal(masteringDisplay("--m", good), good);
  assert.equal(masteringDisplay("--m", good.replace(",", " , ")), good);
  assert.match(message(() => masteringDisplay("--m", good.replace("0.265", "13250"))), /must be 0 to 1, or all ten /);
  assert.match(message(() => masteringDisplay("--m", good.replace("1000", "16777216"))), /at most 16777215/);
  assert.match(message(() => masteringDisplay("--m", good.replace("0.0001", "262144"))), /at most 16777215 and 262143/);
  for (let length = 0; length < good.length; length++) message(() => masteringDisplay("--m", good.slice(0, length)));
  for (const text of [`${good}x`, good.replace("0.15", "-0.15"), good.replace("0.15", "NaN"), good.toLowerCase()]) {
    message(() => masteringDisplay("--m", text));
  }
});

Deno.test("masteringDisplay() takes x265's whole numbers, all of them or none", () => {
  const whole = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)";
  const same = "G(0.265,0.69)B(0.15,0.06)R(0.68,0.32)WP(0.3127,0.329)L(1000,0.0001)";
  assert.equal(masteringDisplay("--m", whole), same);
  assert.equal(
    masteringDisplay("--m", whole.replace("L(10000000,1)", "L(40000000,0)")),
    same.replace("1000,0.0001", "4000,0"),
  );
  assert.match(message(() => masteringDisplay("--m", whole.replace("16450", "50001"))), /must be 0 to 50000/);
  assert.match(message(() => masteringDisplay("--m", whole.replace(",1)", ",0.0001)"))), /must be 0 to 1, or all ten /);
});

Deno.test("shown() keeps any text on one short line", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const line = shown(text);
    return line.length > 0 && line.length <= 80 && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(line);
  }));
  assert.equal(shown("a\u202eb\u2066c"), "a?b?c");
});
