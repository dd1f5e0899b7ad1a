// The modules that run in threads of their own, found by reading the program: every `new Worker` in the modules that main.ts
// reaches, and in those of the threads. One that starts a module in a way this file does not read is an error, so that
// an executable never lacks a thread.

import { fromFileUrl, type Run } from "./command.ts";

/** The address of a module beside the one that starts it: new URL("./thread.ts", import.meta.url). */
const address = String.raw`new URL\(\s*"([^"]+)",\s*import\.meta\.url,?\s*\)`;
/** Started with the address itself, or with the name of a constant that holds one. */
const start = new RegExp(String.raw`\bnew Worker\(\s*(?:${address}|(\w+)(?=\s*[,)]))`, "g");
const constant = new RegExp(String.raw`\bconst (\w+) = ${address}`, "g");
const anyStart = /\bnew Worker\(/g;

/** The module paths, relative to their own module, that `text` starts as threads. Throws where one cannot be read. */
export function threadsIn(text: string, where: string): string[] {
  const constants = new Map([...text.matchAll(constant)].map(([, name, path]) => [name!, path!]));
  const found = [...text.matchAll(start)].map(([, path, name]) => path ?? constants.get(name!));
  const read = found.filter((path) => path !== undefined);
  const all = text.match(anyStart)?.length ?? 0;
  if (read.length !== all) {
    throw new Error(
      `Cannot bundle ${where}: ${all - read.length} of ${all} threads are started in a way that is not understood; ` +
        `write new Worker(new URL("./thread.ts", import.meta.url), ...)`,
    );
  }
  return read;
}

/** Paths of all thread modules that the module at `main` leads to. */
export async function threadModules(main: string, run: Run): Promise<string[]> {
  const threads = new Set<string>();
  const read = new Set<string>();
  const roots = [main];
  for (let root = roots.pop(); root !== undefined; root = roots.pop()) {
    for (const module of await modulesOf(root, run)) {
      if (read.has(module)) continue;
      read.add(module);
      for (const relative of threadsIn(Deno.readTextFileSync(module), module)) {
        const thread = fromFileUrl(new URL(relative, `file://${module}`));
        if (!threads.has(thread)) roots.push(thread);
        threads.add(thread);
      }
    }
  }
  return [...threads].sort();
}

/** Local paths of the modules that `root` imports, itself included; no packages. */
async function modulesOf(root: string, run: Run): Promise<string[]> {
  const json = await run(Deno.execPath(), ["info", "--json", root]);
  const { modules } = JSON.parse(json) as { modules: { kind: string; local?: string; error?: string }[] };
  const broken = modules.find(({ error }) => error !== undefined);
  if (broken !== undefined) throw new Error(`Cannot bundle ${root}: ${broken.error}`);
  return modules.flatMap(({ kind, local }) => kind === "esm" && local !== undefined ? [local] : []);
}
