import assert from "node:assert/strict";
import { join } from "node:path";
import { findRust } from "../../../ffi/build/rust.ts";
import { type StandIn, standIn } from "./stand_in.ts";

/** Lays a rustup installation out in `home`, with one toolchain. */
function installRustup(checkout: StandIn, home: string, driver = "librustc_driver-1234.so"): void {
  checkout.write(`${home}/.cargo/bin/rustup`, "rustup itself");
  Deno.chmodSync(join(checkout.root, home, ".cargo/bin/rustup"), 0o755);
  for (const name of ["cargo", "rustc"]) Deno.symlinkSync("rustup", join(checkout.root, home, ".cargo/bin", name));
  checkout.write(`${home}/.rustup/settings.toml`, 'version = "12"\ndefault_toolchain = "stable-x"\n[overrides]\n');
  checkout.write(`${home}/.rustup/toolchains/stable-x/bin/rustc`, "");
  checkout.write(`${home}/.rustup/toolchains/stable-x/lib/${driver}`, "");
}

Deno.test("findRust() follows rustup to the toolchain, found in the home folder without PATH", () => {
  using checkout = standIn();
  installRustup(checkout, "home");
  const home = join(checkout.root, "home");
  assert.deepEqual(findRust({ HOME: home, PATH: "" }), {
    cargo: join(home, ".cargo/bin/cargo"),
    identity: "librustc_driver-1234.so",
    environment: { RUSTUP_HOME: join(home, ".rustup") },
  });
});

Deno.test("findRust() finds rustup's folder beside its programs when HOME is another", () => {
  using checkout = standIn();
  installRustup(checkout, "installer");
  const environment = { HOME: join(checkout.root, "home"), PATH: join(checkout.root, "installer/.cargo/bin") };
  assert.equal(findRust(environment)?.environment.RUSTUP_HOME, join(checkout.root, "installer/.rustup"));
});

Deno.test("findRust() has none to give without cargo, or with proxies that have no toolchain", () => {
  using checkout = standIn();
  const home = join(checkout.root, "home");
  assert.equal(findRust({ HOME: home, PATH: "" }), undefined);
  installRustup(checkout, "home");
  assert.equal(findRust({ HOME: home, PATH: "", RUSTUP_TOOLCHAIN: "nightly" }), undefined);
});

Deno.test("findRust() tells compilers of a distribution apart by their files", () => {
  using checkout = standIn();
  const before = findRust(checkout.environment);
  assert.equal(before?.cargo, join(checkout.root, "bin/cargo"));
  checkout.program("rustc", "# another release");
  assert.notEqual(findRust(checkout.environment)?.identity, before?.identity);
});
