import assert from "node:assert/strict";
import { openLibrary } from "../../ffi/library.ts";
import { giveBackPages } from "../../ffi/pages.ts";
import { libraryPath } from "./support.ts";

const library = openLibrary(libraryPath);
const megabyte = 1024 * 1024;

Deno.test("giveBackPages() takes what is in the bytes out of memory and leaves what is beside them", () => {
  const memory = new Uint8Array(new SharedArrayBuffer(8 * megabyte)).fill(7);
  giveBackPages(library, memory.subarray(megabyte, 7 * megabyte));
  assert.ok(memory.subarray(0, megabyte).every((byte) => byte === 7));
  assert.ok(memory.subarray(7 * megabyte).every((byte) => byte === 7));
  if (Deno.build.os !== "linux") return;
  // Fresh pages are 0; the first and the last may be in part within the bytes, and as large as 64 KiB.
  assert.ok(memory.subarray(megabyte + 65536, 7 * megabyte - 65536).every((byte) => byte === 0));
  memory.fill(9);
  assert.ok(memory.every((byte) => byte === 9), "it can be written to again");
});

Deno.test("giveBackPages() of less than a page, or of nothing, changes nothing", () => {
  const memory = new Uint8Array(new SharedArrayBuffer(megabyte)).fill(7);
  giveBackPages(library, memory.subarray(1, 4000));
  giveBackPages(library, memory.subarray(5, 5));
  assert.ok(memory.every((byte) => byte === 7));
});
