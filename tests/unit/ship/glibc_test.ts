import assert from "node:assert/strict";
import { neededGlibc } from "../../../ship/glibc.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("neededGlibc() is the newest version, by number", () => {
  assert.equal(neededGlibc(bytes("\0GLIBC_2.2.5\0GLIBC_2.27\0GLIBC_2.4\0")), "2.27");
  assert.equal(neededGlibc(bytes("\0GLIBC_2.9\0exp\0GLIBC_2.34\0")), "2.34");
});

Deno.test("neededGlibc() is undefined where there is none", () => {
  assert.equal(neededGlibc(bytes("nothing asks for GLIBC_PRIVATE or GLIBC_2.99")), undefined);
});
