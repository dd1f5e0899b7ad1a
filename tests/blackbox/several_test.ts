// Several inputs at once: each output is what an encode by itself makes, slots do not wait for a tail, a failure is one
// input's alone, and the same command goes on with what is not complete.

import assert from "node:assert/strict";
import { type Clip, clip, scenes } from "../support/clips.ts";
import { hasFfmpeg } from "../support/ffmpeg.ts";
import { runProgram } from "../support/program.ts";
import { messages, type ProgressLine, RunningProgram } from "../support/running_program.ts";
import { RunningWorker, workerPassword } from "../support/running_worker.ts";
import { smallClipEncoded, WorkFolder } from "../support/work_folder.ts";

const record = ".rav1e-by-gop.queue";
const quick = ["-s", "10", "--format", "ivf"];

function folderWith(clips: Record<string, Clip | undefined>): WorkFolder {
  const folder = new WorkFolder();
  for (const [name, what] of Object.entries(clips)) folder.clip(name, {}, what);
  Deno.mkdirSync(folder.file("out"));
  return folder;
}

async function run(folder: WorkFolder, args: string[], env: Record<string, string> = {}) {
  const { code, signal, stderr, stdout } = await runProgram([...args, ...quick, "--progress", "json"], {
    cwd: folder.path,
    env,
  });
  const said = stderr.trimEnd().split("\n").filter((line) => line !== "");
  const lines = said.map((line): ProgressLine => JSON.parse(line));
  const of = (kind: string) => messages(said, kind);
  return { code, signal, stdout, lines, notes: of("note"), warnings: of("warning"), errors: of("error") };
}

function made(folder: WorkFolder): string[] {
  return Array.from(Deno.readDirSync(folder.file("out")), ({ name }) => name).sort();
}

/** What the program makes of an input by itself. */
async function alone(folder: WorkFolder, input: string): Promise<Uint8Array> {
  const { code, errors } = await run(folder, [input, "-o", "alone.ivf", "-y"]);
  assert.equal(code, 0, errors.join("\n"));
  return folder.read("alone.ivf");
}

const other = clip(scenes(14, 12, 20), { width: 80, height: 64 });

Deno.test("several inputs become several outputs, each as if it were the only one, and nothing else is left", async () => {
  using folder = folderWith({ "one.y4m": undefined, "two.film.y4m": other });
  const { code, lines, errors, warnings } = await run(folder, ["one.y4m", "two.film.y4m", "-o", "out"]);
  assert.deepEqual([code, errors, warnings], [0, [], []]);
  assert.deepEqual(made(folder), ["one.ivf", "two.film.ivf"]);
  assert.deepEqual(folder.read("out/one.ivf"), await smallClipEncoded());
  assert.deepEqual(folder.read("out/two.film.ivf"), await alone(folder, "two.film.y4m"));
  const outputs = lines.filter(({ type, output }) => type === "summary" && output).map(({ output }) => output);
  assert.deepEqual(outputs.sort(), ["out/one.ivf", "out/two.film.ivf"]);
  assert.equal(lines.findLast(({ type }) => type === "summary")?.frames, 37 + 46);
  assert.equal(lines.find(({ type }) => type === "end")?.framesDone, 37 + 46);
});

Deno.test("the next input is encoded while the last segment of the one before is at work", async () => {
  using folder = folderWith({ "one.y4m": undefined, "two.y4m": clip(scenes(13), { width: 64, height: 48 }) });
  const args = ["one.y4m", "two.y4m", "-o", "out", "--threads", "2", ...quick];
  // A slot that never comes back from the first one's last segment.
  const program = new RunningProgram(args, { cwd: folder.path, env: { RAV1E_BY_GOP_FAULTS: "segment:2:hang:9" } });
  await program.until(({ type, output }) => type === "summary" && output === "out/two.ivf");
  program.process.kill("SIGINT");
  const { code, rest } = await program.ended();
  assert.equal(code, 130);
  assert.match(messages(rest, "error").at(-1)!, /1 of 2 outputs is complete/);
});

Deno.test("an input that cannot be encoded is said and stops no other; the same command then does what is left", async () => {
  using folder = folderWith({ "one.y4m": undefined, "three.y4m": other });
  folder.write("two.y4m", "YUV4MPEG2 W64 H48 F25:1\nFRAME\nshort");
  const command = ["one.y4m", "none.y4m", "two.y4m", "three.y4m", "-o", "out", "-y"];
  const first = await run(folder, command);
  assert.equal(first.code, 1);
  assert.deepEqual(made(folder), [record, "one.ivf", "three.ivf"]);
  const [none, two, all] = first.errors;
  const failed = first.lines.filter(({ kind, output }) => kind === "error" && output).map(({ output }) => output);
  assert.deepEqual(failed, ["out/none.ivf", "out/two.ivf"]);
  assert.match(none!, /^none\.ivf: Cannot read none\.y4m: no such file/);
  assert.match(two!, /^two\.ivf: Cannot /);
  assert.match(all!, /^2 of 4 outputs are complete; failed: 'none\.y4m', 'two\.y4m'/);

  folder.clip("two.y4m");
  folder.clip("none.y4m", {}, other);
  const times = () => ["one", "three"].map((name) => Deno.statSync(folder.file(`out/${name}.ivf`)).mtime?.getTime());
  const before = times();
  const second = await run(folder, command);
  assert.deepEqual([second.code, second.errors], [0, []]);
  assert.deepEqual(times(), before);
  assert.deepEqual(folder.read("out/two.ivf"), await smallClipEncoded());
  assert.deepEqual(made(folder), ["none.ivf", "one.ivf", "three.ivf", "two.ivf"]);
});

Deno.test("an output that is complete is encoded again where its input or the options are others", async () => {
  using folder = folderWith({ "one.y4m": undefined });
  const command = ["one.y4m", "none.y4m", "-o", "out", "-y"];
  assert.equal((await run(folder, command)).code, 1);
  const slower = await run(folder, [...command, "-q", "200"]);
  assert.deepEqual(slower.lines.filter(({ type }) => type === "summary").map(({ output }) => output), ["out/one.ivf"]);
  const throughFfmpeg = hasFfmpeg ? [["--bit-depth", "10"], ["--video-filter", "hflip"]] : [];
  for (const option of throughFfmpeg) {
    const { lines } = await run(folder, [...command, ...option]);
    const encoded = lines.filter(({ type, output }) => type === "summary" && output);
    assert.deepEqual(encoded.map(({ output }) => output), ["out/one.ivf"], option.join(" "));
  }
  folder.clip("one.y4m", {}, other);
  await run(folder, command);
  assert.deepEqual(folder.read("out/one.ivf"), await alone(folder, "one.y4m"));
});

Deno.test("another list for the same folder, complete, does not make the folder forget what is complete of the first", async () => {
  using folder = folderWith({ "one.y4m": undefined, "three.y4m": other });
  const command = ["one.y4m", "none.y4m", "-o", "out"];
  assert.equal((await run(folder, command)).code, 1);
  assert.deepEqual((await run(folder, ["three.y4m", "-o", "out"])).errors, []);
  folder.clip("two.y4m", {}, other);
  assert.deepEqual((await run(folder, ["three.y4m", "two.y4m", "-o", "out", "-y"])).errors, []);
  folder.clip("none.y4m", {}, other);
  const again = await run(folder, command);
  assert.deepEqual([again.code, again.errors], [0, []]);
  assert.deepEqual(made(folder), ["none.ivf", "one.ivf", "three.ivf", "two.ivf"]);
});

Deno.test("several encodes go on after a kill and after Ctrl-C, with the same bytes", async () => {
  using folder = folderWith({ "one.y4m": undefined, "two.y4m": other, "three.y4m": undefined });
  const command = ["one.y4m", "two.y4m", "three.y4m", "-o", "out"];
  const killed = await run(folder, command, { RAV1E_BY_GOP_FAULTS: "kill:segment-kept:5" });
  assert.equal(killed.signal, "SIGKILL");
  const program = new RunningProgram([...command, ...quick], { cwd: folder.path });
  await program.until(({ type }) => type === "segment");
  program.process.kill("SIGINT");
  const { code, rest } = await program.ended();
  const line = messages(rest, "error").at(-1);
  if (code !== 0) {
    assert.equal(code, 130, line);
    assert.match(
      line!,
      /^interrupted after \d+ of \d+ frames; .* slot-minutes .* of 3 outputs (is|are) complete, .*; go on with: /,
    );
  }
  const last = await run(folder, command);
  assert.deepEqual([last.code, last.errors], [0, []]);
  assert.deepEqual(made(folder), ["one.ivf", "three.ivf", "two.ivf"]);
  assert.deepEqual(folder.read("out/one.ivf"), await smallClipEncoded());
  assert.deepEqual(folder.read("out/three.ivf"), await smallClipEncoded());
  assert.deepEqual(folder.read("out/two.ivf"), await alone(folder, "two.y4m"));
});

Deno.test("the end says what part of all slots' time was useful, those of workers included", async () => {
  using folder = folderWith({ "one.y4m": undefined, "two.y4m": other });
  await using worker = await RunningWorker.start(["--threads", "2"]);
  const table = `[[workers]]\nhost = "127.0.0.1"\nport = ${worker.port}\npassword = "${workerPassword}"\n`;
  folder.write("workers.toml", table);
  Deno.chmodSync(folder.file("workers.toml"), 0o600);
  const args = ["one.y4m", "two.y4m", "-o", "out", "--no-local", "--workers", "workers.toml"];
  const { code, lines, errors } = await run(folder, args);
  assert.equal(code, 0, errors.join("\n"));
  const summary = lines.findLast(({ type, outputs }) => type === "summary" && outputs !== undefined)!;
  assert.equal(summary.slots, 2, "the worker's, though each input counts on some");
  assert.ok((summary.efficiency as number) > 0 && (summary.efficiency as number) <= 1, `${summary.efficiency}`);
});

Deno.test("an output that another command made while those before it were encoded is left as it is", async () => {
  using folder = folderWith({ "one.y4m": undefined, "two.y4m": other, "three.y4m": other });
  new Deno.Command("mkfifo", { args: [folder.file("first.y4m")] }).outputSync();
  const inputs = ["first.y4m", "one.y4m", "two.y4m"];
  const program = new RunningProgram([...inputs, "-o", "out", ...quick], { cwd: folder.path });
  // It opens the pipe when it has looked at all outputs.
  using writer = await Deno.open(folder.file("first.y4m"), { write: true });
  assert.equal((await run(folder, ["two.y4m", "none.y4m", "-o", "out"])).code, 1);
  folder.write("out/one.ivf", "somebody's");
  const written = Deno.statSync(folder.file("out/two.ivf"));
  await new Blob([folder.read("three.y4m") as Uint8Array<ArrayBuffer>]).stream().pipeTo(writer.writable);
  const { code, rest } = await program.ended();
  assert.equal(code, 1, rest.join("\n"));
  assert.deepEqual(folder.read("out/one.ivf"), new TextEncoder().encode("somebody's"));
  assert.match(messages(rest, "error")[0]!, /^one\.ivf: Cannot write 'out\/one\.ivf': there was no such file when/);
  assert.match(messages(rest, "error").at(-1)!, /^2 of 3 outputs are complete; failed: 'one\.y4m'/);
  const { ino, mtime } = Deno.statSync(folder.file("out/two.ivf"));
  assert.deepEqual({ ino, mtime }, { ino: written.ino, mtime: written.mtime });
});

Deno.test("a segment that takes the process down is set aside in its own encode alone", async () => {
  using folder = folderWith({ "one.y4m": undefined, "two.y4m": clip(scenes(13), { width: 64, height: 48 }) });
  const command = ["two.y4m", "one.y4m", "-o", "out"], env = { RAV1E_BY_GOP_FAULTS: "segment:2:abort:9" };
  for (let death = 1; death <= 3; death++) {
    const { signal, errors } = await run(folder, command, env);
    assert.equal(signal, "SIGABRT", `${death}: ${errors.join("\n")}`);
  }
  const { code, errors } = await run(folder, command, env);
  assert.equal(code, 1);
  assert.match(
    errors.join("\n"),
    /one\.ivf: Cannot complete .*: 25 of 37 frames were encoded; missing: frames 25-36 /,
  );
  assert.ok(made(folder).includes("two.ivf"));
});

Deno.test("--queue takes a list with outputs, or one with NUL bytes between names of any kind", async () => {
  using folder = folderWith({ "one.y4m": undefined, "two\nlines.y4m": undefined });
  folder.write("list.txt", "# a comment\n\none.y4m\r\none.y4m\tout/again.ivf\n");
  const lines = await run(folder, ["--queue", "list.txt", "-o", "out"]);
  assert.deepEqual([lines.code, lines.errors], [0, []]);
  assert.deepEqual(made(folder), ["again.ivf", "one.ivf"]);
  folder.write("list", "two\nlines.y4m\0");
  const nuls = await run(folder, ["--queue", "list", "-o", "out"]);
  assert.deepEqual([nuls.code, nuls.errors], [0, []]);
  assert.deepEqual(made(folder), ["again.ivf", "one.ivf", "two\nlines.ivf"]);
  assert.deepEqual(folder.read("out/two\nlines.ivf"), await smallClipEncoded());
});

Deno.test("what several inputs cannot mean is one line, exit 2, before any work", async (t) => {
  using folder = folderWith({ "one.y4m": undefined, "two.y4m": undefined });
  Deno.mkdirSync(folder.file("sub"));
  folder.clip("sub/one.y4m");
  folder.write("tabs", "one.y4m\ta\tb\n");
  folder.write("no output", "one.y4m\t\n");
  folder.write("bare", "one.y4m\n");
  folder.write("latin", new Uint8Array([0x66, 0xfc, 0x0a]));
  folder.write("empty", "# nothing\n");
  folder.write("same names", "one.y4m\ta.ivf\ntwo.y4m\tsub/a.ivf\n");
  const refused: [string[], RegExp][] = [
    [
      ["one.y4m", "sub/one.y4m", "-o", "out"],
      /'one\.y4m' and 'sub\/one\.y4m' would both be written to 'out\/one\.mkv'/,
    ],
    [["one.y4m", "one.y4m", "-o", "out"], /'one\.y4m' is named twice; name it once/],
    [["one.y4m", "two.y4m", "-o", "none/"], /there is no such directory; create it first/],
    [["--queue", "bare", "-o", "one.y4m"], /Cannot write into 'one\.y4m': it is not a directory; name one/],
    [["--queue", "bare", "--queue", "tabs"], /--queue given twice, bare and tabs: one list at a time/],
    [["one.y4m", "-", "-o", "out"], /standard input has no name/],
    [["one.y4m", "two.y4m", "-o", "out", "--expect-frames", "3"], /--expect-frames is about one input/],
    [["one.y4m", "two.y4m", "-o", "out", "--zones", "zones.toml"], /--zones is about one input/],
    [["--queue", "bare"], /no output for 'one\.y4m'; add -o DIRECTORY/],
    [["--queue", "tabs"], /Cannot read the list 'tabs': line 1: it has more than one tab/],
    [["--queue", "no output"], /line 1: there is no output behind the tab of 'one\.y4m'/],
    [["--queue", "latin", "-o", "out"], /'latin': it is not UTF-8 text/],
    [["--queue", "empty", "-o", "out"], /'empty': it names no input/],
    [
      ["--queue", "same names", "--state-dir", "out"],
      /what is kept of 'a\.ivf' and 'sub\/a\.ivf' would have one name in 'out'; give the outputs different names/,
    ],
    [["--queue", "none", "-o", "out"], /Cannot read the list 'none': no such file/],
  ];
  for (const [args, text] of refused) {
    await t.step(args.join(" "), async () => {
      const { code, stderr } = await runProgram(args, { cwd: folder.path });
      assert.match(stderr, text);
      assert.match(stderr, /^rav1e-by-gop: [^\n]+\n$/);
      assert.equal(code, 2);
      assert.deepEqual(made(folder), []);
    });
  }
});
