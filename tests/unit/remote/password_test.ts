import assert from "node:assert/strict";
import fc from "fast-check";
import { generatePassword, passwordBits } from "../../../lib/remote/auth/password.ts";
import { leastPasswordBits } from "../../../lib/remote/limits.ts";

Deno.test("generated passwords have what they count, and are strong enough", () => {
  const made = new Set<string>();
  for (let time = 0; time < 300; time++) {
    const password = generatePassword();
    const bits = passwordBits(password);
    assert.ok(bits >= 90 && bits <= 20 * Math.log2(27) + 1e-9, `${password}: ${bits}`);
    assert.match(password, /^[a-z2-9]{4}(-[a-z2-9]{4}){4}$/);
    made.add(password);
  }
  assert.equal(made.size, 300);
});

Deno.test("what people choose is weak, however long it looks", () => {
  for (
    const text of [
      "",
      "a",
      "secret",
      "password",
      "P@ssw0rd!2024",
      "correcthorsebatterystaple",
      "correct horse battery staple",
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      "abcabcabcabcabcabcabcabcabcabcabc",
      "1234567890123456789012345678901234567890",
      "abcdefghijklmnopqrstuvwxyz0123456789",
      "qwertyuiopasdfghjklzxcvbnm",
      "MyDogIsCalledRex2019",
      "Summer2025!Summer2025!",
      "rav1e-by-gop worker password",
      "tr0ub4dor&3",
      "aaaa-aaaa-aaaa-aaaa-aaaa",
      "bcdf-bcdf-bcdf-bcdf-bcdf-bcdf",
      "2222-3333-4444-5555-6666",
      "x".repeat(100_000),
      "пароль сервера",
      "\u{1f600}".repeat(30),
    ]
  ) {
    assert.ok(passwordBits(text) < leastPasswordBits, `${text.slice(0, 60)}: ${passwordBits(text)}`);
  }
});

Deno.test("what machines make, and eight words drawn from a list, is strong enough", () => {
  for (
    const text of [
      "9f86d081884c7d659a2feaa0c55ad015",
      "kZ3+/xQm9Tq4VbY0cJ7w1LhE",
      "7b0f3c1e-52d9-4a86-b3e0-9c4d1f6a8e27",
      "X9$kq#2Lm!vT8&zR",
      "unhook-pastel-gravity-crumb-statue-mango-velcro-dime",
      "gR7vTq2LxB9mZc4WnKp8",
    ]
  ) {
    assert.ok(passwordBits(text) >= leastPasswordBits, `${text}: ${passwordBits(text)}`);
  }
});

Deno.test("a repetition adds little, and nothing counts for more than its characters", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
    const bits = passwordBits(text);
    assert.ok(bits >= 0 && bits <= [...text].length * Math.log2(160));
    assert.ok(passwordBits(text + text) <= bits + 40);
  }));
});
