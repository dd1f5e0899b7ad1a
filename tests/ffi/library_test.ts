import assert from "node:assert/strict";
import { Library, LibraryError, openLibrary } from "../../ffi/library.ts";
import { abiVersion, Code } from "../../ffi/symbols.ts";
import type { EncoderSettings } from "../../lib/encode/settings.ts";
import { compiled, stubsBut, withoutCompiler } from "./compiled_library.ts";
import { libraryPath, settingsOf } from "./support.ts";

const root = new URL("../../", import.meta.url);

/** Runs a module of this project's under these permissions. */
async function runModule(source: string, ...permissions: string[]) {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(file, source.replaceAll('"ffi/', `"${root}ffi/`).replaceAll('"lib/', `"${root}lib/`));
  const config = decodeURIComponent(new URL("deno.json", root).pathname);
  const args = ["run", "--quiet", "--no-check", "--no-prompt", "--config", config, ...permissions, file];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, stdin: "null" }).output();
  await Deno.remove(file);
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

Deno.test("Importing the bindings and what uses them opens no library", async () => {
  const modules = ["ffi/library.ts", "ffi/encoder.ts", "ffi/detector.ts", "lib/encode/segment_encoder.ts"];
  const imports = modules.map((module) => `await import("${module}");`).join("\n");
  const open = `const { openLibrary } = await import("ffi/library.ts");
    try { openLibrary("./any.so"); } catch (error) { console.log(error.message); }`;
  const { code, stdout, stderr } = await runModule(
    `${imports}\nconsole.log("imported");\n${open}`,
    "--allow-read",
    "--allow-env",
  );
  assert.equal(code, 0, stderr);
  // Opening is what asks for the permission that was not given.
  assert.match(stdout, /^imported\nCannot open the encoder library .*ffi/);
});

Deno.test("openLibrary() opens a library once a thread", () => {
  assert.equal(openLibrary(libraryPath), openLibrary(libraryPath));
});

Deno.test("openLibrary() says which library cannot be opened, and opens another afterwards", () => {
  const missing = "/nowhere/librav1e.so";
  assert.throws(() => openLibrary(missing), {
    message: /^Cannot open the encoder library \/nowhere\/librav1e\.so: /,
  });
  assert.equal(openLibrary(libraryPath).path, libraryPath);
});

Deno.test({
  name: "Library refuses a library of another ABI before any other call",
  ignore: withoutCompiler,
  fn() {
    const stubs = stubsBut("rbg_abi_version");
    for (const abi of [abiVersion + 98, abiVersion + 1, abiVersion - 1]) {
      using library = compiled(`unsigned rbg_abi_version(void) { return ${abi}; }\n${stubs}\n`)!;
      assert.throws(() => new Library(library.path), {
        message: `Cannot use the encoder library ${library.path}: it speaks ABI ${abi}, this program ${abiVersion}`,
      });
    }
  },
});

Deno.test({
  name: "Library refuses a library that is another one",
  ignore: withoutCompiler,
  fn() {
    using library = compiled("int one(void) { return 1; }")!;
    assert.throws(() => new Library(library.path), { message: /^Cannot open the encoder library .*rbg_/ });
  },
});

Deno.test("info() gives the versions that decide the bytes", () => {
  const info = openLibrary(libraryPath).info();
  assert.equal(info.abi, abiVersion);
  assert.match(info.rav1e, /^0\.8\.1/);
  assert.equal(info.avSceneChange, "0.14.1");
  assert.equal(info.target, `${Deno.build.arch}-${Deno.build.os === "darwin" ? "macos" : Deno.build.os}`);
  assert.ok(info.cpu.length > 0);
});

Deno.test("resolve() gives what the settings come to", () => {
  const library = openLibrary(libraryPath);
  const plain = library.resolve(settingsOf());
  assert.deepEqual([plain.tileCols, plain.tileRows, plain.keyint, plain.minKeyint], [1, 1, 240, 12]);
  assert.deepEqual([plain.frameBytes, plain.sceneDetection, plain.onePiece], [64 * 48 * 1.5, "fast", false]);
  assert.match(plain.av1c, /^81[0-9a-f]{6}$/);
  assert.equal(library.resolve(settingsOf({ speed: 6 })).sceneDetection, "standard");
  assert.equal(library.resolve(settingsOf({ noSceneDetection: true })).sceneDetection, "none");
  assert.equal(library.resolve(settingsOf({ bitDepth: 10, chromaSampling: "4:4:4" })).frameBytes, 64 * 48 * 3 * 2);
  assert.equal(library.resolve(settingsOf({ minKeyint: 50, keyint: 20 })).minKeyint, 20);
  assert.equal(library.resolve(settingsOf({ width: 1280, height: 720, tileCols: 2, tileRows: 2 })).tileCols, 2);
});

Deno.test("resolve() refuses settings with the reason, and the next ones are not held to it", () => {
  const library = openLibrary(libraryPath);
  const refused: [Partial<EncoderSettings>, RegExp][] = [
    [{ width: 0 }, /width|size|resolution/i],
    [{ speed: 11 }, /speed|11/i],
    [{ tileCols: 3 }, /tile|power/i],
    [{ primaries: "BT7O9" }, /BT7O9/],
    [{ level: "9.9" }, /level|9\.9/i],
    [{ filmGrainTable: "not a table" }, /grain/i],
    [{ timeBase: { num: 0, den: 1 } }, /rate|time/i],
  ];
  for (const [changes, reason] of refused) {
    assert.throws(() => library.resolve(settingsOf(changes)), (error) => {
      assert.ok(error instanceof LibraryError, `${error}`);
      assert.equal(error.code, Code.invalidSettings, error.message);
      assert.match(error.message, reason);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    }, JSON.stringify(changes));
  }
  library.resolve(settingsOf());
});

Deno.test("resolve() refuses a document with a field missing or one too many, naming it", () => {
  const library = openLibrary(libraryPath);
  const { quantizer: _left, ...without } = settingsOf();
  const invalid = { name: "LibraryError", code: Code.invalidSettings };
  assert.throws(() => library.resolve(without as EncoderSettings), { ...invalid, message: /quantizer/ });
  const more = { ...settingsOf(), sharpness: 1 };
  assert.throws(() => library.resolve(more), { ...invalid, message: /sharpness/ });
});
