// The npm packages that the program imports, and what these import, with the texts of their licences. Packages that only
// tests use are not carried.

import { join } from "node:path";
import project from "../deno.json" with { type: "json" };
import type { Part } from "./crates.ts";

/** Imported by tests and benches alone. */
const notCarried = new Set(["fast-check"]);

/** The packages below `folder`, a node_modules made by Deno. */
export function npmParts(folder: string): Part[] {
  const parts = new Map<string, Part>();
  const visit = (name: string, path: string) => {
    let real: string;
    try {
      real = Deno.realPathSync(path);
    } catch {
      parts.set(name, { name, licence: "not installed", texts: [] });
      return;
    }
    const { version, license, dependencies = {} } = JSON.parse(Deno.readTextFileSync(join(real, "package.json")));
    const key = `${name} ${version}`;
    if (parts.has(key)) return;
    const files = [...Deno.readDirSync(real)].filter(({ name }) => /^(licen[cs]e|notice)/i.test(name));
    parts.set(key, {
      name: key,
      licence: license,
      texts: files.map(({ name }) => Deno.readTextFileSync(join(real, name))),
    });
    // Deno lays a package's own imports beside it.
    const beside = real.slice(0, real.length - name.length);
    for (const dependency of Object.keys(dependencies)) visit(dependency, join(beside, dependency));
  };
  for (const [name, specifier] of Object.entries(project.imports)) {
    if (specifier.startsWith("npm:") && !notCarried.has(name)) visit(name, join(folder, name));
  }
  return [...parts.values()].sort((a, b) => a.name < b.name ? -1 : 1);
}
