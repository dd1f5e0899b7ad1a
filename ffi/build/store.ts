// The libraries built so far: build/native/<machine>/<sources>-<compiler>[-noasm-<nasm>].so, each complete (written beside
// and renamed) and never changed. What is looked for is found by name alone. A machine touches only its own folder, because
// others may share the checkout.

import { basename, join } from "node:path";

/** Libraries kept a machine: enough to go back and forth between branches. */
const keptLibraries = 4;

const extension = Deno.build.os === "darwin" ? ".dylib" : ".so";

/** What a library was made of; every part a short hash. */
export interface LibraryKey {
  readonly sources: string;
  /** undefined: any will do, there is none to build with. */
  readonly compiler: string | undefined;
  /** Identity of the nasm that could not be used, for a library without assembly. */
  readonly withoutAssembly?: string;
}

export interface StoredLibrary {
  readonly path: string;
  readonly sources: string;
  readonly compiler: string;
  readonly withoutAssembly: string | undefined;
  readonly builtAt: number;
}

/** 12 hexadecimal digits that stand for `parts`. (SubtleCrypto, since loading node:crypto takes longer than all the rest.) */
export async function shortHash(parts: readonly (string | Uint8Array<ArrayBuffer>)[]): Promise<string> {
  const encoder = new TextEncoder();
  const chunks = parts.flatMap((part) => {
    const bytes = typeof part === "string" ? encoder.encode(part) : part;
    return [encoder.encode(`${bytes.length}:`), bytes];
  });
  const digest = await crypto.subtle.digest("SHA-256", await new Blob(chunks).arrayBuffer());
  return new Uint8Array(digest).toHex().slice(0, 12);
}

/** The hash of everything in the crate's folder that decides the library. Throws where the crate is not there. */
export function hashSources(crate: string): Promise<string> {
  const files = ["Cargo.toml", "Cargo.lock", "build.rs", ...sourceFiles(crate, "src")];
  return shortHash(files.flatMap((name) => {
    try {
      return [name, Deno.readFileSync(join(crate, name))];
    } catch (error) {
      if (name === "build.rs" && error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  }));
}

function sourceFiles(crate: string, folder: string): string[] {
  return [...Deno.readDirSync(join(crate, folder))].flatMap(({ name, isDirectory }) =>
    isDirectory ? sourceFiles(crate, `${folder}/${name}`) : [`${folder}/${name}`]
  ).sort();
}

/** All libraries in a machine's folder, newest first. */
export function listLibraries(folder: string): StoredLibrary[] {
  const libraries: StoredLibrary[] = [];
  for (const name of namesIn(folder)) {
    const match = /^([0-9a-f]{12})-([0-9a-f]{12})(?:-noasm-([0-9a-f]{12}))?\.(so|dylib)$/.exec(name);
    if (match === null) continue;
    const path = join(folder, name);
    const builtAt = Deno.statSync(path).mtime?.getTime() ?? 0;
    libraries.push({ path, sources: match[1]!, compiler: match[2]!, withoutAssembly: match[3], builtAt });
  }
  return libraries.sort((a, b) => b.builtAt - a.builtAt);
}

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** The stored library for a key: with assembly for choice, without it only if the same nasm (or none) would be used again. */
export function findLibrary(folder: string, key: LibraryKey): StoredLibrary | undefined {
  const fitting = listLibraries(folder).filter(({ sources, compiler }) =>
    sources === key.sources && (key.compiler === undefined || compiler === key.compiler)
  );
  return fitting.find(({ withoutAssembly }) => withoutAssembly === undefined) ??
    fitting.find(({ withoutAssembly }) => key.compiler === undefined || withoutAssembly === key.withoutAssembly);
}

/** Puts a built library under its name and removes the oldest ones of the same machine. Only under the folder's lock. */
export function publishLibrary(built: string, folder: string, key: LibraryKey): string {
  const assembly = key.withoutAssembly === undefined ? "" : `-noasm-${key.withoutAssembly}`;
  const path = join(folder, `${key.sources}-${key.compiler}${assembly}${extension}`);
  const incomplete = `${path}.part`;
  Deno.copyFileSync(built, incomplete);
  {
    using file = Deno.openSync(incomplete, { write: true });
    file.syncSync();
  }
  // A time of its own: a copy may carry the time of the original, and the newest are kept.
  Deno.utimeSync(incomplete, new Date(), new Date());
  Deno.renameSync(incomplete, path);
  sweep(folder, basename(path));
  return path;
}

/** Removes all but the newest libraries, and what killed builds left. */
function sweep(folder: string, fresh: string): void {
  for (const name of namesIn(folder)) if (name.endsWith(".part")) Deno.removeSync(join(folder, name));
  const others = listLibraries(folder).filter(({ path }) => basename(path) !== fresh);
  for (const { path } of others.slice(keptLibraries - 1)) Deno.removeSync(path);
}
