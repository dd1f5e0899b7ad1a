import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { neededGlibc } from "../../ship/glibc.ts";
import { writeClip } from "../support/clips.ts";
import { smallClip } from "../support/work_folder.ts";
import { executable, Home, names } from "./unpacked.ts";

Deno.test("it encodes with nothing installed, from an empty folder, with an empty home", async () => {
  using home = new Home();
  const folder = join(home.path, "work");
  Deno.mkdirSync(folder);
  writeClip(join(folder, "in.y4m"), smallClip);
  const { code, stderr } = await home.start(["in.y4m", "-o", "out.ivf", "-s", "10"], { cwd: folder });
  assert.equal(code, 0, stderr);
  assert.deepEqual(names(folder), ["in.y4m", "out.ivf"]);
  assert.deepEqual(names(home.path), [".cache", "work"]);
});

Deno.test("the second start unpacks nothing", async () => {
  using home = new Home();
  const folder = await home.unpack();
  const before = Deno.statSync(join(folder, "rav1e-by-gop")).ino;
  assert.equal(await home.unpack(), folder);
  assert.equal(Deno.statSync(join(folder, "rav1e-by-gop")).ino, before);
  assert.deepEqual(names(home.cache), [basename(folder), "lock"]);
  assert.deepEqual(names(folder).filter((name) => /^(starting|failed)/.test(name)), []);
});

Deno.test("what is unpacked is this user's alone and cannot be written", async () => {
  using home = new Home();
  const folder = await home.unpack();
  assert.equal(Deno.statSync(folder).mode! & 0o777, 0o700);
  for (const { name, isFile } of Deno.readDirSync(folder)) {
    if (isFile) assert.equal(Deno.statSync(join(folder, name)).mode! & 0o277, 0, name);
  }
});

Deno.test("--version and --licenses say what this executable is and holds", async () => {
  using home = new Home();
  const version = await home.start(["--version"]);
  assert.match(version.stdout, /^rav1e-by-gop \S+ \(self-extracting executable\)\n/);
  assert.match(version.stdout, /^native library: .*(baseline|x86-64-v3) build$/m);
  const { stdout, code } = await home.start(["--licenses"]);
  assert.equal(code, 0);
  for (const part of ["rav1e 0.8.1 (BSD-2-Clause)", "Deno ", "commander ", "zstd-sys ", "V8 "]) {
    assert(stdout.includes(`\n${part}`), part);
  }
});

Deno.test({
  name: "nothing in it asks for a newer glibc than its runtime does",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    using home = new Home();
    const folder = await home.unpack();
    const libraries = names(folder).filter((name) => name.endsWith(".so"));
    assert(libraries.length > 0);
    for (const path of [executable, ...libraries.map((name) => join(folder, name))]) {
      // Of the executable the launcher, which is its beginning; behind it everything is compressed.
      const [major, minor] = neededGlibc(Deno.readFileSync(path).subarray(0, 8 << 20))!.split(".").map(Number);
      assert(major === 2 && minor! <= 27, `${path}: ${major}.${minor}`);
    }
  },
});

Deno.test("exit codes and messages are the program's", async () => {
  using home = new Home();
  const { code, stdout, stderr } = await home.start(["--speed", "11", "in.y4m"]);
  assert.deepEqual([code, stdout, stderr], [2, "", "rav1e-by-gop: --speed 11: must be 0 to 10\n"]);
});

Deno.test("words of the command line arrive as they are", async () => {
  using home = new Home();
  for (const word of ["--", "--allow-all", "{folder}", "a b", "", "ü", "--inspect-brk"]) {
    const { code, stderr } = await home.start(["in.y4m", "-o", "out.ivf", "--speed", word]);
    const found = word === "" ? "''" : word;
    assert.equal(code, 2, word);
    assert(stderr.includes(found) || /--speed needs a value/.test(stderr), `${word}: ${stderr}`);
  }
});

Deno.test("called rav1e-worker it is the worker", async () => {
  using home = new Home();
  const link = join(home.path, "rav1e-worker");
  Deno.symlinkSync(executable, link);
  const asLink = await home.start(["--help"], { program: link });
  assert.deepEqual(asLink, await home.start(["worker", "--help"]));
  assert.notDeepEqual(asLink, await home.start(["--help"]));
});

Deno.test("the process stays the same and answers its signals", async () => {
  using home = new Home();
  await home.unpack();
  writeClip(join(home.path, "in.y4m"), smallClip);
  // Slow enough to be met at work.
  const child = home.spawn(["in.y4m", "-o", "out.ivf", "-s", "0", "--progress", "json"]);
  const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  const { value } = await reader.read();
  assert.match(value ?? "", /^\{/);
  assert.equal(Deno.readLinkSync(`/proc/${child.pid}/exe`), join(home.unpacked(), "rav1e-by-gop"));
  child.kill("SIGTERM");
  while (!(await reader.read()).done);
  const [{ code }] = await Promise.all([child.status, child.stdout.cancel()]);
  assert.equal(code, 143);
  assert(!names(home.path).includes("out.ivf"));
});

Deno.test("standard input is the program's", async () => {
  using home = new Home();
  await home.unpack();
  writeClip(join(home.path, "in.y4m"), smallClip);
  const given = join(home.path, "given");
  Deno.writeTextFileSync(given, "");
  const under = ["/bin/sh", "-c", 'exec "$@" <"$0"', given];
  const child = home.spawn(["in.y4m", "-o", "out.ivf", "-s", "0", "--progress", "json"], { under });
  const reader = child.stderr.getReader();
  await reader.read();
  assert.equal(Deno.readLinkSync(`/proc/${child.pid}/fd/0`), given);
  child.kill("SIGKILL");
  while (!(await reader.read()).done);
  await Promise.all([child.status, child.stdout.cancel()]);
});

Deno.test("closed standard streams do it no harm, but that what it was to print is missing", async () => {
  using home = new Home();
  for (const [closed, code] of [["<&-", 0], ["<&- 2>&-", 0], ["<&- >&- 2>&-", 1]] as const) {
    const under = ["/bin/sh", "-c", `exec "$0" "$@" ${closed}`];
    assert.equal((await home.start(["--help"], { under })).code, code, closed);
  }
  assert.equal(names(home.cache).length, 2);
});

Deno.test("a folder full of other projects' settings changes nothing", async () => {
  using home = new Home();
  const traps = ["deno.json", "deno.jsonc", "package.json", "deno.lock", "import_map.json", ".npmrc", "tsconfig.json"];
  for (const name of traps) Deno.writeTextFileSync(join(home.path, name), "{ not: readable");
  Deno.mkdirSync(join(home.path, "node_modules"));
  // The folders above the unpacked files are looked at as well by runtimes.
  Deno.mkdirSync(home.cache, { recursive: true, mode: 0o700 });
  for (const name of traps) Deno.writeTextFileSync(join(home.cache, name), "{ not: readable");
  const variables = ["DENO_DIR", "DENO_CONFIG", "DENO_V8_FLAGS", "DENO_COVERAGE_DIR", "DENO_CONDITIONS"];
  const env = Object.fromEntries(variables.map((name) => [name, "/nonexistent"]));
  const { code, stderr } = await home.start(["--version"], { env });
  assert.deepEqual([code, stderr], [0, ""]);
});

Deno.test("a cut off or altered executable says so", async () => {
  using home = new Home();
  const whole = Deno.readFileSync(executable);
  const cut = join(home.path, "cut");
  for (const length of [whole.length - 1, whole.length - 5000, whole.length >> 1, 1_000_000]) {
    Deno.writeFileSync(cut, whole.subarray(0, length), { mode: 0o755 });
    const { code, stderr } = await home.start(["--help"], { program: cut });
    assert.equal(code, 1, `${length}`);
    assert.match(stderr, /^rav1e-by-gop: Cannot start: this executable is damaged \(.+\); download it again\n$/);
  }
  whole[whole.length >> 1]! ^= 1;
  Deno.writeFileSync(cut, whole, { mode: 0o755 });
  const { code, stderr } = await home.start(["--help"], { program: cut });
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^rav1e-by-gop: Cannot start: this executable is damaged \(rav1e-by-gop: .+\); download it again\n$/,
  );
  assert.deepEqual(names(home.cache), ["lock"]);
});
