import assert from "node:assert/strict";
import { basename, dirname, join } from "node:path";
import { libraryFile } from "../../../ffi/build/library_file.ts";
import { needsNasm } from "../../../ffi/build/nasm.ts";
import { IncompleteError } from "../../../lib/errors.ts";
import { type StandIn, standIn } from "./stand_in.ts";

const machine = [Deno.build.target, "a CPU"];

/** Asks for the library as the program does; gives its path and what was logged. */
async function ask(checkout: StandIn, more: { machine?: string[]; environment?: Record<string, string> } = {}) {
  const lines: string[] = [];
  const environment = { ...checkout.environment, ...more.environment };
  const options = { root: checkout.root, machine: more.machine ?? machine, environment, progress: () => {} };
  const path = await libraryFile((line) => lines.push(line), options);
  return { path, lines };
}

/** Names and times of all files, to see that nothing was written. */
function snapshot(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = join(folder, name);
    return [`${path} ${Deno.statSync(path).mtime?.getTime()}`, ...(isDirectory ? snapshot(path) : [])];
  }).sort();
}

Deno.test("libraryFile() builds a missing library and says so", async () => {
  using checkout = standIn();
  const { path, lines } = await ask(checkout);
  assert.match(Deno.readTextFileSync(path), /target-cpu=native/);
  assert.equal(dirname(dirname(path)), join(checkout.root, "build", "native"));
  assert.equal(checkout.cargoCalls().length, 1);
  assert.match(checkout.cargoCalls()[0]!, /^build --locked --release --target /);
  assert.match(lines[0]!, /^Building the encoder library \(once; the first run needs it\): about \d+ s on \d+ cores?$/);
  assert.match(lines.at(-1)!, /^Built the encoder library in \d+ s$/);
});

Deno.test("libraryFile() finds the library it built, silently, without cargo and without writing", async () => {
  using checkout = standIn();
  const built = await ask(checkout);
  const before = snapshot(checkout.root);
  assert.deepEqual(await ask(checkout), { path: built.path, lines: [] });
  assert.deepEqual(snapshot(checkout.root), before);
});

Deno.test("libraryFile() builds again when sources, compiler or machine change, saying which", async () => {
  using checkout = standIn();
  const first = await ask(checkout);
  checkout.write("ffi/librav1e/src/deep/more.rs", "// new");
  const sources = await ask(checkout);
  assert.match(sources.lines[0]!, /its sources changed/);
  checkout.program("rustc", "# another release");
  const compiler = await ask(checkout);
  assert.match(compiler.lines[0]!, /the Rust compiler changed/);
  const elsewhere = await ask(checkout, { machine: [Deno.build.target, "another CPU"] });
  assert.match(elsewhere.lines[0]!, /another CPU or system/);
  assert.equal(new Set([first, sources, compiler, elsewhere].map(({ path }) => path)).size, 4);
  assert.equal(checkout.cargoCalls().length, 4);
  const targets = checkout.cargoCalls().map((call) => /--target-dir (\S+)/.exec(call)?.[1]);
  assert.notEqual(targets[2], targets[3], "machines must not share cargo's files");
});

Deno.test("libraryFile() asked for twice at once builds once, and the other waits saying so", async () => {
  using checkout = standIn();
  const [a, b] = await Promise.all([ask(checkout), ask(checkout)]);
  assert.equal(a.path, b.path);
  assert.equal(checkout.cargoCalls().length, 1);
  assert.match(
    [...a.lines, ...b.lines].join("\n"),
    /^Waiting for another process that is building the encoder library$/m,
  );
});

Deno.test("libraryFile() takes the library that is there when Rust is gone", async () => {
  using checkout = standIn();
  const built = await ask(checkout);
  checkout.removeProgram("cargo");
  assert.deepEqual(await ask(checkout), { path: built.path, lines: [] });
  checkout.write("ffi/librav1e/src/lib.rs", "// changed");
  await assert.rejects(ask(checkout), (error) => {
    assert(error instanceof IncompleteError);
    assert.match(error.message, /^Cannot build the encoder library: Rust \(cargo\) is not installed; .*rustup/);
    return true;
  });
});

Deno.test("libraryFile() reports cargo's first error and its log, leaves nothing, and works afterwards", async () => {
  using checkout = standIn();
  const says = "error[E0425]: cannot find value `x`\nerror: could not compile `librav1e-by-gop`";
  await assert.rejects(ask(checkout, { environment: { CARGO_SAYS: says } }), (error) => {
    assert(error instanceof IncompleteError);
    assert.match(
      error.message,
      /^Cannot build the encoder library: cannot find value `x`; cargo's whole output is in /,
    );
    const log = /output is in (.*)$/.exec(error.message)![1]!;
    assert.equal(Deno.readTextFileSync(log), `${says}\n`);
    return true;
  });
  const { path } = await ask(checkout);
  assert.deepEqual(
    [...Deno.readDirSync(dirname(path))].map(({ name }) => name).sort(),
    [basename(path), "lock"].sort(),
  );
});

Deno.test("libraryFile() keeps a few libraries, sweeps what killed builds left, and touches no other machine's", async () => {
  using checkout = standIn();
  const other = await ask(checkout, { machine: [Deno.build.target, "another CPU"] });
  const paths: string[] = [];
  for (let i = 0; i < 6; i++) {
    checkout.write("ffi/librav1e/src/lib.rs", `// ${i}`);
    paths.push((await ask(checkout)).path);
    // The order of building, whatever the clock's resolution.
    Deno.utimeSync(paths[i]!, 1000 + i, 1000 + i);
    Deno.writeTextFileSync(join(dirname(paths[0]!), "cut-short.so.part"), "");
  }
  checkout.write("ffi/librav1e/src/lib.rs", "// last");
  const last = await ask(checkout);
  const kept = [...Deno.readDirSync(dirname(last.path))].map(({ name }) => name).sort();
  assert.deepEqual(kept, [...paths.slice(-3).map((path) => basename(path)), basename(last.path), "lock"].sort());
  assert(Deno.statSync(other.path).isFile);
});

Deno.test({
  name: "libraryFile() without nasm builds without assembly, warns each time, and builds again once nasm serves",
  ignore: !needsNasm,
  fn: async () => {
    using checkout = standIn();
    checkout.removeProgram("nasm");
    const without = await ask(checkout);
    assert.match(checkout.cargoCalls()[0]!, /--no-default-features/);
    const warning = /^Warning: .*without assembly.*times slower.*nasm/;
    assert(without.lines.some((line) => warning.test(line)));
    const again = await ask(checkout);
    assert.equal(again.path, without.path);
    assert.match(again.lines.join("\n"), warning);
    checkout.program("nasm", "echo NASM version 2.14.02");
    assert.notEqual((await ask(checkout)).path, without.path);
    checkout.program("nasm", "echo NASM version 2.15.05 compiled on Sep 24 2020");
    const served = await ask(checkout);
    assert.match(served.lines[0]!, /nasm on this machine changed/);
    assert.doesNotMatch(checkout.cargoCalls().at(-1)!, /--no-default-features/);
    checkout.removeProgram("nasm");
    assert.deepEqual(await ask(checkout), { path: served.path, lines: [] });
  },
});
