import assert from "node:assert/strict";
import fc from "fast-check";
import { InputError } from "../../../lib/errors.ts";
import { fingerprintFile, piecesOf, sameContent } from "../../../lib/resume/fingerprint.ts";
import { WorkFolder } from "../../support/work_folder.ts";

Deno.test("fingerprintFile() knows a file by its content, wherever and whenever it is", async () => {
  using folder = new WorkFolder();
  const bytes = crypto.getRandomValues(new Uint8Array(60_000));
  folder.write("a", bytes);
  folder.write("b", bytes);
  Deno.utimeSync(folder.file("b"), 1, 1);
  const a = await fingerprintFile(folder.file("a")), b = await fingerprintFile(folder.file("b"));
  assert(sameContent(a, b));
  assert.equal(b.modified, 1000);
  folder.write("b", bytes.with(59_999, bytes[59_999]! ^ 1));
  assert(!sameContent(a, await fingerprintFile(folder.file("b"))));
});

Deno.test("fingerprintFile() sees both ends of a large file", async () => {
  using folder = new WorkFolder();
  const bytes = new Uint8Array(8_000_000);
  folder.write("large", bytes);
  const before = await fingerprintFile(folder.file("large"));
  for (const at of [0, 262_143, bytes.length - 1]) {
    folder.write("large", bytes.with(at, 1));
    assert(!sameContent(before, await fingerprintFile(folder.file("large"))), `byte ${at}`);
  }
});

Deno.test("piecesOf() stays inside the file, in order, and reads no more than 2.5 MiB", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 45 }), (size) => {
    let end = 0;
    for (const { offset, length } of piecesOf(size)) {
      assert(offset >= end);
      end = offset + length;
    }
    assert.equal(end, size);
    assert(piecesOf(size).reduce((sum, { length }) => sum + length, 0) <= 2.5 * 1024 * 1024);
  }));
});

Deno.test("fingerprintFile() says what cannot be read", async () => {
  await assert.rejects(fingerprintFile("/nowhere/in.y4m"), InputError);
});
