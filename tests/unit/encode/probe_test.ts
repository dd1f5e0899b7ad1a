import assert from "node:assert/strict";
import { libraryFile } from "../../../ffi/build/library_file.ts";
import { openLibrary } from "../../../ffi/library.ts";
import { IncompleteError } from "../../../lib/errors.ts";
import { encoderIdentity, identityDifference } from "../../../lib/encode/probe.ts";

const libraryPath = await libraryFile((line) => console.error(line));

Deno.test("the probe says what is encoded with, and the same each time", async () => {
  const [first, second] = await Promise.all([encoderIdentity(libraryPath), encoderIdentity(libraryPath)]);
  assert.deepEqual(first, second);
  const { rav1e, avSceneChange, abi } = openLibrary(libraryPath).info();
  assert.deepEqual({ ...first, probe: first.probe.length }, { rav1e, avSceneChange, abi, probe: 64 });
  assert.match(first.probe, /^[0-9a-f]+$/);
  assert.equal(identityDifference(first, second), undefined);
});

Deno.test("the probe names what differs", () => {
  const ours = { rav1e: "0.8.1", avSceneChange: "0.14.1", abi: 4, probe: "00" };
  for (
    const [change, named] of [
      [{ rav1e: "0.9.0", probe: "01" }, /rav1e 0\.9\.0, this machine 0\.8\.1/],
      [{ avSceneChange: "0.15.0" }, /av-scenechange 0\.15\.0/],
      [{ abi: 5 }, /ABI 5, this machine 4/],
      [{ probe: "01" }, /other bytes/],
    ] as const
  ) assert.match(identityDifference(ours, { ...ours, ...change })!, named);
});

Deno.test("a library that cannot be opened is said, not hung on", async () => {
  await assert.rejects(encoderIdentity("/nowhere/librav1e.so"), (error: unknown) => {
    assert.ok(error instanceof IncompleteError);
    assert.match(error.message, /^Cannot find out what this machine encodes with: .*nowhere/);
    return true;
  });
});
