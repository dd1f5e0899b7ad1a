import assert from "node:assert/strict";
import { Library, LibraryError, openLibrary } from "../../ffi/library.ts";
import { probeDigest } from "../../ffi/probe.ts";
import { abiVersion, Code } from "../../ffi/symbols.ts";
import { compiled, stubsBut, withoutCompiler } from "./compiled_library.ts";
import { encode, libraryPath, settingsOf } from "./support.ts";

const library = openLibrary(libraryPath);

Deno.test("probeDigest() is the same each time, for two at once and beside an encoder, whose packets stay the same too", async () => {
  const alone = await probeDigest(library);
  assert.match(alone, /^[0-9a-f]{64}$/);
  const packets = encode(library, settingsOf({ speed: 10 }), 12);
  const together = [probeDigest(library), probeDigest(library)];
  assert.deepEqual(encode(library, settingsOf({ speed: 10 }), 12), packets);
  assert.deepEqual(await Promise.all(together), [alone, alone]);
});

Deno.test("the library tells an error of its probe in the memory it was lent, and not beyond", async () => {
  const out = new Uint8Array(40).fill(1);
  assert.equal(await library.symbols.rbg_probe_digest(out, 20n), BigInt(Code.invalidArgument));
  assert.equal(new TextDecoder().decode(out), `a digest does not fi${"\x01".repeat(20)}`);
  assert.equal(await library.symbols.rbg_probe_digest(null, 4000n), BigInt(Code.invalidArgument));
});

Deno.test({
  name: "probeDigest() rejects with the library's own sentence, whichever thread it came to it on",
  ignore: withoutCompiler,
  async fn() {
    using library = compiled(`
      #include <string.h>
      unsigned rbg_abi_version(void) { return ${abiVersion}; }
      long rbg_probe_digest(char *out, unsigned long capacity) {
        strncpy(out, "rav1e panicked at rdo.rs:1: \\xc3\\xa4", capacity);
        return ${Code.panicked};
      }
      ${stubsBut("rbg_abi_version", "rbg_probe_digest")}`)!;
    await assert.rejects(probeDigest(new Library(library.path)), (error: unknown) => {
      assert.ok(error instanceof LibraryError, `${error}`);
      assert.deepEqual([error.code, error.message], [Code.panicked, "rav1e panicked at rdo.rs:1: ä"]);
      return true;
    });
  },
});
