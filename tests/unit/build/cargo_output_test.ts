import assert from "node:assert/strict";
import { cargoEnvironment } from "../../../ffi/build/compile.ts";
import { explainFailure, parseArtifact, parseProgress } from "../../../ffi/build/cargo_output.ts";

Deno.test("parseProgress() reads cargo's progress line and no other", () => {
  const line = "    Building [===>                       ] 12/88: libc, syn(build.rs)";
  assert.deepEqual(parseProgress(line), { done: 12, total: 88, current: "libc, syn(build.rs)" });
  for (const other of ["   Compiling syn v2.0.102", "", "error: Building [=>] 1/2", "    Building [=> ] 1/"]) {
    assert.equal(parseProgress(other), undefined);
  }
});

Deno.test("parseArtifact() finds the shared library among the artifacts of its crate", () => {
  const artifact = (name: string, filenames: string[]) =>
    JSON.stringify({ reason: "compiler-artifact", target: { name }, filenames });
  assert.equal(parseArtifact(artifact("rav1e_by_gop", ["/t/x.rlib", "/t/x.so"]), "rav1e_by_gop"), "/t/x.so");
  assert.equal(parseArtifact(artifact("rav1e_by_gop", ["/t/x.dylib"]), "rav1e_by_gop"), "/t/x.dylib");
  assert.equal(parseArtifact(artifact("paste", ["/t/x.so"]), "rav1e_by_gop"), undefined);
  for (const other of ["", "null", "[]", "{}", '{"reason":"build-finished","success":true}', "not JSON"]) {
    assert.equal(parseArtifact(other, "rav1e_by_gop"), undefined);
  }
});

Deno.test("explainFailure() names the cause a user can do something about, with the first error", () => {
  const causes = [
    ["network", "warning: spurious network error (3 tries remaining): [6] Could not resolve host: index.crates.io"],
    ["network", "error: failed to download from `https://static.crates.io/crates/syn/2.0.102/download`"],
    ["compiler", "error: linker `cc` not found"],
    ["rust", "error: rustc 1.63.0 is not supported by the following packages:"],
    ["rust", "error: rustup could not choose a version of cargo to run, because one wasn't specified explicitly"],
    ["other", "error[E0425]: cannot find value `x` in this scope"],
  ] as const;
  for (const [cause, line] of causes) {
    assert.equal(explainFailure(["   Compiling syn v2.0.102", line, "error: later"]).cause, cause, line);
  }
  assert.equal(explainFailure(["error[E0425]: first", "error: second"]).line, "first");
  assert.equal(explainFailure(["Killed"]).line, "Killed");
  assert.equal(explainFailure([]).line, "cargo said nothing");
});

Deno.test("cargoEnvironment() adds this CPU's flag after the user's own, and drops what leads cargo elsewhere", () => {
  const rust = { cargo: "/rust/bin/cargo", identity: "", environment: { RUSTUP_HOME: "/rustup" } };
  const plain = cargoEnvironment({ environment: { PATH: "/bin" }, rust, nasm: "/nasm" });
  assert.equal(plain.RUSTFLAGS, "-C target-cpu=native");
  assert.equal(plain.PATH, "/nasm:/bin:/rust/bin");
  assert.equal(plain.RUSTUP_HOME, "/rustup");
  const own = { RUSTFLAGS: "-C debuginfo=1", CARGO_BUILD_TARGET: "wasm32-wasip1", CARGO_TARGET_DIR: "/elsewhere" };
  const kept = cargoEnvironment({ environment: own, rust, nasm: undefined });
  assert.equal(kept.RUSTFLAGS, "-C debuginfo=1 -C target-cpu=native");
  assert.equal(kept.CARGO_BUILD_TARGET, undefined);
  assert.equal(kept.CARGO_TARGET_DIR, undefined);
  const encoded = cargoEnvironment({
    environment: { CARGO_ENCODED_RUSTFLAGS: "-Cdebuginfo=1" },
    rust,
    nasm: undefined,
  });
  assert.equal(encoded.CARGO_ENCODED_RUSTFLAGS, "-Cdebuginfo=1\x1f-Ctarget-cpu=native");
  assert.equal(encoded.RUSTFLAGS, undefined);
});
