import assert from "node:assert/strict";

interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly { readonly code?: { readonly specifier?: string }; readonly isDynamic?: boolean }[];
}

/** All that is loaded with a module of the project, whatever happens then. */
async function loadedWith(path: string): Promise<string[]> {
  const root = new URL("../../../", import.meta.url), start = new URL(path, root).href;
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json", start], cwd: root }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as { modules: readonly Module[] };
  const known = new Map(modules.map((module) => [module.specifier, module]));
  const loaded = new Set<string>(), open = [start];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (loaded.has(next)) continue;
    loaded.add(next);
    for (const { code, isDynamic } of known.get(next)?.dependencies ?? []) {
      if (code?.specifier !== undefined && isDynamic !== true) open.push(code.specifier);
    }
  }
  return [...loaded].map((specifier) => specifier.replace(root.href, ""));
}

Deno.test("A start, and an encode without workers, load nothing that speaks to workers", async () => {
  for (const path of ["main.ts", "lib/cli/encode_command.ts"]) {
    const loaded = await loadedWith(path);
    assert(loaded.includes("lib/errors.ts"), "the graph was read");
    const unwanted = /^lib\/remote\/(client|tls|auth|wire)\/|^node:(tls|net|crypto)$|smol-toml|node-forge|x509/;
    assert.deepEqual(loaded.filter((module) => unwanted.test(module)), [], path);
  }
});

Deno.test("A start loads the options of no command but the encode", async () => {
  const loaded = await loadedWith("main.ts");
  assert(loaded.includes("lib/cli/option_table.ts"), "the graph was read");
  const unwanted = /^lib\/remote\/|_command\.ts$|command_list|few_options|(?<!unserved)_options\.ts$/;
  assert.deepEqual(loaded.filter((module) => unwanted.test(module)), []);
});

Deno.test("An encode of a y4m file loads nothing that pipes, other inputs and their streams need", async () => {
  const loaded = await loadedWith("lib/cli/encode_command.ts");
  assert(loaded.includes("lib/encode/file_source.ts"), "the graph was read");
  const unwanted =
    /^lib\/streams\/|^lib\/inputs\/(?!choose_input|source_facts)|started_child|open_pipe|pipe_source|pack_store|pack_threads|spill_/;
  assert.deepEqual(loaded.filter((module) => unwanted.test(module)), []);
  // They are there all the same, one import away.
  const places = ["lib/inputs/open_source.ts", "lib/inputs/image_sequence.ts", "lib/streams/join_streams.ts"];
  for (const module of [...places, "lib/cli/encode_pipe_source.ts", "lib/pipe/open_pipe.ts"]) {
    assert((await loadedWith(module)).includes(module));
  }
});
