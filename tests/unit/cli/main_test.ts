import assert from "node:assert/strict";
import { fromRoot, runMain, startScript } from "./run_program.ts";

/** A program whose encode does what `encode` says. */
function program(encode: string, ...args: string[]): string {
  return `
    import { main } from "lib/cli/main.ts";
    import { IncompleteError } from "lib/errors.ts";
    const deps = { encode: (command) => { ${encode} }, libraryInfo: () => Promise.resolve(undefined) };
    const write = Deno.stderr.write;
    // What goes to standard error, on standard output, where the test reads lines.
    Deno.stderr.write = (bytes) => Deno.stdout.write(bytes);
    const code = await main(${JSON.stringify(args)}, deps);
    Deno.stderr.write = write;
    Deno.exit(code);
  `;
}

async function outcome(encode: string, ...args: string[]): Promise<{ code: number; lines: string[] }> {
  await using child = await startScript(program(encode, "in.y4m", "-o", "out.ivf", ...args));
  const lines: string[] = [];
  for (let line = await child.line(); line !== undefined; line = await child.line()) lines.push(line);
  return { code: (await child.process.status).code, lines };
}

Deno.test("main() returns the command's exit code", async () => {
  assert.deepEqual(await outcome("return Promise.resolve(1);"), { code: 1, lines: [] });
});

Deno.test("main() says an error in one line and no stack", async () => {
  assert.deepEqual(await outcome(`throw new IncompleteError("Cannot go on:\\n  2 of 3 frames");`), {
    code: 1,
    lines: ["rav1e-by-gop: Cannot go on:; 2 of 3 frames"],
  });
});

Deno.test("main() shows the stack with --verbose", async () => {
  const { code, lines } = await outcome(`throw new IncompleteError("Cannot go on");`, "--verbose");
  assert.equal(code, 1);
  assert.equal(lines[0], "rav1e-by-gop: Cannot go on");
  assert(lines.some((line) => /^\s+at /.test(line)));
});

Deno.test("main() calls what it did not expect its own fault", async () => {
  for (const thrown of [`new TypeError("x is undefined")`, `"x is undefined"`]) {
    const { code, lines } = await outcome(`throw ${thrown};`);
    assert.equal(code, 1);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", /^rav1e-by-gop: internal error: x is undefined; please report it.*--verbose$/);
  }
});

Deno.test("main() reports what failed first, not what failed while closing", async () => {
  const encode = `
    using _ = { [Symbol.dispose]() { throw new TypeError("close"); } };
    throw new IncompleteError("Cannot go on");
  `;
  assert.deepEqual(await outcome(encode), { code: 1, lines: ["rav1e-by-gop: Cannot go on"] });
});

Deno.test("main.ts keeps messages off standard output and exits with 2", async () => {
  const { code, stdout, stderr } = await runMain(["--speed", "11", "in.y4m"]);
  assert.deepEqual([code, stdout, stderr], [2, "", "rav1e-by-gop: --speed 11: must be 0 to 10\n"]);
});

Deno.test("main.ts prints help and version on standard output", async () => {
  const help = await runMain(["--help"]);
  assert.deepEqual([help.code, help.stderr], [0, ""]);
  assert.match(help.stdout, /\nUsage: rav1e-by-gop /);
  const version = await runMain(["--version"]);
  assert.deepEqual([version.code, version.stderr], [0, ""]);
  assert.match(version.stdout, /^rav1e-by-gop \d/);
});

Deno.test("main.ts reads relative paths in the folder its user stands in", async () => {
  const folder = await Deno.makeTempDir();
  try {
    // Found relative to the folder, and found to be no table.
    await Deno.writeTextFile(`${folder}/table`, "nothing");
    const args = ["in.y4m", "-o", "out.ivf", "--film-grain-table", "table"];
    const there = await runMain(args, { env: { RAV1E_BY_GOP_CWD: folder } });
    assert.match(there.stderr, /table is no film grain table/);
    const here = await runMain(args, { env: { RAV1E_BY_GOP_CWD: "" } });
    assert.match(here.stderr, /cannot read table: no such file/);
    const nowhere = await runMain(args, { env: { RAV1E_BY_GOP_CWD: `${folder}/none` } });
    assert.equal(nowhere.code, 2);
    assert.match(nowhere.stderr, /^rav1e-by-gop: Cannot work in .*none: no such file or directory\n$/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("main.ts is not troubled by a reader that has gone", async () => {
  for (const [stream, words, expected] of [["stdout", ["--help"], 0], ["stderr", ["--speed", "11"], 2]] as const) {
    const script = ["-c", 'read go; exec "$@"', "sh", Deno.execPath(), "run", "--allow-all", "--no-check"];
    const child = new Deno.Command("sh", {
      args: [...script, fromRoot("main.ts"), ...words],
      stdin: "piped",
      stdout: "null",
      stderr: "null",
      [stream]: "piped",
    }).spawn();
    // Only then is the program started: its first write finds nobody.
    await child[stream].cancel();
    const stdin = child.stdin.getWriter();
    await stdin.write(new TextEncoder().encode("go\n"));
    await stdin.close();
    assert.equal((await child.status).code, expected);
  }
});
