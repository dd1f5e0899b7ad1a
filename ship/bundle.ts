// The program as JavaScript, in one flat folder: main.js, a module for each of its threads under its own name, and the
// chunks they share. Commands that are loaded when they are wanted stay chunks of their own, which starts faster than one
// big file. Threads are found beside the chunk that starts them.

import { basename, join } from "node:path";
import { root, type Run } from "./command.ts";
import { threadModules } from "./threads.ts";

/** Bundles main.ts into `folder`, which is emptied first. */
export async function bundleProgram(folder: string, run: Run): Promise<void> {
  const main = join(root, "main.ts");
  const modules = [main, ...await threadModules(main, run)];
  // Entries of one folder come out beside each other.
  const entries = `${folder}-entries`;
  for (const path of [folder, entries]) empty(path);
  const stubs = modules.map((module) => {
    const stub = join(entries, basename(module));
    Deno.writeTextFileSync(stub, `import ${JSON.stringify(module)};\n`, { createNew: true });
    return stub;
  });
  const config = ["--config", join(root, "deno.json")];
  await run(Deno.execPath(), [
    "bundle",
    "--quiet",
    ...config,
    "--platform",
    "deno",
    "--code-splitting",
    "--outdir",
    folder,
    ...stubs,
  ]);
  const names = new Set([...Deno.readDirSync(folder)].map(({ name }) => name));
  for (const name of names) {
    const path = join(folder, name);
    Deno.writeTextFileSync(path, withThreadsBeside(Deno.readTextFileSync(path), names));
  }
}

/** Has threads started from the bundle's own folder, where `names` are. */
export function withThreadsBeside(text: string, names: ReadonlySet<string>): string {
  return text.replaceAll(
    /(new URL\(\s*")([^"]+)\.ts("\s*,\s*import\.meta\.url)/g,
    (_, before: string, module: string, after: string) => {
      const name = `${basename(module)}.js`;
      if (!names.has(name)) throw new Error(`Cannot bundle ${module}.ts: there is no ${name} for it`);
      return `${before}./${name}${after}`;
    },
  );
}

function empty(folder: string): void {
  try {
    Deno.removeSync(folder, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  Deno.mkdirSync(folder, { recursive: true });
}
