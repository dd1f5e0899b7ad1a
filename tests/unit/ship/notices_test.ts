import assert from "node:assert/strict";
import { join } from "node:path";
import project from "../../../deno.json" with { type: "json" };
import { root } from "../../../ship/command.ts";
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
