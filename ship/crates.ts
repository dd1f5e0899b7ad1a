// The Rust crates that end up in the library and the launcher, with the texts of their licences: cargo's own list, without
// what only builds or tests use. Of several licences to choose from, MIT is taken where it is offered.

import { dirname, join } from "node:path";
import type { Rust } from "../ffi/build/rust.ts";
import { root, type Run } from "./command.ts";

/** Something that is carried. */
export interface Part {
  /** With its version. */
  readonly name: string;
  /** SPDX expression, as published. */
  readonly licence: string;
  readonly texts: string[];
}

interface Metadata {
  packages: {
    id: string;
    name: string;
    version: string;
    license: string | null;
    authors: string[];
    manifest_path: string;
    targets: { kind: string[] }[];
  }[];
  resolve: {
    root: string;
    nodes: { id: string; deps: { pkg: string; dep_kinds: { kind: string | null }[] }[] }[];
  };
}

/** The crates of both Cargo projects. */
export async function crateParts(rust: Rust, run: Run, offline: boolean): Promise<Part[]> {
  const parts = new Map<string, Part>();
  for (const crate of ["ffi/librav1e", "ship/launcher"]) {
    const args = ["metadata", "--format-version", "1", "--locked", "--filter-platform", Deno.build.target];
    if (offline) args.push("--offline");
    const metadata: Metadata = JSON.parse(
      await run(rust.cargo, args, { cwd: join(root, crate), env: rust.environment }),
    );
    for (const part of partsOf(metadata)) parts.set(part.name, part);
  }
  return [...parts.values()].sort((a, b) => a.name < b.name ? -1 : 1);
}

function partsOf({ packages, resolve }: Metadata): Part[] {
  const linked = new Set<string>();
  const waiting = resolve.nodes.find(({ id }) => id === resolve.root)!.deps;
  for (let dependency = waiting.pop(); dependency !== undefined; dependency = waiting.pop()) {
    const { pkg, dep_kinds } = dependency;
    const { targets } = packages.find(({ id }) => id === pkg)!;
    // Macros run in the compiler; what builds or tests use stays there.
    const stays = targets.some(({ kind }) => kind.includes("proc-macro")) ||
      dep_kinds.every(({ kind }) => kind !== null);
    if (stays || linked.has(pkg)) continue;
    linked.add(pkg);
    waiting.push(...resolve.nodes.find(({ id }) => id === pkg)!.deps);
  }
  return packages.filter(({ id }) => linked.has(id)).map(({ name, version, license, authors, manifest_path }) => ({
    name: `${name} ${version}`,
    licence: license ?? "see below",
    texts: textsIn(dirname(manifest_path), license ?? "", authors),
  }));
}

function textsIn(folder: string, licence: string, authors: readonly string[]): string[] {
  const names = (path: string) => [...Deno.readDirSync(path)];
  const notices = (path: string) =>
    names(path).filter(({ isFile, name }) => isFile && /^(licen[cs]e|copying|notice|patents|unlicense)/i.test(name))
      .map(({ name }) => join(path, name)).sort();
  let found = notices(folder);
  const mit = found.filter((path) => /mit/i.test(path.slice(folder.length)));
  if (/\bMIT\b/.test(licence) && mit.length > 0) found = mit;
  // C sources that a crate brings along have a folder and terms of their own.
  const inner = names(folder).filter(({ isDirectory }) => isDirectory).flatMap(({ name }) =>
    notices(join(folder, name))
  );
  const texts = [...found, ...inner].map((path) => Deno.readTextFileSync(path));
  if (texts.length > 0 || !/\bMIT\b/.test(licence)) return texts;
  // Some publish under MIT and leave its text out.
  const terms = Deno.readTextFileSync(join(root, "ship", "notices", "mit.txt"));
  return [`Copyright (c) ${authors.join(", ") || "its authors"}\n\n${terms}`];
}
