import assert from "node:assert/strict";
import { join } from "node:path";
import project from "../../../deno.json" with { type: "json" };
import { findRust } from "../../../ffi/build/rust.ts";
import { root, run } from "../../../ship/command.ts";
import { crateParts } from "../../../ship/crates.ts";
import { npmParts } from "../../../ship/npm_packages.ts";

Deno.test("npmParts() has the notices of every imported package and of what these import", () => {
  const parts = npmParts(join(root, "node_modules"));
  const names = parts.map(({ name }) => name.split(" ")[0]);
  const imported = Object.keys(project.imports).filter((name) => name !== "fast-check");
  for (const name of [...imported, "onetime"]) assert(names.includes(name), name);
  assert(!names.includes("fast-check"));
  for (const { name, licence, texts } of parts) {
    assert.match(licence, /./, name);
    assert(texts.length > 0, name);
  }
});

Deno.test("npmParts() names what is not installed", () => {
  const parts = npmParts("/nonexistent");
  assert(parts.length > 0);
  for (const { licence, texts } of parts) assert.deepEqual([licence, texts], ["not installed", []]);
});

/** Names with versions of what the lock file has for the program's imports, theirs included. */
function lockedPackages(): string[] {
  const lock: {
    specifiers: Record<string, string>;
    npm: Record<string, { dependencies?: string[] }>;
  } = JSON.parse(Deno.readTextFileSync(join(root, "deno.lock")));
  const found = new Set<string>();
  const visit = (name: string) => {
    // Without a version where there is only one of that name.
    const key = name in lock.npm ? name : Object.keys(lock.npm).find((key) => key.startsWith(`${name}@`))!;
    if (found.has(key)) return;
    found.add(key);
    lock.npm[key]!.dependencies?.forEach(visit);
  };
  for (const [name, version] of Object.entries(lock.specifiers)) {
    if (!name.startsWith("npm:fast-check@")) visit(name.replace(/^npm:(.*)@[^@]*$/, `$1@${version}`));
  }
  return [...found].map((key) => key.replace(/@([^@]+)$/, " $1")).sort();
}

Deno.test("npmParts() has what deno.lock has, no more and no less", () => {
  assert.deepEqual(npmParts(join(root, "node_modules")).map(({ name }) => name).sort(), lockedPackages());
});

const rust = findRust(Deno.env.toObject());

Deno.test({
  name: "crateParts() has the crates that cargo says are linked, each of them locked, each with a notice",
  ignore: rust === undefined,
  fn: async () => {
    const linked = new Set<string>(), locked = new Set<string>();
    for (const crate of ["ffi/librav1e", "ship/launcher"]) {
      const cwd = join(root, crate);
      const args = ["tree", "--locked", "--prefix", "none", "--edges", "normal,no-proc-macro", "--format", "{p}"];
      const tree = await run(rust!.cargo, [...args, "--target", Deno.build.target], { cwd, env: rust!.environment });
      // The first is the crate itself: "name v1.2.3 (path)".
      for (const line of tree.trim().split("\n").slice(1)) linked.add(line.replace(/^(\S+) v(\S+).*$/, "$1 $2"));
      const lock = Deno.readTextFileSync(join(cwd, "Cargo.lock"));
      for (const [, name, version] of lock.matchAll(/^name = "(.*)"\nversion = "(.*)"$/gm)) {
        locked.add(`${name} ${version}`);
      }
    }
    const parts = await crateParts(rust!, run, false);
    // It may have a few that only other targets' features link.
    const names = new Set(parts.map(({ name }) => name));
    assert(linked.size > 20);
    assert.deepEqual([...linked].filter((name) => !names.has(name)), []);
    for (const { name, licence, texts } of parts) {
      assert(locked.has(name), name);
      assert(licence !== "" && texts.length > 0, name);
    }
  },
});
